"""A request that nobody need answer any more: its order was called off, paid in another way, or waited too long."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ordering.approvals.events import ApprovalEnded
from shop.ordering.approvals.models import ApprovalState, OrderApproval
from shop.ordering.history import note
from shop.ordering.models import Order
from shop.storage.event_log import record


def waiting_approval(session: Session, order_id: int) -> OrderApproval | None:
    """Behind the order's lock, where something follows from it."""
    return session.scalar(
        sa.select(OrderApproval)
        .where(OrderApproval.order_id == order_id, OrderApproval.state == ApprovalState.WAITING)
        .execution_options(populate_existing=True)
    )


def is_held_for_approval(now: datetime) -> sa.ColumnElement[bool]:
    """SQL, beside Order: somebody may still approve it, and its goods are held until then."""
    return sa.exists().where(
        OrderApproval.order_id == Order.id,
        OrderApproval.state == ApprovalState.WAITING,
        OrderApproval.expires_at > now,
    )


def end_waiting(session: Session, order_id: int, *, now: datetime) -> bool:
    """Call it after the order's lock. False when nothing waited."""
    approval = waiting_approval(session, order_id)
    if approval is None:
        return False
    is_late = approval.expires_at <= now
    approval.state = ApprovalState.EXPIRED if is_late else ApprovalState.WITHDRAWN
    approval.decided_at = now
    session.flush()
    note(session, order_id, f"approval_{approval.state.value}", now)
    if is_late:
        record(session, ApprovalEnded(approval.id, now))
    return True
