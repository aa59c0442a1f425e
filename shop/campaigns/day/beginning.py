"""From when on goods are handed out: the day of distribution, or of a member's own time, or once they have arrived."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.day.errors import NotTheDay
from shop.campaigns.models import Campaign, CampaignOrder, CampaignSlot
from shop.delivery.models import Run
from shop.kit.clock import shanghai_date
from shop.ordering.models import Order


def demand_its_day(
    session: Session, campaign_id: int, point_id: int, slot_id: int | None, *, at: datetime
) -> None:
    """Raises NotTheDay."""
    day = _first_day(session, campaign_id, CampaignSlot.id == slot_id)
    if shanghai_date(at) < day and not _has_arrived(session, campaign_id, point_id):
        raise NotTheDay(day=day)


def begins_on(session: Session, campaign_id: int, *, now: datetime) -> date | None:
    """The first day on which anybody gets anything; None once that has come, or goods have arrived anywhere."""
    day = _first_day(session, campaign_id, sa.true())
    return None if shanghai_date(now) >= day or _has_arrived(session, campaign_id, None) else day


def _first_day(session: Session, campaign_id: int, which: sa.ColumnElement[bool]) -> date:
    """The day of distribution, or of the first of these times where that is earlier."""
    times = sa.select(sa.func.min(CampaignSlot.starts_at)).where(
        CampaignSlot.campaign_id == campaign_id, which
    )
    starts_at, day = session.scalar(times), session.get_one(Campaign, campaign_id).distribution_on
    return day if starts_at is None else min(day, shanghai_date(starts_at))


def _has_arrived(session: Session, campaign_id: int, point_id: int | None) -> bool:
    """The truck with the campaign's goods is there, at this point or at any."""
    arrived = (
        sa.select(CampaignOrder.order_id)
        .join(Order, Order.id == CampaignOrder.order_id)
        .join(Run, Run.id == Order.run_id)
        .where(CampaignOrder.campaign_id == campaign_id, Run.arrived_at.is_not(None))
    )
    if point_id is not None:
        arrived = arrived.where(CampaignOrder.pickup_point_id == point_id)
    return session.scalar(arrived.limit(1)) is not None
