"""The end of an order's way: everything left, the buyer has it."""

from __future__ import annotations

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
    after_days: int,
    unless: sa.ColumnElement[bool] | None = None,
    limit: int = 500,
) -> list[int]:
    """Orders on their way for so many days, about which no claim is open: each completes by itself.

    `unless` is what keeps an order open still.
    """
    return list(
        session.scalars(
            sa.select(Order.id)
            .where(
                Order.status == OrderStatus.SHIPPED,
                Order.shipped_at <= now - timedelta(days=after_days),
                ~has_open_claim(),
                sa.true() if unless is None else ~unless,
            )
            .order_by(Order.id)
            .limit(limit)
        )
    )
