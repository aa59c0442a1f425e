"""Bills of campaigns that wait for approval, as members of the organisation read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import User
from shop.campaigns.approval_models import CampaignApproval
from shop.campaigns.models import Campaign
from shop.ordering.approvals.models import ApprovalState


@dataclass(frozen=True)
class CampaignRequest:
    """One request, the title of its campaign, and the persons behind both."""

    approval: CampaignApproval
    title: str
    buyer: str
    decided_by: str

    def waits(self, now: datetime) -> bool:
        return self.approval.state is ApprovalState.WAITING and self.approval.expires_at > now

    def state(self, now: datetime) -> str:
        """Too late counts before the round that says so."""
        is_late = self.approval.state is ApprovalState.WAITING and not self.waits(now)
        return ApprovalState.EXPIRED.value if is_late else self.approval.state.value


def last_request(session: Session, campaign_id: int) -> CampaignRequest | None:
    """The newest of a campaign. One statement."""
    statement = (
        _requests().where(CampaignApproval.campaign_id == campaign_id).order_by(CampaignApproval.id.desc())
    )
    row = session.execute(statement.limit(1)).one_or_none()
    return None if row is None else CampaignRequest(*row)


def read_request(session: Session, approval_id: int) -> CampaignRequest | None:
    row = session.execute(_requests().where(CampaignApproval.id == approval_id)).one_or_none()
    return None if row is None else CampaignRequest(*row)


def waiting_bills(session: Session, organisation_id: int, *, now: datetime) -> Sequence[CampaignRequest]:
    """Those that somebody may still approve, the oldest first. One statement, by index."""
    waits = (
        CampaignApproval.organisation_id == organisation_id,
        CampaignApproval.state == ApprovalState.WAITING,
        CampaignApproval.expires_at > now,
    )
    return [
        CampaignRequest(*row)
        for row in session.execute(_requests().where(*waits).order_by(CampaignApproval.id).limit(50))
    ]


def _requests() -> sa.Select[*tuple[Any, ...]]:
    buyer, decider = aliased(User), aliased(User)
    return (
        sa.select(CampaignApproval, Campaign.title, _name(buyer), _name(decider))
        .join(Campaign, Campaign.id == CampaignApproval.campaign_id)
        .outerjoin(buyer, buyer.id == CampaignApproval.asked_by_id)
        .outerjoin(decider, decider.id == CampaignApproval.decided_by_id)
    )


def _name(person: type[User]) -> sa.ColumnElement[str]:
    return sa.func.coalesce(sa.func.nullif(person.name, ""), person.email, "")
