"""Reminding who has not chosen: each at most once a day, by the ways that the person allows."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.campaigns.access import Desk, desk_of
from shop.campaigns.choosing import is_choosing
from shop.campaigns.deciding import demand_hand
from shop.campaigns.errors import NotChoosing, RemindedToday
from shop.campaigns.locking import lock_campaign
from shop.campaigns.member_models import CampaignMember, CampaignReminder, Choice, Standing, Telling
from shop.kit.clock import shanghai_date

_BULK: Final = {"synchronize_session": False}


def remind(session: Session, campaign_id: int, *, actor_id: int, now: datetime) -> int:
    """Mark those of whom the organiser may see; the worker writes to them. Returns how many.

    Raises NotFound, NotAllowed, NotChoosing, RemindedToday where nobody is left to remind today.
    """
    campaign = lock_campaign(session, campaign_id)
    desk = desk_of(session, campaign_id, actor_id)
    demand_hand(desk)
    if not is_choosing(campaign, now):
        raise NotChoosing()
    today = shanghai_date(now)
    waiting = sa.and_(
        CampaignMember.campaign_id == campaign_id,
        CampaignMember.standing == Standing.ENROLLED,
        sa.or_(CampaignMember.reminded_on.is_(None), CampaignMember.reminded_on < today),
        ~sa.exists().where(Choice.member_id == CampaignMember.id),
        *([CampaignMember.unit_id.in_(desk.unit_ids)] if desk.unit_ids is not None else []),
    )
    people = session.scalar(sa.select(sa.func.count(CampaignMember.id)).where(waiting)) or 0
    if not people:
        raise RemindedToday()
    session.execute(
        sa.update(CampaignMember).where(waiting).values(to_tell=Telling.REMINDER, reminded_on=today),
        execution_options=_BULK,
    )
    unit_id = desk.unit_ids[0] if desk.unit_ids is not None else None
    session.add(
        CampaignReminder(campaign_id=campaign_id, unit_id=unit_id, people=people, at=now, actor_id=actor_id)
    )
    session.flush()
    audit(session, actor_id, "campaign.reminded", "campaign", campaign_id, {"people": people}, now=now)
    return people


def last_reminder(session: Session, desk: Desk) -> CampaignReminder | None:
    """The last one that concerned all whom the desk sees."""
    statement = sa.select(CampaignReminder).where(CampaignReminder.campaign_id == desk.campaign.id)
    if desk.unit_ids is not None:
        own = CampaignReminder.unit_id.in_(desk.unit_ids)
        statement = statement.where(sa.or_(CampaignReminder.unit_id.is_(None), own))
    return session.scalar(statement.order_by(CampaignReminder.id.desc()).limit(1))
