"""Placing an order without a basket: one transaction, and a fixed number of statements whatever the number of lines."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.catalogue.split import current_rule
from shop.inventory.candidates import lock_offer
from shop.ordering.checks import check_way, freight_of
from shop.ordering.composing import compose_order
from shop.ordering.direct.goods import direct_lines
from shop.ordering.direct.wish import DirectWish
from shop.ordering.events import OrderPlaced
from shop.ordering.lines import variants_of
from shop.ordering.models import Channel, DeliveryKind
from shop.ordering.placing import Placed, find_way, hold_plan, order_of_token, take_room, write_order
from shop.ordering.planning import plan_way
from shop.ordering.sellers import refuse_own_number
from shop.ordering.taken_off import agreed_off
from shop.storage.event_log import record


def place_direct_order(session: Session, asked: DirectWish, *, now: datetime) -> Placed:
    """Write an order that awaits its money, or its acceptance on terms, and hold its stock on lots.

    The same token gives the same order. It knows no buyer's limits and no coupons, and favours no paired household:
    who asks answers for that. Locks the lots by id, then the run. Raises EmptyBasket, NotForSale, NotFound,
    InvalidInput, SoldOut, WouldNotKeep, NotServed, RunClosed or RunFull; then nothing is ordered and nothing held.
    """
    wish = asked.as_wish()
    known = order_of_token(session, wish)
    if known is not None:
        return known
    lines = direct_lines(session, asked.items, now=now)
    refuse_own_number(session, wish.invoice.tax_number, {line.seller_id for line in lines})
    rule = current_rule(session, now)
    zone, until, brings = find_way(session, wish, lines, now)
    offer = lock_offer(session, variants_of(lines), now)
    way = plan_way(
        lines,
        brings(offer),
        until,
        few_parcels=wish.kind is DeliveryKind.COURIER,
        cap=asked.cap,
    )
    check_way(lines, offer, brings(offer), way, wish)
    freight_fen = freight_of(way.plan, wish, zone) if asked.freight_fen is None else asked.freight_fen
    freight_fen += asked.packaging_fen
    off = agreed_off(lines, asked.off_fen)
    order = compose_order(
        wish, lines, freight_fen=freight_fen, split_version=rule.version, coupons=off, now=now
    )
    order.channel, order.organisation_id = asked.channel, asked.organisation_id
    order.packaging_fen = asked.packaging_fen
    line_ids = write_order(session, order, lines, way.plan, wish, off)
    hold_plan(session, line_ids, lines, way.plan, rule, now)
    take_room(session, wish, order, now)
    record(session, OrderPlaced(order.id, wish.payment_method, is_of_gift=order.channel is Channel.GIFT))
    return Placed(order.id, order.number, is_new=True)
