"""Reminding who has not chosen: each at most once a day, by the ways that the person allows."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
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
from shop.campaigns.models import Campaign, CampaignState
from shop.kit.clock import shanghai_date
from shop.storage.unit_of_work import UnitOfWork

BEFORE: Final = timedelta(days=1)


def remind(session: Session, campaign_id: int, *, actor_id: int, now: datetime) -> int:
    """Mark those of whom the organiser may see; the worker writes to them. Returns how many.

    Raises NotFound, NotAllowed, NotChoosing, RemindedToday where nobody is left to remind today.
    """
    campaign = lock_campaign(session, campaign_id)
    desk = desk_of(session, campaign_id, actor_id)
    demand_hand(desk)
    if not is_choosing(campaign, now):
        raise NotChoosing()
    units = [CampaignMember.unit_id.in_(desk.unit_ids)] if desk.unit_ids is not None else []
    people = _mark(session, campaign_id, *units, now=now)
    if not people:
        raise RemindedToday()
    unit_id = desk.unit_ids[0] if desk.unit_ids is not None else None
    session.add(
        CampaignReminder(campaign_id=campaign_id, unit_id=unit_id, people=people, at=now, actor_id=actor_id)
    )
    session.flush()
    audit(session, actor_id, "campaign.reminded", "campaign", campaign_id, {"people": people}, now=now)
    return people


def remind_before_end(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Once, a day before choosing ends (of a shorter time in its second half), who has chosen nothing; returns how many."""
    due = unit_of_work.run(partial(_ending, now=now))
    return sum(unit_of_work.run(partial(_call_last, campaign_id=one, now=now)) for one in due)


def _ending(session: Session, now: datetime) -> list[int]:
    wanted = sa.select(Campaign).where(
        Campaign.state == CampaignState.OPEN,
        Campaign.closes_at > now,
        Campaign.closes_at <= now + BEFORE,
        Campaign.last_call_at.is_(None),
    )
    return [one.id for one in session.scalars(wanted.order_by(Campaign.id)) if _is_near(one, now)]


def _is_near(campaign: Campaign, now: datetime) -> bool:
    return now >= campaign.opens_at + (campaign.closes_at - campaign.opens_at) / 2


def _call_last(session: Session, campaign_id: int, now: datetime) -> int:
    campaign = lock_campaign(session, campaign_id)
    if campaign.last_call_at is not None or not is_choosing(campaign, now):
        return 0
    campaign.last_call_at = now
    people = _mark(session, campaign_id, now=now)
    if people:
        session.add(CampaignReminder(campaign_id=campaign_id, people=people, at=now))
        session.flush()
    return people


def _mark(session: Session, campaign_id: int, *more: sa.ColumnElement[bool], now: datetime) -> int:
    """Who has chosen nothing and was not reminded today. How many."""
    today = shanghai_date(now)
    waiting = sa.and_(
        CampaignMember.campaign_id == campaign_id,
        CampaignMember.standing == Standing.ENROLLED,
        sa.or_(CampaignMember.reminded_on.is_(None), CampaignMember.reminded_on < today),
        ~sa.exists().where(Choice.member_id == CampaignMember.id),
        *more,
    )
    marked = sa.update(CampaignMember).where(waiting).values(to_tell=Telling.REMINDER, reminded_on=today)
    return session.connection().execute(marked).rowcount


def last_reminder(session: Session, desk: Desk) -> CampaignReminder | None:
    """The last one that concerned all whom the desk sees."""
    statement = sa.select(CampaignReminder).where(CampaignReminder.campaign_id == desk.campaign.id)
    if desk.unit_ids is not None:
        own = CampaignReminder.unit_id.in_(desk.unit_ids)
        statement = statement.where(sa.or_(CampaignReminder.unit_id.is_(None), own))
    return session.scalar(statement.order_by(CampaignReminder.id.desc()).limit(1))
