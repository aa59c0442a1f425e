"""A campaign with what it offers, as pages show it: prices are today's until it opens and frozen from then on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.campaigns.allowances import covered_units, total_of
from shop.campaigns.models import Campaign, CampaignGood, CampaignPackage, CampaignSlot
from shop.catalogue.models import BundleItem, Product, Variant
from shop.delivery.models import PickupPoint
from shop.kit.errors import NotFound


@dataclass(frozen=True, slots=True)
class Good:
    """A variant of the campaign at its price there; `left` of first come, first served, None where all may have it."""

    row: CampaignGood
    variant: Variant
    price_fen: int
    is_box: bool = False  # holds other variants and has no lots of its own

    @property
    def left(self) -> int | None:
        return self.row.left


@dataclass(frozen=True, slots=True)
class Package:
    row: CampaignPackage
    items: Sequence[tuple[Good, int]]
    price_fen: int

    @property
    def rows(self) -> list[tuple[CampaignGood, int]]:
        return [(good.row, quantity) for good, quantity in self.items]

    def own_fen(self, usable_fen: int) -> int:
        """What a member with so much allowance pays of it: goods that are not paid whole are their own."""
        prices = {good.variant.id: good.price_fen for good, _ in self.items}
        units = {good.variant.id: quantity for good, quantity in self.items}
        covered = covered_units(prices, units, usable_fen) if units else {}
        return self.price_fen - total_of((prices[key], count) for key, count in covered.items())


@dataclass(frozen=True, slots=True)
class Offer:
    """Everything that can be chosen in one campaign."""

    campaign: Campaign
    goods: Mapping[int, Good]  # by variant
    packages: Sequence[Package]
    slots: Sequence[CampaignSlot]
    points: Mapping[int, PickupPoint]

    @property
    def free(self) -> list[Good]:
        """What can be chosen singly."""
        return (
            [one for one in self.goods.values() if one.row.is_free_choice]
            if self.campaign.free_choice
            else []
        )

    @property
    def default(self) -> Package | None:
        return next((one for one in self.packages if one.row.is_default), None)

    def slots_at(self, point_id: int) -> list[CampaignSlot]:
        return [slot for slot in self.slots if slot.pickup_point_id == point_id]


def read_offer(session: Session, campaign_id: int) -> Offer:
    """Raises NotFound."""
    campaign = session.scalar(
        sa.select(Campaign)
        .where(Campaign.id == campaign_id)
        .options(
            selectinload(Campaign.goods),
            selectinload(Campaign.packages).selectinload(CampaignPackage.items),
            selectinload(Campaign.slots),
        )
        .execution_options(populate_existing=True)
    )
    if campaign is None:
        raise NotFound()
    variants = _variants(session, [good.variant_id for good in campaign.goods])
    boxes = _boxes(session, variants.keys())
    goods = {
        good.variant_id: Good(
            good,
            variants[good.variant_id],
            good.price_fen or variants[good.variant_id].price_fen,
            good.variant_id in boxes,
        )
        for good in campaign.goods
    }
    points = session.scalars(
        sa.select(PickupPoint)
        .where(PickupPoint.id.in_({slot.pickup_point_id for slot in campaign.slots}))
        .order_by(PickupPoint.position, PickupPoint.id)
    )
    return Offer(
        campaign,
        goods,
        [_package(one, goods) for one in campaign.packages],
        campaign.slots,
        {point.id: point for point in points},
    )


def _package(row: CampaignPackage, goods: Mapping[int, Good]) -> Package:
    items = [(goods[item.variant_id], item.quantity) for item in row.items]
    return Package(row, items, total_of((good.price_fen, quantity) for good, quantity in items))


def _variants(session: Session, ids: Sequence[int]) -> dict[int, Variant]:
    statement = sa.select(Variant).where(Variant.id.in_(ids))
    loaded = statement.options(joinedload(Variant.product).joinedload(Product.village))
    return {one.id: one for one in session.scalars(loaded)}


def _boxes(session: Session, ids: Iterable[int]) -> set[int]:
    boxes = sa.select(BundleItem.bundle_id).where(BundleItem.bundle_id.in_(list(ids)))
    return set(session.scalars(boxes))
