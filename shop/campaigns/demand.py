"""What is chosen so far by variant, told to the villages before harvest, beside what they have declared for the day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.models import Campaign, CampaignGood, CampaignState
from shop.campaigns.reading import Good, Offer
from shop.catalogue.models import Product, Variant
from shop.inventory.candidates import read_offer as read_lots

MOST_ROWS = 100


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
    """One variant of one running campaign, for the villages that may supply it."""

    title: str
    organisation_id: int
    closes_at: datetime
    distribution_on: date
    state: CampaignState
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    units: int


def demand_of(session: Session, offer: Offer, unchosen: int, *, now: datetime) -> list[Demand]:
    """By variant, the most wanted first; goods that nobody wants are left out."""
    day = offer.campaign.distribution_on
    lots = read_lots(session, list(offer.goods), now).keeping_until(day)
    available = lots.only(lambda lot: lot.expected_on is None or lot.expected_on <= day).units()
    items = offer.default.items if offer.default is not None else ()
    of_default = {good.variant.id: quantity * unchosen for good, quantity in items}
    found = [
        Demand(
            good,
            good.row.taken_units,
            good.row.taken_units + of_default.get(variant_id, 0),
            available[variant_id],
        )
        for variant_id, good in offer.goods.items()
    ]
    return sorted((one for one in found if one.expected), key=lambda one: -one.expected)


def demand_for_villages(
    session: Session, village_ids: Collection[int] | None, *, now: datetime
) -> Sequence[VillageDemand]:
    """Of campaigns that are open or were just closed: goods whose product is at home in these villages. None: all."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            Campaign.title,
            Campaign.organisation_id,
            Campaign.closes_at,
            Campaign.distribution_on,
            Campaign.state,
            Product.name_zh,
            Product.name_en,
            Variant.name_zh,
            Variant.name_en,
            CampaignGood.taken_units,
        )
        .join(CampaignGood, CampaignGood.campaign_id == Campaign.id)
        .join(Variant, Variant.id == CampaignGood.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(
            Campaign.state.in_(
                [CampaignState.OPEN, CampaignState.WAITING, CampaignState.CLOSING, CampaignState.CLOSED]
            ),
            Campaign.distribution_on >= now.date(),
            CampaignGood.taken_units > 0,
        )
        .order_by(Campaign.distribution_on, Campaign.id, CampaignGood.taken_units.desc(), CampaignGood.id)
        .limit(MOST_ROWS)
    )
    if village_ids is not None:
        statement = statement.where(Product.village_id.in_(village_ids))
    return [VillageDemand(*row) for row in session.execute(statement)]
