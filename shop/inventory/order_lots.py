"""Which lots the goods of an order come from, as its buyer may see it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, Variant
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.inventory.recall_state import recalled

_CERTAIN = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)


class LotOfOrder(NamedTuple):
    """So many units of one variant from one lot."""

    lot_id: int
    lot_code: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    units: int
    is_recalled: bool


def holds_recalled_units(session: Session, line_ids: Collection[int]) -> bool:
    """Whether units that are held for these unpaid lines are of a lot that is called back. One statement."""
    found = (
        sa.select(Allocation.id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .where(Allocation.order_line_id.in_(line_ids), Allocation.status == AllocationStatus.HELD, recalled())
    )
    return session.scalar(found.limit(1)) is not None


def lots_of_lines(session: Session, line_ids: Collection[int]) -> Sequence[LotOfOrder]:
    """Of these order lines, in the order in which they were allocated; before the order is paid nothing is certain. One statement."""
    names: tuple[Any, ...] = (Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en)
    facts: tuple[Any, ...] = (sa.cast(sa.func.sum(Allocation.units), sa.Integer), recalled())
    rows = session.execute(
        sa.select(*(Lot.id, Lot.code, *names), *facts)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Allocation.order_line_id.in_(line_ids), Allocation.status.in_(_CERTAIN))
        .group_by(Lot.id, Lot.code, *names)
        .order_by(sa.func.min(Allocation.id))
    )
    return [LotOfOrder(*row) for row in rows]
