"""The organiser's press of the button: a campaign begins to close, or its bill asks for approval first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.campaigns.access import managed_desk
from shop.campaigns.approving import ask_for_bill
from shop.campaigns.closing import start
from shop.campaigns.closing_plan import plan_closing
from shop.campaigns.errors import NotChoosing
from shop.campaigns.locking import lock_campaign
from shop.campaigns.models import CampaignState
from shop.campaigns.transitions import CAMPAIGNS
from shop.ordering.approvals.spending import limits_beyond
from shop.ordering.events import OrdersOnTermsWanted
from shop.storage.event_log import record

_BEGUN = {CampaignState.WAITING, CampaignState.CLOSING, CampaignState.CLOSED}


def begin_closing(session: Session, campaign_id: int, *, actor_id: int, now: datetime) -> CampaignState:
    """The state that it is in then: closing, or waiting for approval. Begun again it is one close.

    Raises NotFound, NotAllowed, NotChoosing before it was open for choosing, IllegalStep, NoAccount, NoTerms, OverLimit
    and NobodyApproves: then it is open as before.
    """
    campaign = lock_campaign(session, campaign_id)
    managed_desk(session, campaign_id, actor_id)
    if campaign.state in _BEGUN:
        return campaign.state
    CAMPAIGNS.step(campaign.state, CampaignState.CLOSING)
    if now < campaign.opens_at:
        raise NotChoosing()
    plan = plan_closing(session, campaign_id, now=now)
    over = limits_beyond(session, campaign.organisation_id, actor_id, plan.total_fen, now=now)
    if not over or plan.unpaid_sellers:
        start(session, campaign, plan, actor_id=actor_id, is_approved=False, now=now)
        return campaign.state
    record(
        session,
        OrdersOnTermsWanted(campaign.organisation_id, actor_id, plan.total_fen, now, is_approved=True),
    )
    ask_for_bill(session, campaign, plan.total_fen, over, actor_id=actor_id, now=now)
    return campaign.state
