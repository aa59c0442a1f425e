"""How many units can be bought right now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import BundleItem, Variant
from shop.catalogue.stock_state import note_stock
from shop.inventory.candidates import SELLABLE
from shop.inventory.models import Lot, LotStatus
from shop.kit.clock import shanghai_date


def buyable_units(session: Session, variant_ids: Collection[int], *, now: datetime) -> dict[int, int]:
    """Units by variant; of a gift box, as many as its parts suffice for. One statement."""
    return _read(session, _BUYABLE, variant_ids, now)


def shown_units(session: Session, variant_id: int, *, now: datetime) -> tuple[int, int]:
    """How many units of a variant can be bought, and how many of those are there already. One statement."""
    asked = {"variant_ids": [variant_id], "today": shanghai_date(now)}
    rows = session.execute(_SHOWN, asked).all()
    found = ((int(left) // units, int(there) // units) for _variant_id, units, left, there in rows)
    by_part = list(found) or [(0, 0)]
    return min(left for left, _there in by_part), min(there for _left, there in by_part)


def harvest_days(session: Session, *, now: datetime) -> dict[str, date]:
    """By SKU when what can only be pre-ordered is to be harvested: nothing of it, or of a part of a box, is there yet.

    One statement, from the few lots that are to be harvested.
    """
    asked = {"today": shanghai_date(now)}
    days: dict[str, date] = {}
    for sku, day in session.execute(_TO_COME, asked):
        if day is not None:
            days[sku] = max(days.get(sku, day), day)
    return days


def note_moved_stock(session: Session, variant_ids: Collection[int], *, now: datetime) -> None:
    """Units of these variants moved: tell the catalogue what can be bought now, also of gift boxes with them.

    Comes last in a transaction: when a variant crosses sold out, few left or available, the one row of the
    catalogue's version is locked.
    """
    note_stock(session, _read(session, _TOUCHED, variant_ids, now))


def _read(
    session: Session, statement: sa.Select[*tuple[Any, ...]], variant_ids: Collection[int], now: datetime
) -> dict[int, int]:
    buyable: dict[int, int] = {}
    asked = {"variant_ids": list(variant_ids), "today": shanghai_date(now)}
    for variant_id, units, left in session.execute(statement, asked):
        filled = int(left) // units
        buyable[variant_id] = min(buyable.get(variant_id, filled), filled)
    return buyable


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


def _buyable(parts: sa.Subquery, *more: sa.ColumnElement[Any]) -> sa.Select[*tuple[Any, ...]]:
    """Of each part the units that one of the variant takes, and how many lots have of it."""
    available = sa.func.coalesce(sa.func.sum(Lot.available), 0)
    columns: tuple[Any, ...] = (parts.c.variant_id, parts.c.part_id, parts.c.units)
    return (
        sa.select(parts.c.variant_id, parts.c.units, available, *more)
        .outerjoin(Lot, sa.and_(Lot.variant_id == parts.c.part_id, SELLABLE))
        .group_by(*columns)
    )


# Made once: building a statement takes as long as running it.
_WANTED: Final = Variant.id.in_(sa.bindparam("variant_ids", expanding=True))
_BOXES: Final = sa.select(BundleItem.bundle_id).where(
    BundleItem.component_id.in_(sa.bindparam("variant_ids", expanding=True))
)
# A union, where "this or that" would make PostgreSQL read every variant and every lot.
_TOUCHED_IDS: Final = sa.union(sa.select(Variant.id).where(_WANTED), _BOXES)
_BUYABLE: Final = _buyable(_parts(_WANTED))
_THERE: Final = sa.func.sum(sa.case((Lot.expected_on.is_(None), Lot.available), else_=0))
_SHOWN: Final = _buyable(_parts(_WANTED), sa.func.coalesce(_THERE, 0))
_READY: Final = aliased(Lot)
_IS_THERE: Final = sa.exists().where(
    _READY.variant_id == Lot.variant_id,
    _READY.status == LotStatus.OPEN,
    _READY.available > 0,
    _READY.expected_on.is_(None),
    _READY.needs_pledge.is_(False),
    _READY.in_question.is_(False),
    _READY.best_before >= sa.bindparam("today"),
)
_TO_COME: Final = (
    sa.select(Variant.sku, sa.func.min(Lot.expected_on))
    .select_from(Lot)
    .outerjoin(BundleItem, BundleItem.component_id == Lot.variant_id)
    .join(Variant, sa.or_(Variant.id == Lot.variant_id, Variant.id == BundleItem.bundle_id))
    .where(Lot.expected_on.is_not(None), SELLABLE, ~_IS_THERE, Variant.active)
    .group_by(Variant.sku, Lot.variant_id)
)
_TOUCHED: Final = _buyable(_parts(Variant.id.in_(_TOUCHED_IDS)))
