"""A second person of the organisation agrees to an order, or returns it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.approvals.errors import NotWaiting, OwnOrder
from shop.ordering.approvals.events import ApprovalEnded, OrderApproved
from shop.ordering.approvals.models import ApprovalState, OrderApproval
from shop.ordering.cancellation import cancel_unpaid
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import Order
from shop.ordering.reasons import Reason
from shop.storage.event_log import record

LONGEST_REASON: Final = 300


def approve_order(
    session: Session, organisation_id: int, approval_id: int, *, actor_id: int, now: datetime
) -> bool:
    """What follows in this transaction accepts it on terms. False when the same person had approved it before.

    Raises NotFound for another organisation's, OwnOrder, and NotWaiting when it was settled or is too late; and what
    accepting it raises. Locks the order. The caller has seen to it that the person may approve.
    """
    order, approval = _lock(session, organisation_id, approval_id, actor_id)
    if approval.state is ApprovalState.APPROVED and approval.decided_by_id == actor_id:
        return False
    _refuse_settled(approval, now)
    _decide(session, approval, ApprovalState.APPROVED, actor_id, now)
    note(session, order.id, "approval_approved", now, actor_id)
    _audit(session, "order.approved", order, approval, now)
    record(session, OrderApproved(approval.id, order.id, organisation_id, now))
    return True


def return_order(
    session: Session, organisation_id: int, approval_id: int, reason: str, *, actor_id: int, now: datetime
) -> bool:
    """It is called off, its goods are free, and who ordered reads why. False when the same person had done so before.

    Raises as `approve_order`, and InvalidInput without a reason.
    """
    said = tidy(reason)[:LONGEST_REASON]
    if not said:
        raise InvalidInput(msg("Please say why."), field="reason")
    order, approval = _lock(session, organisation_id, approval_id, actor_id)
    if approval.state is ApprovalState.RETURNED and approval.decided_by_id == actor_id:
        return False
    _refuse_settled(approval, now)
    approval.reason = said
    _decide(session, approval, ApprovalState.RETURNED, actor_id, now)
    note(session, order.id, "approval_returned", now, actor_id, reason=said)
    _audit(session, "order.returned", order, approval, now)
    record(session, ApprovalEnded(approval.id, now))
    cancel_unpaid(session, order.id, now=now, reason=Reason.NOT_APPROVED, actor_id=actor_id)
    return True


def _lock(
    session: Session, organisation_id: int, approval_id: int, actor_id: int
) -> tuple[Order, OrderApproval]:
    """Raises NotFound, OwnOrder."""
    order_id = session.scalar(
        sa.select(OrderApproval.order_id).where(
            OrderApproval.id == approval_id, OrderApproval.organisation_id == organisation_id
        )
    )
    if order_id is None:
        raise NotFound()
    order = lock_order(session, order_id)
    approval = session.get_one(OrderApproval, approval_id, populate_existing=True)
    if actor_id in (order.user_id, approval.asked_by_id):
        raise OwnOrder()
    return order, approval


def _refuse_settled(approval: OrderApproval, now: datetime) -> None:
    """Raises NotWaiting."""
    if approval.state is not ApprovalState.WAITING or approval.expires_at <= now:
        raise NotWaiting()


def _decide(
    session: Session, approval: OrderApproval, state: ApprovalState, actor_id: int, now: datetime
) -> None:
    approval.state, approval.decided_at, approval.decided_by_id = state, now, actor_id
    session.flush()


def _audit(session: Session, action: str, order: Order, approval: OrderApproval, now: datetime) -> None:
    facts = {"organisation_id": approval.organisation_id, "amount_fen": approval.amount_fen}
    audit(session, approval.decided_by_id, action, "order", order.number, facts, now=now)
