"""Until when a campaign's goods are kept for who has not come."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.campaigns.access import managed_desk
from shop.campaigns.day.errors import DayMissing, NotHandingOut
from shop.campaigns.day.models import Deadline
from shop.campaigns.locking import lock_campaign
from shop.campaigns.models import Campaign, CampaignState
from shop.kit.clock import shanghai_date

KEPT_DAYS: Final = 7  # after the day of distribution, where the organiser says nothing else
_LONGEST: Final = timedelta(days=180)


def collect_until(session: Session, campaign: Campaign) -> date:
    """The last day on which members may come."""
    said = session.get(Deadline, campaign.id)
    return said.collect_until if said is not None else campaign.distribution_on + timedelta(days=KEPT_DAYS)


def is_over(session: Session, campaign: Campaign, *, now: datetime) -> bool:
    return shanghai_date(now) > collect_until(session, campaign)


def set_deadline(
    session: Session, campaign_id: int, day: date | None, *, actor_id: int, now: datetime
) -> None:
    """Raises NotFound, NotAllowed, NotHandingOut, DayMissing for a day before the distribution or before today."""
    campaign = lock_campaign(session, campaign_id)
    managed_desk(session, campaign_id, actor_id)
    if campaign.state is not CampaignState.CLOSED:
        raise NotHandingOut()
    today = shanghai_date(now)
    if day is None or not max(today, campaign.distribution_on) <= day <= today + _LONGEST:
        raise DayMissing(field="day")
    said = session.get(Deadline, campaign_id, populate_existing=True)
    if said is not None and said.collect_until == day:
        return
    said = said or Deadline(campaign_id=campaign_id)
    said.collect_until, said.set_at, said.set_by_id = day, now, actor_id
    session.add(said)
    session.flush()
    facts = {"collect_until": day.isoformat()}
    audit(session, actor_id, "campaign.deadline_set", "campaign", campaign_id, facts, now=now)
