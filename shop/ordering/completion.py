"""The end of an order's way: everything left, the buyer has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.holds import allocations_of
from shop.inventory.models import AllocationStatus
from shop.ordering.claims import has_open_claim
from shop.ordering.confirmation import order_line_ids
from shop.ordering.events import OrderCompleted
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderStatus
from shop.ordering.transitions import ORDER_STATES
from shop.storage.event_log import record

DaysSince = Sequence[tuple[datetime | None, int]]


def mark_shipped(session: Session, order_id: int, *, now: datetime) -> bool:
    """When something has left and no units of the order are waiting to leave, it is on its way as a whole.

    Safe to repeat; False while something is still to come. The caller has locked the order, before the lots.
    """
    order = session.get_one(Order, order_id)
    line_ids = order_line_ids(session, order.id)
    to_come = allocations_of(session, line_ids, AllocationStatus.COMMITTED)
    has_left = allocations_of(session, line_ids, AllocationStatus.SHIPPED)
    if order.status != OrderStatus.CONFIRMED or to_come or not has_left:
        return False
    order.status = ORDER_STATES.step(order.status, OrderStatus.SHIPPED)
    order.shipped_at = now
    note(session, order.id, "shipped", now)
    return True


def unmark_shipped(session: Session, order_id: int) -> None:
    """A parcel was called shipped by mistake: something is to come again. The caller has locked the order."""
    order = session.get_one(Order, order_id)
    if order.status == OrderStatus.SHIPPED:
        order.status = ORDER_STATES.step(order.status, OrderStatus.CONFIRMED)
        order.shipped_at = None


def complete(session: Session, order_id: int, *, now: datetime, actor_id: int | None = None) -> bool:
    """The buyer has everything, or has said nothing for long. Safe to repeat. Raises IllegalStep before it left."""
    order = lock_order(session, order_id)
    if order.status == OrderStatus.COMPLETED:
        return False
    order.status = ORDER_STATES.step(order.status, OrderStatus.COMPLETED)
    order.completed_at = now
    note(session, order.id, "completed", now, actor_id)
    record(session, OrderCompleted(order.id))
    return True


def due_for_completion(
    session: Session,
    *,
    now: datetime,
    after_days: int | DaysSince,
    unless: sa.ColumnElement[bool] | None = None,
    limit: int = 500,
) -> list[int]:
    """Orders on their way for so many days, about which no claim is open: each completes by itself.

    `after_days`: since when orders were placed under how many days, the oldest first. `unless` is what keeps an order open still.
    """
    return list(
        session.scalars(
            sa.select(Order.id)
            .where(
                Order.status == OrderStatus.SHIPPED,
                _is_over([(None, after_days)] if isinstance(after_days, int) else after_days, now),
                ~has_open_claim(),
                sa.true() if unless is None else ~unless,
            )
            .order_by(Order.id)
            .limit(limit)
        )
    )


def _is_over(after_days: DaysSince, now: datetime) -> sa.ColumnElement[bool]:
    """The days of an order are those that held when it was placed."""
    over: list[sa.ColumnElement[bool]] = []
    ends = [since for since, _days in after_days[1:]]
    for (since, days), until in zip(after_days, [*ends, None], strict=True):
        placed = [Order.placed_at >= since] if since is not None else []
        placed += [Order.placed_at < until] if until is not None else []
        over.append(sa.and_(*placed, Order.shipped_at <= now - timedelta(days=days)))
    return sa.or_(*over)
