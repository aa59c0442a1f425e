"""Placing an order: one transaction, and a fixed number of statements whatever the number of lines."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.consents import demand_agreement, give_consent
from shop.catalogue.split import current_rule
from shop.inventory.candidates import lock_offer
from shop.ordering.approvals.procurement import refuse_stranger
from shop.ordering.basket import OWN_BASKET, lock_basket
from shop.ordering.checks import check_goods, check_harvests, check_total, check_way, freight_of
from shop.ordering.composing import compose_order
from shop.ordering.coupons.reading import read_coupons
from shop.ordering.coupons.redeeming import take_coupons
from shop.ordering.events import OrderPlaced
from shop.ordering.limits import check_limits
from shop.ordering.lines import basket_lines, variants_of
from shop.ordering.models import BasketItem, DeliveryKind
from shop.ordering.pairing import favour_of, note_shifts
from shop.ordering.placing import Placed, find_way, hold_plan, order_of_token, take_room, write_order
from shop.ordering.planning import plan_way
from shop.ordering.sellers import refuse_own_number
from shop.ordering.waiting_transfers import lock_buying_for
from shop.ordering.wish import Wish
from shop.storage.event_log import record

PRIVACY: Final = "privacy"

_BASKET_ITEMS: Final = (
    sa.delete(BasketItem)
    .where(BasketItem.basket_id == OWN_BASKET)
    .execution_options(synchronize_session=False)
)


def place_order(session: Session, wish: Wish, *, now: datetime) -> Placed:
    """Turn a basket into an order that awaits its money, and hold its stock on lots.

    The same token gives the same order. Locks the basket, the organisation of who pays by transfer for one, the
    lots by id, the coupons, then the run. Raises EmptyBasket, AgreeFirst, NotForSale, SoldOut, WouldNotKeep, HarvestChanged, LimitReached,
    TooManyUnpaid, TermsNotConfirmed, NotServed, RunClosed, RunFull, CouponChanged, or PriceChanged when goods, prices or freight are
    not those that the buyer saw; NotFound for an organisation that the account does not buy for; then nothing is ordered and nothing held.
    """
    basket = lock_basket(session, wish.owner)
    known = order_of_token(session, wish)
    if known is not None:
        return known
    if wish.user_id is not None:
        demand_agreement(session, wish.user_id)
    lines = basket_lines(session, wish.owner, now=now) if basket is not None else []
    coupons = read_coupons(session, wish.owner, lines, now=now)
    check_goods(lines, wish, coupons)
    if wish.organisation_id is not None:
        refuse_stranger(session, wish.user_id, wish.organisation_id)
    refuse_own_number(session, wish.invoice.tax_number, {line.seller_id for line in lines})
    rule = current_rule(session, now)
    by_courier = wish.kind is DeliveryKind.COURIER
    zone, until, brings = find_way(session, wish, lines, now)
    buys_for = lock_buying_for(session, wish.user_id, wish.payment_method)
    favour = favour_of(session, wish.unit_id, now=now)
    offer = lock_offer(session, variants_of(lines), now)
    way = plan_way(lines, brings(offer.favouring(favour)), until, few_parcels=by_courier)
    check_way(lines, offer, brings(offer), way, wish)
    plan = way.plan
    check_harvests(lines, plan, wish)
    check_limits(
        session,
        lines,
        user_id=wish.user_id,
        phone=wish.recipient.phone,
        language=wish.language,
        buys_for=buys_for,
        now=now,
    )
    freight_fen = freight_of(plan, wish, zone)
    order = compose_order(
        wish, lines, freight_fen=freight_fen, split_version=rule.version, coupons=coupons, now=now
    )
    check_total(order.total_fen, wish)
    if wish.privacy_version is not None and wish.user_id is None:
        give_consent(session, PRIVACY, wish.privacy_version, now=now, order_number=order.number)
    line_ids = write_order(session, order, lines, plan, wish, coupons)
    hold_plan(session, line_ids, lines, plan, rule, now)
    if favour:
        without = plan_way(lines, brings(offer), until, few_parcels=by_courier).plan
        note_shifts(session, line_ids, lines, plan, without, rule)
    if basket is not None:
        take_coupons(session, order, basket.id, coupons, now=now)
    take_room(session, wish, order, now)
    _empty_basket(session, wish)
    record(session, OrderPlaced(order.id, wish.payment_method))
    return Placed(order.id, order.number, is_new=True)


def _empty_basket(session: Session, wish: Wish) -> None:
    session.execute(_BASKET_ITEMS, wish.owner.named)
