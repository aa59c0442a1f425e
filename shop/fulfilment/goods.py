"""What lies in a task or a parcel, in words that templates can say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Producer, ProducerKind, Product, Variant, Village
from shop.fulfilment.models import Task, TaskItem
from shop.inventory.models import Allocation, Lot
from shop.ordering.models import OrderLine


class InBox(NamedTuple):
    """The gift box that units belong to: the order's line, its name, and how many boxes the line has."""

    line_id: int
    name_zh: str
    name_en: str
    boxes: int


class Goods(NamedTuple):
    """So many units of one variant, loose or for a gift box."""

    variant_id: int
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    family: str
    units: int
    net_weight_g: int
    box: InBox | None = None


@dataclass(frozen=True, slots=True)
class LotGoods:
    """Units of one lot in a parcel, as they stand on its label."""

    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    units: int
    lot_code: str
    producer_zh: str
    producer_en: str
    village_zh: str
    village_en: str
    harvested_on: date | None
    packed_on: date | None
    best_before: date
    variant_id: int
    family: str
    named: bool  # a workshop, or a household that agreed to be named outside its village
    box: InBox | None = None


GOODS_COLUMNS: tuple[Any, ...] = (
    Variant.id.label("variant_id"),
    Product.name_zh.label("name_zh"),
    Product.name_en.label("name_en"),
    Variant.name_zh.label("pack_zh"),
    Variant.name_en.label("pack_en"),
    Product.family.label("family"),
    # PostgreSQL adds whole numbers up to a decimal.
    sa.cast(sa.func.sum(Allocation.units), sa.Integer).label("units"),
    Variant.net_weight_g.label("net_weight_g"),
)
GOODS_GROUP: tuple[Any, ...] = (
    Variant.id,
    Product.name_zh,
    Product.name_en,
    Variant.name_zh,
    Variant.name_en,
    Product.family,
    Variant.net_weight_g,
)
BOX_COLUMNS: tuple[Any, ...] = (
    OrderLine.is_bundle,
    OrderLine.id,
    OrderLine.product_name_zh,
    OrderLine.product_name_en,
    OrderLine.variant_name_zh,
    OrderLine.variant_name_en,
    OrderLine.quantity,
)


def goods_of_tasks(session: Session, task_ids: Collection[int]) -> dict[int, list[Goods]]:
    """What each task is or was about, by task; one statement."""
    found: dict[int, list[Goods]] = defaultdict(list)
    if not task_ids:
        return found
    statement = (
        sa.select(TaskItem.task_id, *GOODS_COLUMNS, *BOX_COLUMNS)
        .select_from(TaskItem)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(TaskItem.task_id.in_(task_ids))
        .group_by(TaskItem.task_id, *GOODS_GROUP, *BOX_COLUMNS)
        .order_by(TaskItem.task_id, Variant.id, OrderLine.id)
    )
    goods = len(GOODS_COLUMNS) + 1
    for row in session.execute(statement):
        found[row[0]].append(Goods._make((*row[1:goods], in_box(row[goods:]))))
    return found


def in_box(columns: Sequence[Any]) -> InBox | None:
    is_bundle, line_id, product_zh, product_en, pack_zh, pack_en, quantity = columns
    return (
        InBox(line_id, f"{product_zh} {pack_zh}", f"{product_en} {pack_en}", quantity) if is_bundle else None
    )


def add_up(goods: Iterable[Goods]) -> list[Goods]:
    """The same goods of several tasks as one entry, in the order in which they first come; boxes do not count here."""
    totals: dict[int, Goods] = {}
    for item in goods:
        known = totals.get(item.variant_id)
        units = item.units if known is None else known.units + item.units
        totals[item.variant_id] = item._replace(units=units, box=None)
    return list(totals.values())


def goods_of_parcels(session: Session, parcel_ids: Collection[int]) -> dict[int, list[LotGoods]]:
    """What lies in each parcel, by lot; one statement."""
    return _by_lot(session, Task.parcel_id, parcel_ids)


def lot_goods_of_tasks(session: Session, task_ids: Collection[int]) -> dict[int, list[LotGoods]]:
    """What each task is about, by lot; one statement."""
    return _by_lot(session, Task.id, task_ids)


def _by_lot(
    session: Session, key: sa.SQLColumnExpression[Any], ids: Collection[int]
) -> dict[int, list[LotGoods]]:
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            key,
            Product.name_zh,
            Product.name_en,
            Variant.name_zh,
            Variant.name_en,
            Allocation.units,
            Lot.code,
            Producer.name_zh,
            Producer.name_en,
            Village.name_zh,
            Village.name_en,
            Lot.harvested_on,
            Lot.packed_on,
            Lot.best_before,
            Variant.id,
            Product.family,
            sa.or_(Producer.kind != ProducerKind.HOUSEHOLD, Household.consented_at.is_not(None)),
            *BOX_COLUMNS,
        )
        .select_from(Task)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .outerjoin(Household, Household.id == Producer.household_id)
        .join(Village, Village.id == Producer.village_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(key.in_(ids))
        .order_by(key, Allocation.id)
    )
    found: dict[int, list[LotGoods]] = defaultdict(list)
    facts = -len(BOX_COLUMNS)
    for row in session.execute(statement):
        found[row[0]].append(replace(LotGoods(*row[1:facts]), box=in_box(row[facts:])))
    return found
