"""Orders whose truck left without them: who must know, and the next truck for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import Village
from shop.delivery.models import Run, RunStatus
from shop.delivery.runs import open_runs
from shop.fulfilment.due import Truck
from shop.fulfilment.errors import DidNotMiss, NoLaterTruck
from shop.fulfilment.events import OrderMoved
from shop.fulfilment.finding import lock_orders
from shop.fulfilment.left_behind import has_not_left, on_no_coming_truck
from shop.fulfilment.models import Parcel, Task
from shop.fulfilment.reach import Reach
from shop.fulfilment.rest_of_order import give_new_deadlines, grams_to_come
from shop.kit.errors import NotFound
from shop.ordering.history import note
from shop.ordering.missed_trucks import (
    NEXT,
    move_to_later_truck,
    orders_without_truck,
    was_paid_too_late,
)
from shop.ordering.models import Order
from shop.storage.event_log import record


@dataclass(frozen=True, slots=True)
class Missed:
    """An order whose truck is gone or does not come, with one of the villages that still have goods of it."""

    number: str
    run_code: str
    called_off: bool  # the truck did not leave without it: it never came
    since: datetime
    point_id: int | None
    village_zh: str
    village_en: str


def missed_orders(session: Session, by: Reach, *, limit: int = 100) -> list[Missed]:
    """Orders in reach that missed their truck, the longest waiting first. One statement."""
    statement = (
        sa.select(
            *(
                Order.number,
                Run.code,
                sa.cast(sa.case((Run.status == RunStatus.CANCELLED, 1), else_=0), sa.Boolean),
            ),
            *(sa.func.coalesce(Run.departed_at, Run.departs_at), Order.pickup_point_id),
            *(sa.func.min(Village.name_zh), sa.func.min(Village.name_en)),
        )
        .select_from(Task)
        .join(Order, Order.id == Task.order_id)
        .join(Run, Run.id == Order.run_id)
        .join(Village, Village.id == Task.village_id)
        .outerjoin(Parcel, Parcel.id == Task.parcel_id)
        .where(by.sees(), *_missed())
        .group_by(
            *(Order.id, Order.number, Order.pickup_point_id),
            *(Run.code, Run.status, Run.departed_at, Run.departs_at),
        )
        .order_by(sa.func.coalesce(Run.departed_at, Run.departs_at), Order.id)
    )
    return [Missed(*row) for row in session.execute(statement.limit(limit))]


def next_trucks(session: Session, point_ids: Collection[int], *, now: datetime) -> dict[int, Run]:
    """The soonest truck that takes orders and has room, by the point it stops at. Two statements."""
    found: dict[int, Run] = {}
    for run in open_runs(session, now=now, limit=60):
        if run.booked_g < run.capacity_g:
            for stop in run.stops:
                found.setdefault(stop.pickup_point_id, run)
    return {point_id: found[point_id] for point_id in point_ids if point_id in found}


def missed_counted(by: Reach) -> sa.Select[int]:
    """SQL: how many orders `missed_orders` would list."""
    return (
        sa.select(sa.func.count(sa.distinct(Task.order_id)))
        .join(Order, Order.id == Task.order_id)
        .join(Run, Run.id == Order.run_id)
        .outerjoin(Parcel, Parcel.id == Task.parcel_id)
        .where(by.sees(), *_missed())
    )


def move_to_next_truck(session: Session, order_number: str, *, by: Reach, now: datetime) -> str:
    """Book the next truck to its point that can take an order without one; returns the truck's code.

    Locks the order. Raises NotFound out of reach, DidNotMiss (also when it was moved already), or NoLaterTruck.
    """
    order_id = _in_reach(session, order_number, by)
    order = lock_orders(session, [order_id])[order_id]
    if not lacks_truck(session, order_id):
        raise DidNotMiss()
    missed = session.get_one(Run, order.run_id)
    later = move_to_later_truck(session, order, weight_g=grams_to_come(session, order), now=now)
    if later is None:
        raise NoLaterTruck()
    give_new_deadlines(session, order_id, Truck(later.cutoff_at, later.departs_at), now=now)
    facts = {"run": later.code, "missed": missed.code}
    note(session, order.id, NEXT, now, by.user_id, **facts)
    audit(session, by.user_id, "order.moved_to_next_truck", "order", order.number, facts, now=now)
    record(session, OrderMoved(order.id, later.id, now))
    return later.code


def lacks_truck(session: Session, order_id: int) -> bool:
    """Whether goods of this order stand in a village and on no coming truck: it was left behind, or paid too late."""
    statement = (
        sa.select(Task.id)
        .join(Order, Order.id == Task.order_id)
        .join(Run, Run.id == Order.run_id)
        .outerjoin(Parcel, Parcel.id == Task.parcel_id)
        .where(Order.id == order_id, sa.or_(Run.status != RunStatus.PLANNED, was_paid_too_late()))
        .where(has_not_left(), on_no_coming_truck())
    )
    return session.scalar(statement.limit(1)) is not None


def paid_too_late(session: Session) -> Sequence[tuple[str, datetime]]:
    """Numbers of orders that were paid too late for any truck, since when, and that stand on none by hand."""
    waits = (
        sa.exists(Task.id)
        .where(Task.order_id == Order.id, has_not_left(), on_no_coming_truck())
        .select_from(sa.outerjoin(Task, Parcel, Parcel.id == Task.parcel_id))
    )
    return orders_without_truck(session, unless=~waits)


def _missed() -> tuple[sa.ColumnElement[bool], ...]:
    return Run.status != RunStatus.PLANNED, has_not_left(), on_no_coming_truck()


def _in_reach(session: Session, order_number: str, by: Reach) -> int:
    found = sa.select(Order.id).where(
        Order.number == order_number, sa.exists().where(Task.order_id == Order.id, by.sees())
    )
    order_id: Any = session.scalar(found)
    if order_id is None:
        raise NotFound()
    return int(order_id)
