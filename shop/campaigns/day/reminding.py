"""Reminding who has not collected: each at most once a day, by the ways that the person allows."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.campaigns.batches import in_batches
from shop.campaigns.day.hands import acting_hand
from shop.campaigns.day.standing import IS_WAITING, with_standing
from shop.campaigns.errors import RemindedToday
from shop.campaigns.locking import lock_campaign
from shop.campaigns.member_models import CampaignMember, CampaignReminder, Telling
from shop.kit.clock import shanghai_date

_BULK: Final = {"synchronize_session": False}


def remind_to_collect(session: Session, campaign_id: int, *, actor_id: int, now: datetime) -> int:
    """Mark those of whom the presser may see; the worker writes to them. Returns how many.

    Raises NotFound, NotAllowed, RemindedToday where nobody is left to remind today.
    """
    lock_campaign(session, campaign_id)
    by = acting_hand(session, campaign_id, actor_id)
    today = shanghai_date(now)
    not_yet = sa.or_(CampaignMember.reminded_on.is_(None), CampaignMember.reminded_on < today)
    members = session.scalars(
        with_standing(sa.select(CampaignMember.id)).where(*by.reaches(), IS_WAITING, not_yet)
    ).all()
    if not members:
        raise RemindedToday()
    for some in in_batches(members):
        session.execute(
            sa.update(CampaignMember)
            .where(CampaignMember.id.in_(some))
            .values(to_tell=Telling.COLLECT, reminded_on=today),
            execution_options=_BULK,
        )
    unit_id = by.unit_ids[0] if by.unit_ids is not None else None
    session.add(
        CampaignReminder(
            campaign_id=campaign_id, unit_id=unit_id, people=len(members), at=now, actor_id=actor_id
        )
    )
    session.flush()
    facts = {"people": len(members)}
    audit(session, actor_id, "campaign.reminded_to_collect", "campaign", campaign_id, facts, now=now)
    return len(members)
