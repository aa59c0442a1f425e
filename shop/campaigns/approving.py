"""The bill of a campaign above a limit: asked for once, agreed to or returned as a whole, open again where nobody answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.shop_settings import read_shop_settings
from shop.campaigns.access import managed_desk
from shop.campaigns.approval_models import CampaignApproval
from shop.campaigns.closing import start
from shop.campaigns.closing_plan import plan_closing
from shop.campaigns.errors import BillChanged
from shop.campaigns.events import CampaignApprovalAsked, CampaignApprovalEnded
from shop.campaigns.locking import lock_campaign
from shop.campaigns.models import Campaign, CampaignState
from shop.campaigns.transitions import CAMPAIGNS
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.approvals.asking import approvers_of
from shop.ordering.approvals.errors import NobodyApproves, NotWaiting, OwnOrder
from shop.ordering.approvals.models import ApprovalState
from shop.ordering.approvals.spending import Over
from shop.storage.event_log import record
from shop.storage.unit_of_work import UnitOfWork

LONGEST_REASON: Final = 300


def ask_for_bill(
    session: Session,
    campaign: Campaign,
    total_fen: int,
    over: Sequence[Over],
    *,
    actor_id: int,
    now: datetime,
) -> None:
    """Nobody chooses, and nothing is ordered, until somebody agrees. The campaign is locked. Raises NobodyApproves."""
    if not approvers_of(session, campaign.organisation_id, beside=actor_id):
        raise NobodyApproves(field="payment_method")
    approval = CampaignApproval(
        campaign_id=campaign.id,
        organisation_id=campaign.organisation_id,
        amount_fen=total_fen,
        over=[one.as_fact() for one in over],
        state=ApprovalState.WAITING,
        asked_at=now,
        asked_by_id=actor_id,
        expires_at=now + timedelta(hours=read_shop_settings(session).approval_hours),
    )
    campaign.state, campaign.refusal = CAMPAIGNS.step(campaign.state, CampaignState.WAITING), {}
    session.add(approval)
    session.flush()
    record(session, CampaignApprovalAsked(approval.id, now))
    facts = {"amount_fen": total_fen}
    audit(session, actor_id, "campaign.approval_asked", "campaign", campaign.id, facts, now=now)


def approve_bill(
    session: Session, organisation_id: int, approval_id: int, *, actor_id: int, now: datetime
) -> bool:
    """It is closed now, for who asked. False when the same person had approved it before.

    Raises NotFound for another organisation's, OwnOrder, NotWaiting, BillChanged where it comes to more since, and what
    a close is refused for: then nothing is approved. Locks the campaign. The caller has seen to it that the person may
    approve.
    """
    campaign, approval = _lock(session, organisation_id, approval_id)
    _refuse_own(approval, actor_id)
    if approval.state is ApprovalState.APPROVED and approval.decided_by_id == actor_id:
        return False
    _refuse_settled(approval, now)
    plan = plan_closing(session, campaign.id, now=now)
    if plan.total_fen > approval.amount_fen:
        raise BillChanged()
    if approval.asked_by_id is None:
        raise NotFound()
    _end(session, approval, ApprovalState.APPROVED, actor_id, now)
    start(session, campaign, plan, actor_id=approval.asked_by_id, is_approved=True, now=now)
    _note(session, "campaign.approved", approval, now)
    return True


def return_bill(
    session: Session, organisation_id: int, approval_id: int, reason: str, *, actor_id: int, now: datetime
) -> bool:
    """Open again; who asked reads why. False when the same person had returned it before.

    Raises as `approve_bill`, and InvalidInput without a reason.
    """
    said = tidy(reason)[:LONGEST_REASON]
    if not said:
        raise InvalidInput(msg("Please say why."), field="reason")
    campaign, approval = _lock(session, organisation_id, approval_id)
    _refuse_own(approval, actor_id)
    if approval.state is ApprovalState.RETURNED and approval.decided_by_id == actor_id:
        return False
    _refuse_settled(approval, now)
    approval.reason = said
    _open_again(session, campaign, approval, ApprovalState.RETURNED, actor_id, now)
    _note(session, "campaign.returned", approval, now)
    return True


def withdraw_bill(session: Session, campaign_id: int, *, actor_id: int, now: datetime) -> bool:
    """Its organisers want to change something. False when nothing waits. Raises NotFound, NotAllowed."""
    campaign = lock_campaign(session, campaign_id)
    managed_desk(session, campaign_id, actor_id)
    approval = _waiting_of(session, campaign_id)
    if approval is None:
        return False
    _open_again(session, campaign, approval, ApprovalState.WITHDRAWN, actor_id, now)
    return True


def end_late_bills(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Nobody answered in time: the campaign is open again. Returns how many."""

    def late(session: Session) -> Sequence[int]:
        waits = (CampaignApproval.state == ApprovalState.WAITING, CampaignApproval.expires_at <= now)
        return session.scalars(sa.select(CampaignApproval.campaign_id).where(*waits).limit(100)).all()

    ends = [partial(_expire, campaign_id=one, now=now) for one in unit_of_work.run(late)]
    return sum(unit_of_work.run(one) for one in ends)


def _expire(session: Session, campaign_id: int, now: datetime) -> bool:
    campaign = lock_campaign(session, campaign_id)
    approval = _waiting_of(session, campaign_id)
    if approval is None or approval.expires_at > now:
        return False
    _open_again(session, campaign, approval, ApprovalState.EXPIRED, None, now)
    return True


def _waiting_of(session: Session, campaign_id: int) -> CampaignApproval | None:
    waits = CampaignApproval.campaign_id == campaign_id, CampaignApproval.state == ApprovalState.WAITING
    return session.scalar(sa.select(CampaignApproval).where(*waits).execution_options(populate_existing=True))


def _lock(session: Session, organisation_id: int, approval_id: int) -> tuple[Campaign, CampaignApproval]:
    campaign_id = session.scalar(
        sa.select(CampaignApproval.campaign_id).where(
            CampaignApproval.id == approval_id, CampaignApproval.organisation_id == organisation_id
        )
    )
    if campaign_id is None:
        raise NotFound()
    campaign = lock_campaign(session, campaign_id)
    return campaign, session.get_one(CampaignApproval, approval_id, populate_existing=True)


def _refuse_own(approval: CampaignApproval, actor_id: int) -> None:
    if approval.asked_by_id == actor_id:
        raise OwnOrder()


def _refuse_settled(approval: CampaignApproval, now: datetime) -> None:
    if approval.state is not ApprovalState.WAITING or approval.expires_at <= now:
        raise NotWaiting()


def _open_again(
    session: Session,
    campaign: Campaign,
    approval: CampaignApproval,
    state: ApprovalState,
    actor_id: int | None,
    now: datetime,
) -> None:
    campaign.state = CAMPAIGNS.step(campaign.state, CampaignState.OPEN)
    _end(session, approval, state, actor_id, now)


def _end(
    session: Session, approval: CampaignApproval, state: ApprovalState, actor_id: int | None, now: datetime
) -> None:
    approval.state, approval.decided_at, approval.decided_by_id = state, now, actor_id
    session.flush()
    if state is not ApprovalState.WITHDRAWN:
        record(session, CampaignApprovalEnded(approval.id, now))


def _note(session: Session, action: str, approval: CampaignApproval, now: datetime) -> None:
    facts = {"organisation_id": approval.organisation_id, "amount_fen": approval.amount_fen}
    audit(session, approval.decided_by_id, action, "campaign", approval.campaign_id, facts, now=now)
