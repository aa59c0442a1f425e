"""What is chosen by variant and what is expected, told to the villages before harvest, beside what they have declared.

A gift box has no lots of its own: what it holds is wanted. Its units are counted with the same goods chosen singly, for the
organiser and for the villages alike.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.expected import packages_expected
from shop.campaigns.goods_to_be_had import lots_by_the_day, parts_of
from shop.campaigns.models import Campaign, CampaignGood, CampaignPackage, CampaignPackageItem, CampaignState
from shop.campaigns.own_units import units_bought
from shop.campaigns.reading import Good, Offer
from shop.catalogue.models import BundleItem, Product, Variant
from shop.kit.clock import shanghai_date

MOST_ROWS: Final = 100
_MOST_READ: Final = 1000  # goods of campaigns, and what boxes of them hold
_STILL_GIVEN: Final = (CampaignState.OPEN, CampaignState.WAITING, CampaignState.CLOSING)  # default packages


@dataclass(frozen=True, slots=True)
class Demand:
    """`expected`: if all who have not chosen yet get the default package. `available`: lots and forecasts by the day.

    `good` is None for what is only inside boxes; `in_boxes` units of `expected` are. A box itself is there as well, since it
    is what members choose; so many of it are to be had as its scarcest part fills.
    """

    variant: Variant
    good: Good | None
    wanted: int
    expected: int
    available: int
    in_boxes: int = 0

    @property
    def is_box(self) -> bool:
        return self.good is not None and self.good.is_box

    @property
    def is_short(self) -> bool:
        return self.expected > self.available

    @property
    def percent(self) -> int:
        return min(100, 100 * self.available // self.expected) if self.expected else 100


@dataclass(frozen=True, slots=True)
class VillageDemand:
    """One variant of one running campaign, for the villages that may supply it; figures as in `Demand`."""

    title: str
    organisation_id: int
    closes_at: datetime
    distribution_on: date
    state: CampaignState
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    wanted: int
    expected: int
    in_boxes: int


@dataclass(slots=True)
class _Sum:
    wanted: int = 0
    expected: int = 0
    in_boxes: int = 0

    def add(self, wanted: int, expected: int, units_in_box: int | None) -> None:
        """So many of a good; `units_in_box`: of this variant in each, where the good is a box."""
        self.wanted += wanted * (units_in_box or 1)
        self.expected += expected * (units_in_box or 1)
        self.in_boxes += expected * (units_in_box or 0)


def demand_of(session: Session, offer: Offer, unchosen: int, *, now: datetime) -> list[Demand]:
    """By variant, the most wanted first; goods that nobody wants are left out. Three statements at most."""
    day = offer.campaign.distribution_on
    boxes = parts_of(session, [key for key, good in offer.goods.items() if good.is_box])
    parts = {part.component_id: part.component for held in boxes.values() for part in held}
    available = lots_by_the_day(session, [*offer.goods, *parts], day, now=now)
    available.update(units_bought(session, offer.campaign.id))  # they are among what is wanted
    items = offer.default.items if offer.default is not None else ()
    of_default = {good.variant.id: quantity for good, quantity in items}
    sums: dict[int, _Sum] = {}
    for variant_id, good in offer.goods.items():
        wanted = good.row.taken_units
        expected = _expected(good.row, of_default.get(variant_id, 0), unchosen, offer.campaign.state)
        sums.setdefault(variant_id, _Sum()).add(wanted, expected, None)
        for part in boxes.get(variant_id, ()):
            sums.setdefault(part.component_id, _Sum()).add(wanted, expected, part.units)
    for variant_id, held in boxes.items():
        available[variant_id] = min(available[part.component_id] // part.units for part in held)
    found = [
        Demand(
            offer.goods[key].variant if key in offer.goods else parts[key],
            offer.goods.get(key),
            *(one.wanted, one.expected, available[key], one.in_boxes),
        )
        for key, one in sums.items()
    ]
    return sorted((one for one in found if one.expected), key=lambda one: -one.expected)


def demand_for_villages(
    session: Session, village_ids: Collection[int] | None, *, now: datetime
) -> Sequence[VillageDemand]:
    """Of campaigns that are open or were just closed: goods whose product is at home in these villages. None: all.

    The same figures as the organiser reads. Two statements.
    """
    rows = _wanted(session, village_ids, now)
    unchosen = _unchosen(session, {row.Campaign.id for row in rows})
    sums: dict[tuple[int, int], tuple[Any, _Sum]] = {}
    for row in rows:
        campaign, good = row.Campaign, row.CampaignGood
        expected = _expected(good, row.of_default, unchosen.get(campaign.id, 0), campaign.state)
        _first, found = sums.setdefault((campaign.id, row.Variant.id), (row, _Sum()))
        found.add(good.taken_units, expected, row.in_box)
    told = [_told(row, found) for row, found in sums.values() if found.expected]
    return sorted(told, key=lambda one: one.distribution_on)[:MOST_ROWS]


def _told(row: Any, found: _Sum) -> VillageDemand:
    campaign, product, variant = row.Campaign, row.Product, row.Variant
    return VillageDemand(
        *(
            campaign.title,
            campaign.organisation_id,
            campaign.closes_at,
            campaign.distribution_on,
            campaign.state,
        ),
        *(product.name_zh, product.name_en, variant.name_zh, variant.name_en),
        *(found.wanted, found.expected, found.in_boxes),
    )


def _wanted(session: Session, village_ids: Collection[int] | None, now: datetime) -> Sequence[Any]:
    """A row for each variant with lots in each good; goods of one variant of a campaign follow each other. One statement."""
    of_default = sa.func.coalesce(_of_default(), 0)
    thing = sa.func.coalesce(BundleItem.component_id, CampaignGood.variant_id)
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            *(Campaign, CampaignGood, Product, Variant),
            *(of_default.label("of_default"), BundleItem.units.label("in_box")),
        )
        .join(CampaignGood, CampaignGood.campaign_id == Campaign.id)
        .outerjoin(BundleItem, BundleItem.bundle_id == CampaignGood.variant_id)
        .join(Variant, Variant.id == thing)
        .join(Product, Product.id == Variant.product_id)
        .where(
            Campaign.state.in_([*_STILL_GIVEN, CampaignState.CLOSED]),
            Campaign.distribution_on >= shanghai_date(now),
            sa.or_(CampaignGood.taken_units > 0, sa.and_(of_default > 0, Campaign.state.in_(_STILL_GIVEN))),
        )
        .order_by(Campaign.distribution_on, Campaign.id, Variant.id, CampaignGood.id)
        .limit(_MOST_READ)
    )
    if village_ids is not None:
        statement = statement.where(Product.village_id.in_(village_ids))
    rows = session.execute(statement).all()
    if len(rows) < _MOST_READ:
        return rows
    last = rows[-1]  # perhaps not all of it was read: less than the whole is said of nothing
    return [row for row in rows if (row.Campaign, row.Variant) != (last.Campaign, last.Variant)]


def _expected(good: CampaignGood, of_default: int, unchosen: int, state: CampaignState) -> int:
    """With the default packages of all who have not chosen, as far as a limited good lasts; once closed, what is chosen."""
    if state not in _STILL_GIVEN:
        return good.taken_units
    found = good.taken_units + of_default * unchosen
    return found if good.most_units is None else min(found, good.most_units)


def _of_default() -> sa.ScalarSelect[int]:
    return (
        sa.select(CampaignPackageItem.quantity)
        .join(CampaignPackage, CampaignPackage.id == CampaignPackageItem.package_id)
        .where(
            CampaignPackage.campaign_id == CampaignGood.campaign_id,
            CampaignPackage.is_default,
            CampaignPackageItem.variant_id == CampaignGood.variant_id,
        )
        .limit(1)
        .scalar_subquery()
    )


def _unchosen(session: Session, campaign_ids: Collection[int]) -> dict[int, int]:
    """How many of those who have not chosen would be given the default package, in each campaign."""
    return packages_expected(session, campaign_ids)
