"""A campaign as its union sets it up: title, window, day, allowance. Changed freely until it opens."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.contacts import normalise_mobile
from shop.campaigns.access import demand_manager, managed_desk
from shop.campaigns.correcting import correct
from shop.campaigns.errors import NotADraft
from shop.campaigns.locking import lock_campaign
from shop.campaigns.models import Campaign, CampaignState
from shop.campaigns.planning import Plan, judge
from shop.campaigns.signing import default_procurement, write_procurement
from shop.campaigns.spending import yearly_cap_fen
from shop.campaigns.transitions import CAMPAIGNS
from shop.kit.references import form_digest
from shop.kit.text import tidy
from shop.storage.paging import Page, read_page


def make_campaign(
    session: Session, organisation_id: int, plan: Plan, *, token: str, actor_id: int, now: datetime
) -> int:
    """A draft; sent twice it is one. Raises NotFound, NotAllowed, InvalidInput."""
    demand_manager(session, organisation_id, actor_id)
    sent = form_digest(f"organisation {organisation_id}", token)
    known = session.scalar(sa.select(Campaign.id).where(Campaign.token == sent))
    if known is not None:
        return known
    judge(plan, now)
    campaign = Campaign(organisation_id=organisation_id, made_by_id=actor_id, made_at=now, token=sent)
    _write(campaign, plan)
    write_procurement(campaign, plan.procurement or default_procurement(session, organisation_id))
    session.add(campaign)
    session.flush()
    audit(session, actor_id, "campaign.made", "campaign", campaign.id, _facts(plan), now=now)
    return campaign.id


def change_campaign(session: Session, campaign_id: int, plan: Plan, *, actor_id: int, now: datetime) -> None:
    """All of a draft; of an open one what nobody loses by. Raises NotFound, NotAllowed, NotADraft, InvalidInput."""
    campaign = lock_campaign(session, campaign_id)
    managed_desk(session, campaign_id, actor_id)
    if campaign.state is CampaignState.OPEN:
        correct(campaign, plan, cap_fen=yearly_cap_fen(session), now=now)
    elif campaign.state is CampaignState.DRAFT:
        judge(plan, now)
        _write(campaign, plan)
    else:
        raise NotADraft()
    write_procurement(campaign, plan.procurement)
    session.flush()
    audit(session, actor_id, "campaign.changed", "campaign", campaign_id, _facts(plan), now=now)


def drop_campaign(session: Session, campaign_id: int, *, actor_id: int, now: datetime) -> None:
    """A draft that comes to nothing. Raises NotFound, NotAllowed, IllegalStep."""
    campaign = lock_campaign(session, campaign_id)
    managed_desk(session, campaign_id, actor_id)
    if campaign.state is CampaignState.DROPPED:
        return
    campaign.state = CAMPAIGNS.step(campaign.state, CampaignState.DROPPED)
    session.flush()
    audit(session, actor_id, "campaign.dropped", "campaign", campaign_id, {}, now=now)


def campaigns_of(session: Session, organisation_id: int, *, page: int = 1) -> Page[Campaign]:
    """The newest first; dropped drafts are not shown."""
    statement = (
        sa.select(Campaign)
        .where(Campaign.organisation_id == organisation_id, Campaign.state != CampaignState.DROPPED)
        .order_by(Campaign.id.desc())
    )
    return read_page(session, statement, number=page, size=20, scalars=True)


def _write(campaign: Campaign, plan: Plan) -> None:
    campaign.title = tidy(plan.title)[:80]
    campaign.opens_at, campaign.closes_at = plan.opens_at, plan.closes_at
    campaign.distribution_on, campaign.year = plan.distribution_on, plan.distribution_on.year
    campaign.allowance_fen, campaign.free_choice = plan.allowance_fen, plan.free_choice
    campaign.own_top_up = plan.own_top_up
    campaign.home_delivery, campaign.freight_counts = plan.home_delivery, plan.freight_counts
    campaign.contact, campaign.contact_phone = tidy(plan.contact)[:60], normalise_mobile(plan.contact_phone)


def _facts(plan: Plan) -> dict[str, object]:
    return {
        "campaign_title": plan.title,
        "closes_at": plan.closes_at.isoformat(),
        "distribution_on": plan.distribution_on.isoformat(),
        "allowance_fen": plan.allowance_fen,
        "own_top_up": plan.own_top_up,
        "home_delivery": plan.home_delivery,
    }
