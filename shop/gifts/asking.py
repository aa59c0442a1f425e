"""A gift that goes beyond a limit of its organisation asks its approvers, and waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.gifts.approval_models import GiftApproval
from shop.gifts.events import GiftApprovalAsked
from shop.gifts.models import Gift, GiftStatus
from shop.gifts.transitions import GIFT_STATES
from shop.ordering.approvals.asking import approvers_of
from shop.ordering.approvals.errors import NobodyApproves
from shop.ordering.approvals.models import ApprovalState
from shop.ordering.approvals.spending import Over
from shop.storage.event_log import record


def ask_for_gift(
    session: Session, gift: Gift, total_fen: int, over: Sequence[Over], *, actor_id: int, now: datetime
) -> None:
    """Nothing is placed, and no goods are held, until somebody agrees. The gift is locked. Raises NobodyApproves."""
    if not approvers_of(session, gift.organisation_id, beside=actor_id):
        raise NobodyApproves(field="payment_method")
    approval = GiftApproval(
        gift_id=gift.id,
        organisation_id=gift.organisation_id,
        amount_fen=total_fen,
        over=[one.as_fact() for one in over],
        state=ApprovalState.WAITING,
        before=gift.status,
        asked_at=now,
        asked_by_id=actor_id,
        expires_at=now + timedelta(hours=read_shop_settings(session).approval_hours),
    )
    gift.status, gift.updated_at = GIFT_STATES.step(gift.status, GiftStatus.WAITING), now
    session.add(approval)
    session.flush()
    record(session, GiftApprovalAsked(approval.id, now))
