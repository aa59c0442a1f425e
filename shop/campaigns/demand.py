"""What is chosen by variant and what is expected, told to the villages before harvest, beside what they have declared."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.expected import packages_expected
from shop.campaigns.models import Campaign, CampaignGood, CampaignPackage, CampaignPackageItem, CampaignState
from shop.campaigns.own_units import units_bought
from shop.campaigns.reading import Good, Offer
from shop.catalogue.models import Product, Variant
from shop.inventory.candidates import read_offer as read_lots
from shop.kit.clock import shanghai_date

MOST_ROWS: Final = 100
_STILL_GIVEN: Final = (CampaignState.OPEN, CampaignState.WAITING, CampaignState.CLOSING)  # default packages


@dataclass(frozen=True, slots=True)
class Demand:
    """`expected`: if all who have not chosen yet get the default package. `available`: lots and forecasts by the day."""

    good: Good
    wanted: int
    expected: int
    available: int

    @property
    def is_short(self) -> bool:
        return self.expected > self.available and not self.good.is_box

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


def demand_of(session: Session, offer: Offer, unchosen: int, *, now: datetime) -> list[Demand]:
    """By variant, the most wanted first; goods that nobody wants are left out."""
    day = offer.campaign.distribution_on
    lots = read_lots(session, list(offer.goods), now).keeping_until(day)
    available = lots.only(lambda lot: lot.expected_on is None or lot.expected_on <= day).units()
    available.update(units_bought(session, offer.campaign.id))  # they are among what is wanted
    items = offer.default.items if offer.default is not None else ()
    of_default = {good.variant.id: quantity for good, quantity in items}
    found = [
        Demand(
            good,
            good.row.taken_units,
            _expected(good.row, of_default.get(variant_id, 0), unchosen, offer.campaign.state),
            available[variant_id],
        )
        for variant_id, good in offer.goods.items()
    ]
    return sorted((one for one in found if one.expected), key=lambda one: -one.expected)


def demand_for_villages(
    session: Session, village_ids: Collection[int] | None, *, now: datetime
) -> Sequence[VillageDemand]:
    """Of campaigns that are open or were just closed: goods whose product is at home in these villages. None: all.

    The same figures as the organiser reads. Two statements.
    """
    of_default = sa.func.coalesce(_of_default(), 0)
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(Campaign, CampaignGood, Product, Variant, of_default)
        .join(CampaignGood, CampaignGood.campaign_id == Campaign.id)
        .join(Variant, Variant.id == CampaignGood.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(
            Campaign.state.in_([*_STILL_GIVEN, CampaignState.CLOSED]),
            Campaign.distribution_on >= shanghai_date(now),
            sa.or_(CampaignGood.taken_units > 0, sa.and_(of_default > 0, Campaign.state.in_(_STILL_GIVEN))),
        )
        .order_by(Campaign.distribution_on, Campaign.id, CampaignGood.taken_units.desc(), CampaignGood.id)
        .limit(MOST_ROWS)
    )
    if village_ids is not None:
        statement = statement.where(Product.village_id.in_(village_ids))
    rows = session.execute(statement).all()
    unchosen = _unchosen(session, {campaign.id for campaign, *_ in rows})
    found = [
        VillageDemand(
            campaign.title,
            campaign.organisation_id,
            campaign.closes_at,
            campaign.distribution_on,
            campaign.state,
            product.name_zh,
            product.name_en,
            variant.name_zh,
            variant.name_en,
            good.taken_units,
            _expected(good, each, unchosen.get(campaign.id, 0), campaign.state),
        )
        for campaign, good, product, variant, each in rows
    ]
    return [one for one in found if one.expected]


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
