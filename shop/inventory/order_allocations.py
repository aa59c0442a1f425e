"""Which lots serve an order, and whose goods are in them: for the shop's team."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Producer, Product, Variant, Village
from shop.inventory.models import Allocation, AllocationStatus, Lot, LotShare


@dataclass(frozen=True)
class Share:
    alias_zh: str
    alias_en: str
    share_bp: int


@dataclass(frozen=True)
class Served:
    """So many units of one line from one lot."""

    line_id: int
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    units: int
    status: AllocationStatus
    reason: str
    household_fen: int
    lot_id: int
    lot_code: str
    producer_zh: str
    producer_en: str
    village_zh: str
    village_en: str
    shares: tuple[Share, ...] = ()


def served_by(session: Session, line_ids: Collection[int]) -> dict[int, list[Served]]:
    """By order line, in the order in which they were allocated. Two statements."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            *(Allocation.order_line_id, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
            *(Allocation.units, Allocation.status, Allocation.reason),
            *(Allocation.household_fen, Lot.id.label("lot_id"), Lot.code, Producer.name_zh, Producer.name_en),
            *(Village.name_zh, Village.name_en),
        )
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .where(Allocation.order_line_id.in_(line_ids))
        .order_by(Allocation.id)
    )
    rows = session.execute(statement).all()
    shares = _shares(session, {row.lot_id for row in rows})
    served: dict[int, list[Served]] = defaultdict(list)
    for row in rows:
        served[row[0]].append(replace(Served(*row), shares=tuple(shares[row.lot_id])))
    return served


def _shares(session: Session, lot_ids: Collection[int]) -> dict[int, list[Share]]:
    rows = session.execute(
        sa.select(LotShare.lot_id, Household.alias_zh, Household.alias_en, LotShare.share_bp)
        .join(Household, Household.id == LotShare.household_id)
        .where(LotShare.lot_id.in_(lot_ids))
        .order_by(LotShare.share_bp.desc(), Household.id)
    )
    shares: dict[int, list[Share]] = defaultdict(list)
    for lot_id, alias_zh, alias_en, share_bp in rows:
        shares[lot_id].append(Share(alias_zh, alias_en, share_bp))
    return shares
