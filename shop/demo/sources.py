"""Goods and who supplies them, as plain values."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.catalogue.models import BundleItem, Producer, Village
from shop.inventory.allocation import Share
from shop.inventory.models import Lot


@dataclass(frozen=True, slots=True)
class Goods:
    """A variant, and what a unit of it is taken from: itself, or (variant, units) for a gift box."""

    id: int
    product_id: int
    seller_id: int
    sku: str
    product_name_zh: str
    product_name_en: str
    name_zh: str
    name_en: str
    family: str
    price_fen: int
    net_weight_g: int
    gross_weight_g: int
    tax_code: str
    tax_rate_bp: int
    tax_exempt: bool
    return_exempt: bool
    season_mask: int
    shelf_life_days: int
    ready_hours: int
    parts: tuple[tuple[int, int], ...]

    @property
    def is_box(self) -> bool:
        return self.parts != ((self.id, 1),)


@dataclass(frozen=True, slots=True)
class Source:
    """Who can declare lots of a variant, and whose goods they hold."""

    producer_id: int
    village_id: int
    packing_place_id: int
    shares: tuple[Share, ...]


def boxes_of(session: Session) -> dict[int, tuple[tuple[int, int], ...]]:
    """What gift boxes are made of."""
    parts: dict[int, list[tuple[int, int]]] = defaultdict(list)
    rows = sa.select(BundleItem.bundle_id, BundleItem.component_id, BundleItem.units)
    for box_id, part_id, units in session.execute(
        rows.order_by(BundleItem.bundle_id, BundleItem.component_id)
    ):
        parts[box_id].append((part_id, units))
    return {box_id: tuple(of_box) for box_id, of_box in parts.items()}


def read_sources(session: Session) -> dict[int, list[Source]]:
    """Who has declared lots of which variant: they will again."""
    query = (
        sa.select(Lot, Producer.village_id, Village.packing_place_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .where(Producer.active.is_(True))
        .options(selectinload(Lot.shares))
        .order_by(Lot.id)
    )
    found: dict[int, dict[int, Source]] = defaultdict(dict)
    for lot, village_id, place_id in session.execute(query):
        shares = tuple(Share(share.household_id, share.share_bp) for share in lot.shares)
        found[lot.variant_id].setdefault(
            lot.producer_id, Source(lot.producer_id, village_id, place_id, shares)
        )
    return {variant_id: list(sources.values()) for variant_id, sources in found.items()}
