"""An open campaign is called off before its close: nothing is ordered, nobody's allowance is used, and members read why.

What members paid themselves is refunded as for any order that was given up. Documents stay.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.campaigns.access import managed_desk
from shop.campaigns.defaults import undo_choices
from shop.campaigns.locking import lock_campaign
from shop.campaigns.member_models import CampaignMember, Choice, Standing, Telling
from shop.campaigns.models import CampaignState
from shop.campaigns.own_models import HomeAddress, TopUp
from shop.campaigns.top_ups import give_up
from shop.campaigns.transitions import CAMPAIGNS
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy

LONGEST_REASON: Final = 300
_BULK: Final = {"synchronize_session": False}


def call_off(session: Session, campaign_id: int, reason: str, *, actor_id: int, now: datetime) -> int:
    """How many had chosen something. Pressed twice it is once. Locks the campaign, against everybody who chooses.

    Raises NotFound, NotAllowed, InvalidInput without a reason, IllegalStep once it is being closed.
    """
    campaign = lock_campaign(session, campaign_id)
    managed_desk(session, campaign_id, actor_id)
    if campaign.state is CampaignState.CALLED_OFF:
        return 0
    state, said = CAMPAIGNS.step(campaign.state, CampaignState.CALLED_OFF), tidy(reason)[:LONGEST_REASON]
    if not said:
        raise InvalidInput(msg("Please say why."), field="reason")
    mine = sa.select(CampaignMember.id).where(CampaignMember.campaign_id == campaign_id)
    chosen = session.scalar(sa.select(sa.func.count(Choice.member_id)).where(Choice.member_id.in_(mine))) or 0
    own = sa.select(TopUp.order_id).where(TopUp.member_id.in_(mine), TopUp.given_up_at.is_(None))
    give_up(session, session.scalars(own).all(), now=now)
    session.execute(sa.delete(HomeAddress).where(HomeAddress.member_id.in_(mine)), execution_options=_BULK)
    undo_choices(session, campaign)
    _tell(session, campaign_id)
    campaign.state, campaign.called_off_at, campaign.called_off_by_id = state, now, actor_id
    campaign.called_off_reason, campaign.refusal = said, {}
    session.flush()
    facts = {"reason": said, "people": chosen}
    audit(session, actor_id, "campaign.called_off", "campaign", campaign_id, facts, now=now)
    return chosen


def _tell(session: Session, campaign_id: int) -> None:
    """Who has not heard of it yet need not hear that it is over."""
    enrolled = CampaignMember.campaign_id == campaign_id, CampaignMember.standing == Standing.ENROLLED
    unheard = CampaignMember.to_tell == Telling.OPENED
    heard = sa.or_(CampaignMember.to_tell.is_(None), CampaignMember.to_tell != Telling.OPENED)
    for who, telling in ((heard, Telling.CALLED_OFF), (unheard, None)):
        session.execute(
            sa.update(CampaignMember).where(*enrolled, who).values(to_tell=telling), execution_options=_BULK
        )
