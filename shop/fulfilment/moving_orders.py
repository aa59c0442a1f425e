"""Orders of one truck go with another one, all that were chosen or none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.delivery.models import Run
from shop.delivery.runs import lock_runs, open_runs, stops_of
from shop.fulfilment.bookings import Booking, bookings_of
from shop.fulfilment.due import Truck
from shop.fulfilment.errors import NoRoomForAll, NotAllCanGo, StandsOnTruck
from shop.fulfilment.events import OrderMoved
from shop.fulfilment.finding import lock_orders
from shop.fulfilment.rest_of_order import give_new_deadlines
from shop.kit.errors import Conflict, NotFound
from shop.ordering.history import note
from shop.ordering.missed_trucks import NEXT, book_instead, keeps_for
from shop.ordering.models import Order
from shop.storage.event_log import record


def trucks_instead(session: Session, run_id: int, point_ids: Collection[int], *, now: datetime) -> list[Run]:
    """Other trucks that take orders and stop at one of these points at least, the soonest first."""
    wanted = set(point_ids)
    return [
        run
        for run in open_runs(session, now=now, limit=60)
        if run.id != run_id and wanted & {stop.pickup_point_id for stop in run.stops}
    ]


def move_orders(
    session: Session, run_id: int, order_ids: Collection[int], to_run_id: int, *, actor_id: int, now: datetime
) -> int:
    """Book the other truck for these orders; their buyers are told. Returns how many moved: pressed twice, none.

    Locks the orders, then both runs. Raises NotFound, Conflict for what waits for this truck no more, StandsOnTruck,
    NotAllCanGo, NoRoomForAll, RunClosed.
    """
    orders = lock_orders(session, order_ids)
    runs = {run.id: run for run in lock_runs(session, {run_id, to_run_id})}
    if len(runs) != 2 or set(orders) != set(order_ids):
        raise NotFound()
    here, there = runs[run_id], runs[to_run_id]
    going = [order for order in orders.values() if order.run_id != there.id]
    known = {row.order_id: row for row in bookings_of(session, here.id).rows}
    if any(order.id not in known for order in going):
        raise Conflict()
    _judge(session, going, [known[order.id] for order in going], there, now)
    for order in going:
        _move(session, order, here, there, actor_id, now)
    if going:
        facts = {"from": here.code, "orders": [order.number for order in going]}
        audit(session, actor_id, "run.orders_moved", "run", there.code, facts, now=now)
    return len(going)


def _judge(
    session: Session, going: Sequence[Order], rows: Sequence[Booking], there: Run, now: datetime
) -> None:
    if loaded := [row.number for row in rows if row.loaded]:
        raise StandsOnTruck(orders=", ".join(loaded))
    points = stops_of(session, there.id)
    if stuck := [
        order.number
        for order in going
        if order.pickup_point_id not in points or not keeps_for(session, order, there, now=now)
    ]:
        raise NotAllCanGo(orders=", ".join(stuck))
    needed, free = sum(order.booked_g for order in going), there.capacity_g - there.booked_g
    if needed > free:
        raise NoRoomForAll(needed=-(-needed // 1000), free=max(free, 0) // 1000)


def _move(session: Session, order: Order, here: Run, there: Run, actor_id: int, now: datetime) -> None:
    book_instead(session, order, there, now=now)
    give_new_deadlines(session, order.id, Truck(there.cutoff_at, there.departs_at), now=now)
    note(session, order.id, NEXT, now, actor_id, run=there.code, missed=here.code)
    record(session, OrderMoved(order.id, there.id, now))
