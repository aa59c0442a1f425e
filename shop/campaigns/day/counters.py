"""What a keeper sees of campaigns: which ones hand out at own points, and whom a phone must find without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, User
from shop.campaigns.day.deadlines import KEPT_DAYS
from shop.campaigns.day.hands import Hand
from shop.campaigns.day.lists import TAIL
from shop.campaigns.day.models import Deadline
from shop.campaigns.day.standing import IS_AT_POINT, IS_COLLECTED, IS_WITH_REPRESENTATIVE, with_standing
from shop.campaigns.member_models import CampaignMember, CampaignUnit, Choice
from shop.campaigns.models import Campaign
from shop.kit.clock import shanghai_date
from shop.kit.errors import NotFound

SHOWN_FOR: Final = timedelta(days=60)  # after the day of distribution
MOST_PEOPLE: Final = 1000  # whom a phone can find without a network, of one list


@dataclass(frozen=True, slots=True)
class PointCampaign:
    id: int
    title: str
    organisation: str
    distribution_on: date
    collect_until: date
    people: int
    collected: int
    waiting: int
    representative: int


@dataclass(frozen=True, slots=True)
class PointUnit:
    """A sub-union with so many people whose goods stand at a point; `organiser`: who represents it."""

    id: int
    name: str
    organiser: str
    point_id: int
    people: int


def campaigns_at(session: Session, by: Hand, *, now: datetime) -> list[PointCampaign]:
    """The next day of distribution first. One statement."""
    return [_campaign(row) for row in session.execute(_select(by, now))]


def campaign_at(session: Session, by: Hand, campaign_id: int, *, now: datetime) -> PointCampaign:
    """Raises NotFound. One statement."""
    row = session.execute(_select(by, now).where(Campaign.id == campaign_id)).one_or_none()
    if row is None:
        raise NotFound()
    return _campaign(row)


def units_at(session: Session, by: Hand, campaign_id: int) -> Sequence[PointUnit]:
    """Those with people whose goods stand here. One statement."""
    rows = session.execute(
        with_standing(
            sa.select(
                CampaignUnit.id,
                CampaignUnit.name,
                sa.func.coalesce(sa.func.max(User.name), ""),
                Choice.pickup_point_id,
                sa.func.count(CampaignMember.id),
            )
        )
        .outerjoin(User, User.id == CampaignUnit.organiser_id)
        .where(*by.reaches(campaign_id), IS_AT_POINT, CampaignMember.unit_id.is_not(None))
        .group_by(CampaignUnit.id, CampaignUnit.name, Choice.pickup_point_id)
        .order_by(Choice.pickup_point_id, CampaignUnit.name)
    )
    return [PointUnit(*row) for row in rows]


def people_for_phones(
    session: Session, by: Hand, campaign_id: int, *, slot_id: int | None = None
) -> Sequence[tuple[int, str, str]]:
    """(member, name, end of the staff number) of whose goods stand here. One statement."""
    statement = with_standing(
        sa.select(CampaignMember.id, CampaignMember.name, CampaignMember.staff_number)
    ).where(*by.reaches(campaign_id), IS_AT_POINT)
    if slot_id is not None:
        statement = statement.where(Choice.slot_id == slot_id)
    rows = session.execute(statement.order_by(CampaignMember.id).limit(MOST_PEOPLE))
    return [(member_id, name, number[-TAIL:]) for member_id, name, number in rows]


def _select(by: Hand, now: datetime) -> sa.Select[*tuple[object, ...]]:
    figures = [
        sa.func.sum(sa.case((one, 1), else_=0)) for one in (IS_COLLECTED, IS_AT_POINT, IS_WITH_REPRESENTATIVE)
    ]
    columns = (
        Campaign.id,
        Campaign.title,
        Organisation.name,
        Campaign.distribution_on,
        Deadline.collect_until,
    )
    return (
        with_standing(sa.select(*columns, sa.func.count(CampaignMember.id), *figures))
        .join(Organisation, Organisation.id == Campaign.organisation_id)
        .outerjoin(Deadline, Deadline.campaign_id == Campaign.id)
        .where(*by.reaches(), Campaign.distribution_on >= shanghai_date(now) - SHOWN_FOR)
        .group_by(*columns)
        .order_by(Campaign.distribution_on, Campaign.id)
    )


def _campaign(row: sa.Row[*tuple[object, ...]]) -> PointCampaign:
    campaign_id, title, union, day, said, people, *figures = row
    until = said if said is not None else day + timedelta(days=KEPT_DAYS)  # type: ignore[operator]
    return PointCampaign(campaign_id, title, union, day, until, people, *figures)  # type: ignore[arg-type]
