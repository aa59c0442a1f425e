"""Sub-unions of a campaign: who organises one, and its quota."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.contacts import normalise_email
from shop.accounts.models import OrganisationMember
from shop.accounts.proved_email import demand_known_owner
from shop.accounts.users import find_user_id
from shop.campaigns.access import managed_desk
from shop.campaigns.day.deadlines import is_over
from shop.campaigns.errors import NotADraft
from shop.campaigns.locking import lock_campaign
from shop.campaigns.member_models import CampaignMember, CampaignUnit, Standing
from shop.campaigns.models import Campaign, CampaignState
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg

QUOTA_STANDS: Final = msg(
    "Quotas stand once nobody chooses any more. Whoever represents the sub-union can still be changed."
)
DAY_IS_OVER: Final = msg(
    "The days for collecting are over: nobody needs to represent the sub-union any more."
)
NOTHING_COMES: Final = msg("The campaign was called off: nobody needs to represent the sub-union any more.")


def save_unit(
    session: Session,
    campaign_id: int,
    unit_id: int,
    *,
    organiser: str,
    most_people: int | None,
    most_fen: int | None,
    actor_id: int,
    now: datetime,
) -> None:
    """`organiser`: the e-mail address of a member of the organisation, or nothing.

    A quota never lies below what is used already, and stands once nobody chooses any more. Who represents it can be
    changed until everything had to be collected, since they hand it out. Raises NotFound, NotAllowed, NotADraft, InvalidInput; OwnerUnknown for
    an organiser whose address nobody has confirmed.
    """
    campaign = lock_campaign(session, campaign_id)
    managed_desk(session, campaign_id, actor_id)
    _demand_still_needed(session, campaign, now)
    unit = session.scalar(
        sa.select(CampaignUnit)
        .where(CampaignUnit.id == unit_id, CampaignUnit.campaign_id == campaign_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if unit is None:
        raise NotFound()
    if not has_quotas(campaign) and (most_people, most_fen) != (unit.most_people, unit.most_fen):
        raise NotADraft(QUOTA_STANDS)
    people = session.scalar(
        sa.select(sa.func.count(CampaignMember.id)).where(
            CampaignMember.unit_id == unit_id, CampaignMember.standing != Standing.TAKEN_BACK
        )
    )
    if has_quotas(campaign) and most_people is not None and most_people < (people or 0):
        raise InvalidInput(msg("It has %(count)s members already."), field="most_people", count=people or 0)
    if most_fen is not None and most_fen < unit.spent_fen:
        raise InvalidInput(msg("Its members have chosen more than this already."), field="most_fen")
    unit.organiser_id = _member(session, campaign.organisation_id, organiser) if organiser.strip() else None
    unit.most_people, unit.most_fen = most_people, most_fen
    session.flush()
    facts = {
        "sub_union": unit.name,
        "most_people": most_people,
        "most_fen": most_fen,
        "user_id": unit.organiser_id,
    }
    audit(session, actor_id, "campaign.unit_changed", "campaign", campaign_id, facts, now=now)


def has_quotas(campaign: Campaign) -> bool:
    """Whether they can still be changed."""
    return campaign.state in {CampaignState.DRAFT, CampaignState.OPEN}


def _demand_still_needed(session: Session, campaign: Campaign, now: datetime) -> None:
    """Raises NotADraft once there is nothing left to represent anybody in."""
    if campaign.state in {CampaignState.DROPPED, CampaignState.CALLED_OFF}:
        raise NotADraft(NOTHING_COMES)
    if campaign.state is CampaignState.CLOSED and is_over(session, campaign, now=now):
        raise NotADraft(DAY_IS_OVER)


def read_unit(session: Session, campaign_id: int, unit_id: int) -> CampaignUnit:
    """Raises NotFound."""
    unit = session.get(CampaignUnit, unit_id)
    if unit is None or unit.campaign_id != campaign_id:
        raise NotFound()
    return unit


def _member(session: Session, organisation_id: int, email: str) -> int:
    user_id = find_user_id(session, normalise_email(email, field="organiser"))
    if user_id is None or session.get(OrganisationMember, (organisation_id, user_id)) is None:
        raise InvalidInput(msg("Nobody of your organisation has this address."), field="organiser")
    demand_known_owner(session, user_id)
    return user_id
