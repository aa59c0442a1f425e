"""A gift above a limit: asked for once, approved or returned as a whole, and back with its buyer where nobody answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.gifts.access import lock_any, refuse_reader
from shop.gifts.approval_models import GiftApproval
from shop.gifts.events import GiftApprovalEnded
from shop.gifts.models import Gift
from shop.gifts.submitting import submit_approved
from shop.gifts.transitions import GIFT_STATES
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.approvals.errors import NotWaiting, OwnOrder
from shop.ordering.approvals.models import ApprovalState
from shop.storage.event_log import record
from shop.storage.unit_of_work import UnitOfWork

LONGEST_REASON: Final = 300


def approve_gift(
    session: Session, organisation_id: int, approval_id: int, *, actor_id: int, now: datetime
) -> bool:
    """All of it is ordered now, at the total that was asked for. False when the same person had approved it before.

    Raises NotFound for another organisation's, OwnOrder, NotWaiting, and what `submit_gift` raises: then nothing is
    approved. Locks the gift. The caller has seen to it that the person may approve.
    """
    gift, approval = _lock(session, organisation_id, approval_id)
    _refuse_own(approval, actor_id)
    if approval.state is ApprovalState.APPROVED and approval.decided_by_id == actor_id:
        return False
    _refuse_settled(approval, now)
    submit_approved(session, gift, approval.amount_fen, asked_by_id=approval.asked_by_id, now=now)
    _end(session, approval, ApprovalState.APPROVED, actor_id, now)
    _note(session, "gift.approved", approval, now)
    return True


def return_gift(
    session: Session, organisation_id: int, approval_id: int, reason: str, *, actor_id: int, now: datetime
) -> bool:
    """Its buyer reads why, and may change it. False when the same person had returned it before.

    Raises as `approve_gift`, and InvalidInput without a reason.
    """
    said = tidy(reason)[:LONGEST_REASON]
    if not said:
        raise InvalidInput(msg("Please say why."), field="reason")
    gift, approval = _lock(session, organisation_id, approval_id)
    _refuse_own(approval, actor_id)
    if approval.state is ApprovalState.RETURNED and approval.decided_by_id == actor_id:
        return False
    _refuse_settled(approval, now)
    approval.reason = said
    _go_back(session, gift, approval, ApprovalState.RETURNED, actor_id, now)
    _note(session, "gift.returned", approval, now)
    return True


def withdraw_gift(session: Session, gift_id: int, *, actor_id: int, now: datetime) -> bool:
    """Its buyers want to change it. False when nothing waits. Raises NotFound, NotAllowed. Locks the gift."""
    gift = lock_any(session, gift_id)
    refuse_reader(session, gift.organisation_id, actor_id)
    approval = waiting_of(session, gift_id)
    if approval is None:
        return False
    _go_back(session, gift, approval, ApprovalState.WITHDRAWN, actor_id, now)
    return True


def end_late_approvals(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Nobody answered in time: the gift is its buyer's again. Returns how many."""

    def late(session: Session) -> Sequence[int]:
        waits = (GiftApproval.state == ApprovalState.WAITING, GiftApproval.expires_at <= now)
        return session.scalars(sa.select(GiftApproval.gift_id).where(*waits).limit(100)).all()

    return sum(unit_of_work.run(partial(_expire, gift_id=one, now=now)) for one in unit_of_work.run(late))


def waiting_of(session: Session, gift_id: int) -> GiftApproval | None:
    return session.scalar(
        sa.select(GiftApproval)
        .where(GiftApproval.gift_id == gift_id, GiftApproval.state == ApprovalState.WAITING)
        .execution_options(populate_existing=True)
    )


def _expire(session: Session, gift_id: int, now: datetime) -> bool:
    gift = lock_any(session, gift_id)
    approval = waiting_of(session, gift_id)
    if approval is None or approval.expires_at > now:
        return False
    _go_back(session, gift, approval, ApprovalState.EXPIRED, None, now)
    return True


def _lock(session: Session, organisation_id: int, approval_id: int) -> tuple[Gift, GiftApproval]:
    gift_id = session.scalar(
        sa.select(GiftApproval.gift_id).where(
            GiftApproval.id == approval_id, GiftApproval.organisation_id == organisation_id
        )
    )
    if gift_id is None:
        raise NotFound()
    gift = lock_any(session, gift_id)
    return gift, session.get_one(GiftApproval, approval_id, populate_existing=True)


def _refuse_own(approval: GiftApproval, actor_id: int) -> None:
    if approval.asked_by_id == actor_id:
        raise OwnOrder()


def _refuse_settled(approval: GiftApproval, now: datetime) -> None:
    if approval.state is not ApprovalState.WAITING or approval.expires_at <= now:
        raise NotWaiting()


def _go_back(
    session: Session,
    gift: Gift,
    approval: GiftApproval,
    state: ApprovalState,
    actor_id: int | None,
    now: datetime,
) -> None:
    gift.status, gift.updated_at = GIFT_STATES.step(gift.status, approval.before), now
    _end(session, approval, state, actor_id, now)


def _end(
    session: Session, approval: GiftApproval, state: ApprovalState, actor_id: int | None, now: datetime
) -> None:
    approval.state, approval.decided_at, approval.decided_by_id = state, now, actor_id
    session.flush()
    if state is not ApprovalState.WITHDRAWN:
        record(session, GiftApprovalEnded(approval.id, now))


def _note(session: Session, action: str, approval: GiftApproval, now: datetime) -> None:
    facts = {"organisation_id": approval.organisation_id, "amount_fen": approval.amount_fen}
    audit(session, approval.decided_by_id, action, "gift", approval.gift_id, facts, now=now)
