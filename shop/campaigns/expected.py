"""The default packages that a close would give now: to whom, where they collect, and who gets none and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.families import families
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
from shop.campaigns.models import Campaign, CampaignGood, CampaignPackage, CampaignPackageItem, CampaignState
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
        packages_left(package.rows),
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


def packages_expected(session: Session, campaign_ids: Collection[int]) -> Counter[int]:
    """How many default packages the close of each campaign would still give now, judged as it judges them.

    Four statements, whatever the number of campaigns and members: who is alike is counted together.
    """
    rests, found = _rests(session, campaign_ids), Counter[int]()
    for campaign_id, unit_id, spent_fen, people in session.execute(_alike(rests)) if rests else ():
        alike = Unserved(0, unit_id, spent_fen)
        found[campaign_id] += sum(rests[campaign_id].judge(alike) is None for _ in range(people))
    return found


def _rests(session: Session, campaign_ids: Collection[int]) -> dict[int, Rest]:
    """What is left for default packages in each campaign that still gives some."""
    rows = session.execute(
        sa.select(Campaign, CampaignGood, CampaignPackageItem.quantity)
        .join(
            CampaignPackage, sa.and_(CampaignPackage.campaign_id == Campaign.id, CampaignPackage.is_default)
        )
        .join(CampaignPackageItem, CampaignPackageItem.package_id == CampaignPackage.id)
        .join(
            CampaignGood,
            sa.and_(
                CampaignGood.campaign_id == Campaign.id,
                CampaignGood.variant_id == CampaignPackageItem.variant_id,
            ),
        )
        .where(Campaign.id.in_(campaign_ids), Campaign.state.in_([*_BEFORE, CampaignState.CLOSING]))
        .order_by(Campaign.id, CampaignGood.id)
    )
    items: dict[int, list[tuple[CampaignGood, int]]] = {}
    campaigns: dict[int, Campaign] = {}
    for campaign, good, quantity in rows:
        campaigns[campaign.id] = campaign
        items.setdefault(campaign.id, []).append((good, quantity))
    quotas: dict[int, dict[int, int | None]] = {campaign_id: {} for campaign_id in campaigns}
    for unit in session.scalars(sa.select(CampaignUnit).where(CampaignUnit.campaign_id.in_(campaigns))):
        quotas[unit.campaign_id][unit.id] = unit.left_fen
    cap_fen = yearly_cap_fen(session)
    return {
        key: Rest(
            sum((good.price_fen or 0) * quantity for good, quantity in items[key]),
            campaign.allowance_fen,
            cap_fen,
            quotas[key],
            packages_left(items[key]),
        )
        for key, campaign in campaigns.items()
    }


def _alike(campaign_ids: Collection[int]) -> sa.Select[int, int | None, int, int]:
    """Of those who still wait for a default package: their campaign, sub-union and year, and how many are alike."""
    family = families()
    spent = sa.func.coalesce(YearOfAllowance.spent_fen, 0)
    year = sa.and_(
        YearOfAllowance.organisation_id == sa.func.coalesce(family.c.family_id, Campaign.organisation_id),
        YearOfAllowance.year == Campaign.year,
        YearOfAllowance.staff_number == CampaignMember.staff_number,
    )
    columns = (CampaignMember.campaign_id, CampaignMember.unit_id, spent)
    return (
        sa.select(*columns, sa.func.count(CampaignMember.id))
        .join(Campaign, Campaign.id == CampaignMember.campaign_id)
        .outerjoin(Choice, Choice.member_id == CampaignMember.id)
        .outerjoin(family, family.c.id == Campaign.organisation_id)
        .outerjoin(YearOfAllowance, year)
        .where(
            CampaignMember.campaign_id.in_(campaign_ids),
            CampaignMember.standing == Standing.ENROLLED,
            CampaignMember.id > Campaign.closing_done,
            Choice.member_id.is_(None),
        )
        .group_by(*columns)
    )


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
