"""A pre-ordered harvest comes later than was said: every order moves once, and every buyer is told once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.models import Run
from shop.fulfilment.due import Truck
from shop.fulfilment.events import PreorderDelayed
from shop.fulfilment.finding import lock_orders
from shop.fulfilment.rest_of_order import give_new_deadlines
from shop.inventory.errors import StockMoved
from shop.inventory.forecasts import put_off
from shop.inventory.lot_writing import Author
from shop.inventory.models import Allocation, AllocationStatus
from shop.kit.clock import shanghai_date
from shop.ordering.harvest_days import BEFORE_TRUCK
from shop.ordering.history import note
from shop.ordering.missed_trucks import NEXT, move_to_later_truck
from shop.ordering.models import DeliveryKind, Order, OrderLine
from shop.ordering.preorder_models import PreorderDelay
from shop.storage.event_log import record

PROMISED = (AllocationStatus.HELD, AllocationStatus.COMMITTED)


def put_harvest_off(
    session: Session, lot_id: int, expected_on: date, *, author: Author, now: datetime
) -> int:
    """Expect a forecast on a later day; returns how many orders were told. Pressed again for that day: none.

    Locks the orders, then the lot, then runs. Orders whose truck would leave too early go with a later one that has room, and
    are told of both at once.
    Raises NotFound, InvalidInput, and StockMoved when somebody ordered meanwhile.
    """
    order_ids = _orders_with(session, lot_id)
    orders = lock_orders(session, order_ids)
    was_on = put_off(session, lot_id, expected_on, author=author, now=now)
    if was_on is None:
        return 0
    if set(_orders_with(session, lot_id)) - set(order_ids):
        raise StockMoved()
    for order_id in order_ids:
        delay = PreorderDelay(
            order_id=order_id, lot_id=lot_id, was_on=was_on, expected_on=expected_on, at=now
        )
        session.add(delay)
        session.flush()
        _go_later(session, orders[order_id], expected_on, author, now)
        facts = {"was_on": was_on.isoformat(), "expected_on": expected_on.isoformat()}
        note(session, order_id, "preorder_delayed", now, author.user_id, **facts)
        record(session, PreorderDelayed(order_id, delay.id))
    return len(order_ids)


def _go_later(session: Session, order: Order, expected_on: date, author: Author, now: datetime) -> None:
    """With the next truck that waits for the harvest; where none does yet, a person finds one when it is there."""
    if order.delivery is not DeliveryKind.PICKUP or order.run_id is None:
        return
    missed = session.get_one(Run, order.run_id)
    if shanghai_date(missed.departs_at) - BEFORE_TRUCK >= expected_on:
        return
    later = move_to_later_truck(session, order, now=now, ready_on=expected_on + BEFORE_TRUCK)
    if later is not None:
        give_new_deadlines(session, order.id, Truck(later.cutoff_at, later.departs_at), now=now)
        note(session, order.id, NEXT, now, author.user_id, run=later.code, missed=missed.code)


def _orders_with(session: Session, lot_id: int) -> Sequence[int]:
    """Orders that are promised something of the lot, by id."""
    statement = (
        sa.select(OrderLine.order_id)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .where(Allocation.lot_id == lot_id, Allocation.status.in_(PROMISED))
        .distinct()
    )
    return session.scalars(statement.order_by(OrderLine.order_id)).all()
