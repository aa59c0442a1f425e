"""A truck that orders wait for comes at another time, or not at all: said by somebody who has seen how many they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.models import Run
from shop.delivery.run_planning import cancel_run, change_run
from shop.fulfilment.bookings import lock_bookings, still_the_same
from shop.fulfilment.due import Truck
from shop.fulfilment.errors import OrdersAreBooked, WouldSpoil
from shop.fulfilment.events import OrderLeftBehind, OrderMoved, OrderRescheduled
from shop.fulfilment.left_behind import stands_on, without_truck
from shop.fulfilment.rest_of_order import give_new_deadlines
from shop.ordering.history import note
from shop.ordering.missed_trucks import NEXT, keeps_for, move_to_later_truck
from shop.ordering.models import Order, OrderStatus
from shop.storage.event_log import record

TIMES = frozenset({"cutoff_at", "departs_at", "arrives_at"})


@dataclass(frozen=True, slots=True)
class CalledOff:
    """Orders of a truck that does not come: so many go with a later one, so many have none."""

    moved: int = 0
    left: int = 0


def reschedule_run(
    session: Session, run_id: int, values: Mapping[str, Any], *, seen: str = "", actor_id: int, now: datetime
) -> int:
    """Change a run; other times are new deadlines for its producers, and its buyers are told another arrival.

    `seen` is the mark of the bookings that somebody was shown. Locks the orders, then the run. Returns how many orders
    have other times. Raises OrdersAreBooked when they are others, or were not shown; WouldSpoil when goods that kept until
    the old arrival do not keep until the new one; and as `change_run` does.
    """
    locked = lock_bookings(session, run_id)
    arrived_at = session.scalar(sa.select(Run.arrives_at).where(Run.id == run_id))
    changed = change_run(session, run_id, values, actor_id=actor_id, now=now)
    booked = still_the_same(session, run_id, locked)
    if not changed & TIMES:
        return 0
    run = session.get_one(Run, run_id)
    if arrived_at is not None and run.arrives_at > arrived_at:
        _judge_freshness(session, locked.values(), run, now)
    if booked.mark != seen:
        raise OrdersAreBooked(orders=booked.orders, parcels=booked.parcels)
    for order in locked.values():
        give_new_deadlines(session, order.id, Truck(run.cutoff_at, run.departs_at), now=now)
        note(session, order.id, "truck_rescheduled", now, actor_id, run=run.code)
        if "arrives_at" in changed:
            record(session, OrderRescheduled(order.id, now))
    return booked.orders


def _judge_freshness(session: Session, orders: Iterable[Order], run: Run, now: datetime) -> None:
    if stale := [order.number for order in orders if not keeps_for(session, order, run, now=now)]:
        raise WouldSpoil(orders=", ".join(sorted(stale)))


def call_run_off(session: Session, run_id: int, *, seen: str = "", actor_id: int, now: datetime) -> CalledOff:
    """The truck does not come. Its orders go with the next one that can take each; who has none is told, and waits.

    Locks the orders, then the run. Raises OrdersAreBooked as `reschedule_run` does, and as `cancel_run` does.
    """
    locked = lock_bookings(session, run_id)
    run = cancel_run(session, run_id, unless=stands_on(run_id), actor_id=actor_id, now=now)
    booked = still_the_same(session, run_id, locked)
    if booked.mark != seen:
        raise OrdersAreBooked(orders=booked.orders, parcels=booked.parcels)
    moved = [order.id for order in locked.values() if _goes_later(session, order, run, actor_id, now)]
    left = [order_id for order_id in locked if order_id not in moved]
    unpaid = [order_id for order_id in left if locked[order_id].status is OrderStatus.AWAITING_PAYMENT]
    for order_id in (*unpaid, *without_truck(session, left)):
        note(session, order_id, "truck_called_off", now, actor_id, run=run.code)
        record(session, OrderLeftBehind(order_id, now))
    return CalledOff(len(moved), len(left))


def _goes_later(session: Session, order: Order, run: Run, actor_id: int, now: datetime) -> bool:
    later = move_to_later_truck(session, order, now=now)
    if later is None:
        return False
    give_new_deadlines(session, order.id, Truck(later.cutoff_at, later.departs_at), now=now)
    note(session, order.id, NEXT, now, actor_id, run=later.code, missed=run.code)
    record(session, OrderMoved(order.id, later.id, now))
    return True
