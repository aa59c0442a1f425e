"""The order sheet's goods: what the team puts on it, and what it costs a canteen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.canteens.cases import per_kilo
from shop.canteens.models import CanteenGood
from shop.catalogue.models import Product, ProductStatus, StockState, Variant
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.price_tiers import Tier
from shop.kit.text import msg
from shop.quotations.standing_prices import tiers_to_begin_with

MOST_UNITS: Final = 1_000


@dataclass(frozen=True, slots=True)
class SheetGood:
    """One row. `tiers` are of units; `net_weight_g` is what a unit is expected to weigh."""

    variant_id: int
    sku: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    family: str
    net_weight_g: int
    units_per_case: int
    by_weight: bool
    stock_state: StockState
    for_sale: bool
    tiers: tuple[Tier, ...] = ()

    def kilo_fen(self, price_fen: int) -> int:
        """What a kilo costs where a unit costs so much."""
        return per_kilo(price_fen, self.net_weight_g)


def sheet_goods(
    session: Session, organisation_id: int, variant_ids: Collection[int] | None = None
) -> Sequence[SheetGood]:
    """What stands on the sheet and is for sale, with what it costs this organisation; of these, if said. Three statements."""
    found = [one for one in all_goods(session, variant_ids) if one.for_sale]
    tiers = tiers_to_begin_with(session, organisation_id, [one.variant_id for one in found])
    return [replace(one, tiers=tiers[one.variant_id]) for one in found]


def all_goods(session: Session, variant_ids: Collection[int] | None = None) -> Sequence[SheetGood]:
    """By product, what is not for sale as well. One statement."""
    columns: tuple[Any, ...] = (
        *(Variant.id, Variant.sku, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
        *(Product.family, Variant.net_weight_g, CanteenGood.units_per_case, CanteenGood.by_weight),
        *(Variant.stock_state, sa.and_(Variant.active, Product.status == ProductStatus.PUBLISHED)),
    )
    statement = (
        sa.select(*columns)
        .join(Variant, Variant.id == CanteenGood.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .order_by(Product.category_id, Product.id, Variant.position, Variant.id)
    )
    if variant_ids is not None:
        statement = statement.where(Variant.id.in_(variant_ids))
    return [SheetGood(*row) for row in session.execute(statement)]


def set_good(
    session: Session, variant_id: int, units_per_case: int, *, by_weight: bool, actor_id: int, now: datetime
) -> None:
    """Put a pack on the sheet, or change its case; orders that were placed stay as they are. Raises NotFound, InvalidInput."""
    if session.get(Variant, variant_id) is None:
        raise NotFound()
    if not 1 <= units_per_case <= MOST_UNITS:
        raise InvalidInput(msg("A case holds from 1 to 1,000 units."), field="units_per_case")
    session.merge(
        CanteenGood(
            variant_id=variant_id,
            units_per_case=units_per_case,
            by_weight=by_weight,
            set_at=now,
            set_by_id=actor_id,
        )
    )
    session.flush()
    facts = {"units_per_case": units_per_case, "by_weight": by_weight}
    audit(session, actor_id, "canteen_good.set", "variant", variant_id, facts, now=now)


def remove_good(session: Session, variant_id: int, *, actor_id: int, now: datetime) -> None:
    """Off the sheet; removed before is removed. Standing orders that want it say so when they cannot be placed."""
    known = session.get(CanteenGood, variant_id)
    if known is None:
        return
    session.delete(known)
    session.flush()
    audit(session, actor_id, "canteen_good.removed", "variant", variant_id, {}, now=now)
