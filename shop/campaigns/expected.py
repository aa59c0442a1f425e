"""The default packages that a close would give now: to whom, where they collect, and who gets none and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.entitled import Rest, Unserved, packages_left
from shop.campaigns.member_models import (
    CampaignMember,
    CampaignUnit,
    Choice,
    ChosenBy,
    GotNothing,
    Standing,
    YearOfAllowance,
)
from shop.campaigns.models import CampaignState
from shop.campaigns.reading import Offer
from shop.campaigns.spending import year_of, yearly_cap_fen
from shop.campaigns.swapping import Taken

_BEFORE = (CampaignState.OPEN, CampaignState.WAITING)  # nobody was given anything yet


@dataclass(frozen=True)
class Expected:
    taken: list[Taken] = field(
        default_factory=list
    )  # in the order in which the rule for a short harvest takes them
    people: int = 0
    nothing: Mapping[int, GotNothing] = field(default_factory=dict)
    without_place: int = 0


def expected_defaults(session: Session, offer: Offer) -> Expected:
    """Two statements, whatever the number of members. Once the close gives them itself there are none to expect."""
    package, campaign = offer.default, offer.campaign
    if package is None or campaign.state not in _BEFORE:
        return Expected()
    units = session.scalars(sa.select(CampaignUnit).where(CampaignUnit.campaign_id == campaign.id))
    rest = Rest(
        package.price_fen,
        campaign.allowance_fen,
        yearly_cap_fen(session),
        {one.id: one.left_fen for one in units},
        packages_left(package),
    )
    given, nothing = rest.share(_unserved(session, offer))
    points = _points_for(offer, len(given))
    taken = [
        Taken(member_id, point_id, ChosenBy.DEFAULT, good.variant.id, quantity)
        for member_id, point_id in reversed(list(zip(given, points, strict=True)))
        for good, quantity in package.items
    ]
    places = sum(slot.left for slot in offer.slots)
    return Expected(taken, len(given), nothing, max(0, len(given) - places))


def _unserved(session: Session, offer: Offer) -> Sequence[Unserved]:
    campaign = offer.campaign
    year = sa.and_(
        year_of(session, campaign),
        YearOfAllowance.staff_number == CampaignMember.staff_number,
    )
    spent = sa.func.coalesce(YearOfAllowance.spent_fen, 0)
    waiting = unchosen_members(campaign.id).outerjoin(YearOfAllowance, year)
    rows = session.execute(waiting.with_only_columns(CampaignMember.id, CampaignMember.unit_id, spent))
    return [Unserved(*row) for row in rows]


def _points_for(offer: Offer, count: int) -> list[int]:
    """Where so many collect: the times in their order as long as they have places, the rest at the first point."""
    found: list[int] = []
    for slot in offer.slots:
        found += [slot.pickup_point_id] * min(slot.left, count - len(found))
    first = [offer.slots[0].pickup_point_id] if offer.slots else []
    return found + first * (count - len(found))


def unchosen_members(campaign_id: int) -> sa.Select[int]:
    """Whom the close gives the default package."""
    return (
        sa.select(CampaignMember.id)
        .outerjoin(Choice, Choice.member_id == CampaignMember.id)
        .where(
            CampaignMember.campaign_id == campaign_id,
            CampaignMember.standing == Standing.ENROLLED,
            Choice.member_id.is_(None),
        )
        .order_by(CampaignMember.id)
    )


def count_unchosen(session: Session, campaign_id: int) -> int:
    waiting = unchosen_members(campaign_id).order_by(None).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(waiting)) or 0
