"""The steps of placing an order that every way of ordering shares, whether the goods came from a basket or from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import SplitRule
from shop.delivery.errors import NotServed, RunClosed
from shop.delivery.models import FreightZone
from shop.delivery.runs import book
from shop.inventory.candidates import Offer
from shop.inventory.holds import Hold, hold
from shop.kit.errors import NotFound
from shop.ordering.approvals.procurement import write_procurement
from shop.ordering.composing import line_values, preorder_values
from shop.ordering.coupons.judging import NO_COUPONS
from shop.ordering.harvest_days import for_courier, for_truck
from shop.ordering.keeping import find_route, find_truck
from shop.ordering.lines import Line
from shop.ordering.models import Order, OrderLine
from shop.ordering.planning import Plan, holds_for
from shop.ordering.taken_off import TakenOff
from shop.ordering.wish import Pickup, Wish

_OF_TOKEN: Final = sa.select(Order.id, Order.number, Order.user_id).where(
    Order.checkout_token == sa.bindparam("token")
)


@dataclass(frozen=True, slots=True)
class Placed:
    order_id: int
    number: str
    is_new: bool


def order_of_token(session: Session, wish: Wish) -> Placed | None:
    """The order that this form has made already. Raises NotFound for the token of somebody else's order."""
    row = session.execute(_OF_TOKEN, {"token": wish.token}).one_or_none()
    if row is None:
        return None
    if row.user_id != wish.user_id:
        raise NotFound()
    return Placed(row.id, row.number, is_new=False)


def find_way(
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


def write_order(
    session: Session,
    order: Order,
    lines: Sequence[Line],
    plan: Plan,
    wish: Wish,
    coupons: TakenOff = NO_COUPONS,
) -> dict[int, int]:
    """Write the order and its lines; return the ids of the lines by variant, of which an order has one each."""
    session.add(order)
    session.flush()
    write_procurement(session, order.id, wish.procurement)
    written = session.execute(
        sa.insert(OrderLine).returning(OrderLine.variant_id, OrderLine.id),
        [line_values(order.id, line, coupons) | preorder_values(line, plan, wish) for line in lines],
    )
    return {row.variant_id: row.id for row in written}


def hold_plan(
    session: Session,
    line_ids: Mapping[int, int],
    lines: Sequence[Line],
    plan: Plan,
    rule: SplitRule,
    now: datetime,
) -> None:
    """Take the units of the plan from its lots, each with the households' part of the price."""
    holds: list[Hold] = []
    for line in lines:
        line_id, choices = line_ids[line.variant_id], plan.choices_of(line.number)
        holds += holds_for(line_id, line.parts, line.line_fen, choices, rule)
    hold(session, holds, now=now)


def take_room(session: Session, wish: Wish, order: Order, now: datetime) -> None:
    """On the truck, where it goes by one. Raises RunClosed, RunFull."""
    if isinstance(wish.delivery, Pickup):
        weight_g = order.gross_weight_g
        book(session, wish.delivery.run_id, point_id=wish.delivery.point_id, weight_g=weight_g, now=now)
