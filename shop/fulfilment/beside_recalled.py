"""Sound goods in a parcel that nobody is given, because goods of a recalled lot lie in it too."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, Variant
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskItem
from shop.fulfilment.parcel_reports import is_known_given, is_said_given
from shop.fulfilment.point_errors import GivenLateFirst
from shop.inventory.models import Allocation, AllocationStatus, Lot


@dataclass(frozen=True, slots=True)
class BesideGoods:
    """Units of one variant that are kept back with the recalled ones."""

    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    units: int


def goods_beside(session: Session, lot_id: int, order_ids: Collection[int]) -> dict[int, list[BesideGoods]]:
    """By order, as a page of the recall shows them. One statement."""
    columns = (Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en)
    rows = session.execute(
        _kept_back(sa.select(Parcel.order_id, *columns, sa.func.sum(Allocation.units)), lot_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Parcel.order_id.in_(order_ids))
        .group_by(Parcel.order_id, Variant.id, *columns)
        .order_by(Parcel.order_id, Variant.id)
    )
    found: dict[int, list[BesideGoods]] = defaultdict(list)
    for order_id, name_zh, name_en, pack_zh, pack_en, units in rows:
        found[order_id].append(BesideGoods(name_zh, name_en, pack_zh, pack_en, int(units)))
    return dict(found)


def units_beside(session: Session, order_id: int, lot_id: int) -> dict[tuple[int, int], int]:
    """Units of one order by its line and their lot: what a refund of the recall takes with it. One statement."""
    statement = sa.select(Allocation.order_line_id, Allocation.lot_id, Allocation.units)
    units: Counter[tuple[int, int]] = Counter()
    for line_id, other_lot, count in session.execute(
        _kept_back(statement, lot_id).where(Parcel.order_id == order_id)
    ):
        units[line_id, other_lot] += count
    return dict(units)


def beside_once_settled(session: Session, order_id: int, lot_id: int) -> dict[tuple[int, int], int]:
    """As `units_beside`, to be paid back. Raises GivenLateFirst while a keeper says that the buyer has them."""
    said = _kept_back(sa.select(Parcel.code), lot_id).where(Parcel.order_id == order_id, is_said_given())
    if session.scalar(said.limit(1)) is not None:
        raise GivenLateFirst()
    return units_beside(session, order_id, lot_id)


def called_back_once_settled(session: Session, order_id: int, lot_id: int) -> dict[tuple[int, int], int]:
    """As `units_called_back`, to be paid back. Raises GivenLateFirst while a keeper says that the buyer has them."""
    said = sa.select(Parcel.code).where(
        *(Parcel.order_id == order_id, Parcel.status == ParcelStatus.CALLED_BACK),
        *(_holds(lot_id), is_said_given()),
    )
    if session.scalar(said.limit(1)) is not None:
        raise GivenLateFirst()
    return units_called_back(session, order_id, lot_id)


def units_called_back(session: Session, order_id: int, lot_id: int) -> dict[tuple[int, int], int]:
    """All units, by line and lot, of parcels that were sent back or destroyed since goods of the lot lay in them.

    Their buyer gets the money for these also when the recall was lifted since. One statement.
    """
    rows = session.execute(
        sa.select(Allocation.order_line_id, Allocation.lot_id, sa.func.sum(Allocation.units))
        .select_from(Parcel)
        .join(Task, Task.parcel_id == Parcel.id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .where(
            Parcel.order_id == order_id,
            Parcel.status == ParcelStatus.CALLED_BACK,
            _holds(lot_id),
            Allocation.status == AllocationStatus.SHIPPED,
        )
        .group_by(Allocation.order_line_id, Allocation.lot_id)
    )
    return {(line_id, other_lot): int(units) for line_id, other_lot, units in rows}


def _kept_back(statement: sa.Select[*tuple[Any, ...]], lot_id: int) -> sa.Select[*tuple[Any, ...]]:
    """Of other lots, in parcels with goods of this one that stand at a point, come to it, or were taken from it.

    Not of one of which the team knows that its buyer has it.
    """
    waits = sa.and_(Parcel.status == ParcelStatus.SHIPPED, Parcel.taken_off_at.is_(None))
    return (
        statement.select_from(Parcel)
        .join(Task, Task.parcel_id == Parcel.id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .where(
            Parcel.pickup_point_id.is_not(None),
            sa.or_(waits, Parcel.status == ParcelStatus.CALLED_BACK),
            _holds(lot_id),
            ~is_known_given(),
            Allocation.lot_id != lot_id,
            Allocation.status == AllocationStatus.SHIPPED,
        )
    )


def _holds(lot_id: int) -> sa.ColumnElement[bool]:
    """SQL: goods of the lot lie in the parcel."""
    inside = (
        sa.select(TaskItem.allocation_id)
        .join(Task, Task.id == TaskItem.task_id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .where(Task.parcel_id == Parcel.id, Allocation.lot_id == lot_id)
    )
    return inside.correlate(Parcel).exists()
