"""Stock that a dead attempt still holds is set free."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ordering.approvals.ending import is_held_for_approval
from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderStatus
from shop.payments.models import Payment, PaymentStatus
from shop.payments.outcome import release_if_dead
from shop.storage.row_by_row import done
from shop.storage.unit_of_work import UnitOfWork

# After a failure the buyer may try another way for so long; stock is to be free within five minutes.
GRACE = timedelta(minutes=4)
# An order that never came to an attempt is given up after as long as an attempt would have lasted.
NEVER_STARTED = timedelta(minutes=31)
BATCH = 200


def held_until(last: Payment) -> datetime:
    """When the goods of an unpaid order go back on sale; `last` is its newest attempt to pay."""
    if last.status is PaymentStatus.PENDING and last.expires_at is not None:
        return last.expires_at
    return (last.ended_at or last.created_at) + GRACE


def release_dead_orders(unit_of_work: UnitOfWork, *, now: datetime, limit: int = BATCH) -> int:
    """Cancel unpaid orders that nobody can pay any more, each in its own transaction; returns how many.

    Killed half way it leaves nothing wrong, and the next run does the rest.
    """
    order_ids = unit_of_work.run(partial(_dead_orders, now=now, limit=limit))
    return done(unit_of_work, [partial(_release, order_id=order_id, now=now) for order_id in order_ids])


def _dead_orders(session: Session, now: datetime, limit: int) -> list[int]:
    """Waiting for money, without an open attempt, and past the time that is given after the last one."""
    last_end = sa.select(sa.func.max(Payment.ended_at)).where(Payment.order_id == Order.id).scalar_subquery()
    is_open = (
        sa.select(Payment.id)
        .where(Payment.order_id == Order.id, Payment.status == PaymentStatus.PENDING)
        .exists()
    )
    statement = (
        sa.select(Order.id)
        .where(
            Order.status == OrderStatus.AWAITING_PAYMENT,
            ~is_open,
            ~is_held_for_approval(now),
            sa.or_(
                last_end <= now - GRACE,
                sa.and_(last_end.is_(None), Order.placed_at <= now - NEVER_STARTED),
                Order.cancel_requested_at.is_not(None),
            ),
        )
        .order_by(Order.placed_at)
        .limit(limit)
    )
    return list(session.scalars(statement))


def _release(session: Session, order_id: int, now: datetime) -> bool:
    """Look again behind the lock: the buyer may have started anew in between."""
    order = lock_order(session, order_id)
    if order_id not in _still_dead(session, order_id, now):
        return False
    return release_if_dead(session, order, now)


def _still_dead(session: Session, order_id: int, now: datetime) -> list[int]:
    started = sa.select(Payment.id).where(
        Payment.order_id == order_id,
        sa.or_(Payment.status == PaymentStatus.PENDING, Payment.ended_at > now - GRACE),
    )
    order = session.get_one(Order, order_id)
    if order.cancel_requested_at is not None:
        return [order_id]
    held = sa.select(Order.id).where(Order.id == order_id, is_held_for_approval(now))
    is_alive = session.scalar(sa.union_all(started, held).limit(1)) is not None
    return [] if is_alive else [order_id]
