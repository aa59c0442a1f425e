"""Placing an order: one transaction, and a fixed number of statements whatever the number of lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.consents import give_consent
from shop.catalogue.models import SplitRule
from shop.catalogue.split import current_rule
from shop.delivery.errors import NotServed, RunClosed
from shop.delivery.models import FreightZone
from shop.delivery.runs import book
from shop.inventory.candidates import Offer, lock_offer
from shop.inventory.holds import Hold, hold
from shop.kit.errors import NotFound
from shop.ordering.basket import OWN_BASKET, lock_basket
from shop.ordering.checks import check_goods, check_harvests, check_total, check_way, freight_of
from shop.ordering.composing import compose_order, line_values, preorder_values
from shop.ordering.events import OrderPlaced
from shop.ordering.harvest_days import for_courier, for_truck
from shop.ordering.keeping import find_route, find_truck
from shop.ordering.limits import check_limits
from shop.ordering.lines import Line, basket_lines, variants_of
from shop.ordering.models import BasketItem, DeliveryKind, Order, OrderLine
from shop.ordering.pairing import favour_of, note_shifts
from shop.ordering.planning import Plan, holds_for, plan_way
from shop.ordering.sellers import refuse_own_number
from shop.ordering.waiting_transfers import lock_buying_for
from shop.ordering.wish import Pickup, Wish
from shop.storage.event_log import record

PRIVACY = "privacy"


_OF_TOKEN: Final = sa.select(Order.id, Order.number, Order.user_id).where(
    Order.checkout_token == sa.bindparam("token")
)
_BASKET_ITEMS: Final = (
    sa.delete(BasketItem)
    .where(BasketItem.basket_id == OWN_BASKET)
    .execution_options(synchronize_session=False)
)


@dataclass(frozen=True, slots=True)
class Placed:
    order_id: int
    number: str
    is_new: bool


def place_order(session: Session, wish: Wish, *, now: datetime) -> Placed:
    """Turn a basket into an order that awaits its money, and hold its stock on lots.

    The same token gives the same order. Locks the basket, the organisation of who pays by transfer for one, the
    lots by id, then the run. Raises EmptyBasket, NotForSale, SoldOut, WouldNotKeep, HarvestChanged, LimitReached,
    TooManyUnpaid, TermsNotConfirmed, NotServed, RunClosed, RunFull, or PriceChanged when goods, prices or freight are
    not those that the buyer saw; then nothing is ordered and nothing held.
    """
    basket = lock_basket(session, wish.owner)
    known = _order_of_token(session, wish)
    if known is not None:
        return known
    lines = basket_lines(session, wish.owner, now=now) if basket is not None else []
    check_goods(lines, wish)
    refuse_own_number(session, wish.invoice.tax_number, {line.seller_id for line in lines})
    rule = current_rule(session, now)
    by_courier = wish.kind is DeliveryKind.COURIER
    zone, until, brings = _route(session, wish, lines, now)
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
    order = compose_order(
        wish, lines, freight_fen=freight_of(plan, wish, zone), split_version=rule.version, now=now
    )
    check_total(order.total_fen, wish)
    line_ids = _write(session, order, lines, plan, wish, now)
    _hold(session, line_ids, lines, plan, rule, now)
    if favour:
        without = plan_way(lines, brings(offer), until, few_parcels=by_courier).plan
        note_shifts(session, line_ids, lines, plan, without, rule)
    _take_room(session, wish, order, now)
    _empty_basket(session, wish)
    record(session, OrderPlaced(order.id, wish.payment_method))
    return Placed(order.id, order.number, is_new=True)


def _take_room(session: Session, wish: Wish, order: Order, now: datetime) -> None:
    """On the truck, where it goes by one. Raises RunClosed, RunFull."""
    if isinstance(wish.delivery, Pickup):
        weight_g = order.gross_weight_g
        book(session, wish.delivery.run_id, point_id=wish.delivery.point_id, weight_g=weight_g, now=now)


def _route(
    session: Session, wish: Wish, lines: Sequence[Line], now: datetime
) -> tuple[FreightZone | None, date, Callable[[Offer], Offer]]:
    """The couriers' zone, none for a truck, until when the goods must keep, and which harvests it waits for.

    Raises NotServed, RunClosed.
    """
    if isinstance(wish.delivery, Pickup):
        truck = find_truck(session, wish.delivery.run_id, now=now)
        if truck is None:
            raise RunClosed(field="run")
        return None, truck.keeps_until, partial(for_truck, departs_at=truck.departs_at)
    province, hours = wish.delivery.province, {line.ready_hours for line in lines}
    route = find_route(session, province, hours, now=now)
    if route is None:
        raise NotServed(field="province", province=province)
    brings = partial(for_courier, keeping=route.keeping, zone=route.zone, ready_hours=hours)
    return route.zone, route.keeps_until, brings


def _order_of_token(session: Session, wish: Wish) -> Placed | None:
    """The order that this form has made already. Raises NotFound for the token of somebody else's order."""
    row = session.execute(_OF_TOKEN, {"token": wish.token}).one_or_none()
    if row is None:
        return None
    if row.user_id != wish.user_id:
        raise NotFound()
    return Placed(row.id, row.number, is_new=False)


def _write(
    session: Session, order: Order, lines: Sequence[Line], plan: Plan, wish: Wish, now: datetime
) -> dict[int, int]:
    """Write the order and its lines; return the ids of the lines by variant, of which a basket has one each."""
    session.add(order)
    if wish.privacy_version is not None and wish.user_id is None:
        give_consent(session, PRIVACY, wish.privacy_version, now=now, order_number=order.number)
    session.flush()
    written = session.execute(
        sa.insert(OrderLine).returning(OrderLine.variant_id, OrderLine.id),
        [line_values(order.id, line) | preorder_values(line, plan, wish) for line in lines],
    )
    return {row.variant_id: row.id for row in written}


def _hold(
    session: Session,
    line_ids: Mapping[int, int],
    lines: Sequence[Line],
    plan: Plan,
    rule: SplitRule,
    now: datetime,
) -> None:
    holds: list[Hold] = []
    for line in lines:
        line_id, choices = line_ids[line.variant_id], plan.choices_of(line.number)
        holds += holds_for(line_id, line.parts, line.line_fen, choices, rule)
    hold(session, holds, now=now)


def _empty_basket(session: Session, wish: Wish) -> None:
    session.execute(_BASKET_ITEMS, wish.owner.named)
