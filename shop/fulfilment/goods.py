"""What lies in a task or a parcel, in words that templates can say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer, Product, Variant, Village
from shop.fulfilment.models import Task, TaskItem
from shop.inventory.models import Allocation, AllocationStatus, Lot


class Goods(NamedTuple):
    """So many units of one variant."""

    variant_id: int
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    family: str
    units: int
    net_weight_g: int


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


GOODS_COLUMNS: tuple[Any, ...] = (
    Variant.id.label("variant_id"),
    Product.name_zh.label("name_zh"),
    Product.name_en.label("name_en"),
    Variant.name_zh.label("pack_zh"),
    Variant.name_en.label("pack_en"),
    Product.family.label("family"),
    sa.func.sum(Allocation.units).label("units"),
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
MOVED_ON = (AllocationStatus.WITHDRAWN, AllocationStatus.RELEASED)


def goods_of_tasks(session: Session, task_ids: Collection[int]) -> dict[int, list[Goods]]:
    """What each task is or was about, by task; one statement."""
    found: dict[int, list[Goods]] = defaultdict(list)
    if not task_ids:
        return found
    statement = (
        sa.select(TaskItem.task_id, *GOODS_COLUMNS)
        .select_from(TaskItem)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(TaskItem.task_id.in_(task_ids))
        .group_by(TaskItem.task_id, *GOODS_GROUP)
        .order_by(TaskItem.task_id, Variant.id)
    )
    for row in session.execute(statement):
        found[row[0]].append(Goods(*row[1:]))
    return found


def add_up(goods: Iterable[Goods]) -> list[Goods]:
    """The same goods of several tasks as one entry, in the order in which they first come."""
    totals: dict[int, Goods] = {}
    for item in goods:
        known = totals.get(item.variant_id)
        totals[item.variant_id] = item if known is None else item._replace(units=known.units + item.units)
    return list(totals.values())


def goods_of_parcels(session: Session, parcel_ids: Collection[int]) -> dict[int, list[LotGoods]]:
    """What lies in each parcel, by lot; one statement."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            Task.parcel_id,
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
        )
        .select_from(Task)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Task.parcel_id.in_(parcel_ids))
        .order_by(Task.parcel_id, Allocation.id)
    )
    found: dict[int, list[LotGoods]] = defaultdict(list)
    for row in session.execute(statement):
        found[row[0]].append(LotGoods(*row[1:]))
    return found
