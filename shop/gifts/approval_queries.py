"""Gifts that wait for approval, as members of the organisation read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import User
from shop.gifts.approval_models import GiftApproval
from shop.gifts.models import Gift
from shop.ordering.approvals.models import ApprovalState


@dataclass(frozen=True)
class GiftRequest:
    """One request, its gift, and the persons behind both."""

    approval: GiftApproval
    gift_name: str
    buyer: str
    decided_by: str

    def waits(self, now: datetime) -> bool:
        return self.approval.state is ApprovalState.WAITING and self.approval.expires_at > now

    def state(self, now: datetime) -> str:
        """Too late counts before the round that says so."""
        is_late = self.approval.state is ApprovalState.WAITING and not self.waits(now)
        return ApprovalState.EXPIRED.value if is_late else self.approval.state.value


def last_gift_request(session: Session, gift_id: int) -> GiftRequest | None:
    """The newest of a gift. One statement."""
    statement = _requests().where(GiftApproval.gift_id == gift_id).order_by(GiftApproval.id.desc())
    row = session.execute(statement.limit(1)).one_or_none()
    return None if row is None else GiftRequest(*row)


def read_gift_request(session: Session, approval_id: int) -> GiftRequest | None:
    row = session.execute(_requests().where(GiftApproval.id == approval_id)).one_or_none()
    return None if row is None else GiftRequest(*row)


def waiting_gifts(session: Session, organisation_id: int, *, now: datetime) -> Sequence[GiftRequest]:
    """Those that somebody may still approve, the oldest first. One statement, by index."""
    waits = (
        GiftApproval.organisation_id == organisation_id,
        GiftApproval.state == ApprovalState.WAITING,
        GiftApproval.expires_at > now,
    )
    return [
        GiftRequest(*row)
        for row in session.execute(_requests().where(*waits).order_by(GiftApproval.id).limit(50))
    ]


def _requests() -> sa.Select[*tuple[Any, ...]]:
    buyer, decider = aliased(User), aliased(User)
    return (
        sa.select(GiftApproval, Gift.name, _name(buyer), _name(decider))
        .join(Gift, Gift.id == GiftApproval.gift_id)
        .outerjoin(buyer, buyer.id == GiftApproval.asked_by_id)
        .outerjoin(decider, decider.id == GiftApproval.decided_by_id)
    )


def _name(person: type[User]) -> sa.ColumnElement[str]:
    return sa.func.coalesce(sa.func.nullif(person.name, ""), person.email, "")
