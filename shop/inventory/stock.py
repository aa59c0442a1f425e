"""How many units can be bought right now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import BundleItem, Variant
from shop.catalogue.stock_state import note_stock
from shop.inventory.candidates import sellable
from shop.inventory.models import Lot


def buyable_units(session: Session, variant_ids: Collection[int], *, now: datetime) -> dict[int, int]:
    """Units by variant; of a gift box, as many as its parts suffice for. One statement."""
    return _buyable(session, _parts(Variant.id.in_(variant_ids)), now)


def note_moved_stock(session: Session, variant_ids: Collection[int], *, now: datetime) -> None:
    """Units of these variants moved: tell the catalogue what can be bought now, also of gift boxes with them.

    Comes last in a transaction: when a variant crosses sold out, few left or available, the one row of the
    catalogue's version is locked.
    """
    boxes = sa.select(BundleItem.bundle_id).where(BundleItem.component_id.in_(variant_ids))
    touched = sa.or_(Variant.id.in_(variant_ids), Variant.id.in_(boxes))
    note_stock(session, _buyable(session, _parts(touched), now))


def _parts(chosen: sa.ColumnElement[bool]) -> sa.Subquery:
    """What one unit of each chosen variant is made of: a gift box of its parts, anything else of itself."""
    return (
        sa.select(
            Variant.id.label("variant_id"),
            sa.func.coalesce(BundleItem.component_id, Variant.id).label("part_id"),
            sa.func.coalesce(BundleItem.units, 1).label("units"),
        )
        .outerjoin(BundleItem, BundleItem.bundle_id == Variant.id)
        .where(chosen)
        .subquery()
    )


def _buyable(session: Session, parts: sa.Subquery, now: datetime) -> dict[int, int]:
    available = sa.func.coalesce(sa.func.sum(Lot.available), 0)
    columns: tuple[Any, ...] = (parts.c.variant_id, parts.c.part_id, parts.c.units)
    rows = session.execute(
        sa.select(parts.c.variant_id, parts.c.units, available)
        .outerjoin(Lot, sa.and_(Lot.variant_id == parts.c.part_id, sellable(now)))
        .group_by(*columns)
    )
    buyable: dict[int, int] = {}
    for variant_id, units, left in rows:
        filled = int(left) // units
        buyable[variant_id] = min(buyable.get(variant_id, filled), filled)
    return buyable
