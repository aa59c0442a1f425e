"""Packing slips of a truck: what belongs in each parcel, whose it is, and what of the order comes another way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.catalogue.models import PackingPlace, Product, Variant
from shop.delivery.models import PickupPoint, Run, RunStatus, RunStop
from shop.fulfilment.board import STANDING
from shop.fulfilment.boxes import Grouped, grouped
from shop.fulfilment.delivery_notes import papers_columns
from shop.fulfilment.goods import LotGoods, lot_goods_of_tasks
from shop.fulfilment.models import Parcel, Task, TaskItem
from shop.fulfilment.reach import Reach
from shop.fulfilment.tasks import short_number
from shop.fulfilment.transitions import LIVE_TASKS
from shop.inventory.models import Allocation
from shop.kit.errors import NotFound
from shop.ordering.approvals.models import OrderProcurement
from shop.ordering.models import Order

PAGE_SIZE: Final = 200
NO_STOP: Final = 1 << 15  # a point that the truck does not stop at any more comes last


@dataclass(frozen=True, slots=True)
class SlipRun:
    id: int
    code: str
    departs_at: datetime
    arrives_at: datetime


@dataclass(frozen=True, slots=True)
class Outstanding:
    """Units of the order that are in no parcel yet; ``waits``: no household has them."""

    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    units: int
    waits: bool


@dataclass(frozen=True, slots=True)
class PackingSlip:
    """What one packing place puts into one parcel of one order. No price, no pickup code, no whole telephone number.

    ``code``, ``number`` and ``weight_g`` are None until it is packed. ``on_goods``: the numbers that households wrote
    on their goods. ``elsewhere``: the order's other parcels, by their numbers.
    """

    order_id: int
    order_number: str
    recipient: str
    phone: str
    note: str
    stop: int | None
    point_id: int
    point_zh: str
    point_en: str
    place_id: int
    place_zh: str
    place_en: str
    parcel_id: int | None
    code: str | None
    number: int | None
    weight_g: int | None
    organisation: str = ""  # that bought it, and what its papers say of it
    project_number: str = ""
    handler: str = ""
    acceptor: str = ""
    on_goods: tuple[str, ...] = ()
    goods: tuple[LotGoods, ...] = ()
    outstanding: tuple[Outstanding, ...] = ()
    elsewhere: tuple[int, ...] = ()

    @property
    def contents(self) -> Grouped[LotGoods]:
        return grouped(self.goods)


@dataclass(frozen=True, slots=True)
class SlipPage:
    run: SlipRun
    slips: tuple[PackingSlip, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(-(-self.total // PAGE_SIZE), 1)


def packing_slips(session: Session, run_code: str, by: Reach, *, page: int = 1) -> SlipPage:
    """Own places' slips of one truck, by stop and order. Raises NotFound. Five statements, however many slips."""
    row = session.execute(
        sa.select(Run.id, Run.code, Run.departs_at, Run.arrives_at, Run.status).where(Run.code == run_code)
    ).one_or_none()
    if row is None:
        raise NotFound()
    run = SlipRun(*row[:4])
    tasks = session.execute(_tasks(run.id, by, has_left=row.status is not RunStatus.PLANNED)).all()
    slips: dict[tuple[int, int, int | None], list[Any]] = defaultdict(list)
    for task in tasks:
        slips[task.order_id, task.place_id, task.parcel_id].append(task)
    start = (page - 1) * PAGE_SIZE
    shown = list(slips.values())[start : start + PAGE_SIZE]
    return SlipPage(run, tuple(_filled(session, shown)), len(slips), page)


def _filled(session: Session, groups: Sequence[Sequence[Any]]) -> list[PackingSlip]:
    order_ids = {group[0].order_id for group in groups}
    goods = lot_goods_of_tasks(session, [task.id for group in groups for task in group])
    to_come = _not_packed(session, order_ids)
    numbers = _parcels(session, order_ids)
    found = []
    for group in groups:
        first = group[0]
        slip = PackingSlip(*first[3:])
        found.append(
            replace(
                slip,
                on_goods=tuple(short_number(task.task_code) for task in group),
                goods=tuple(item for task in group for item in goods[task.id]),
                outstanding=_outstanding(to_come[first.order_id], slip),
                elsewhere=tuple(one for one in numbers[first.order_id] if one != first.number),
            )
        )
    return found


def _tasks(run_id: int, by: Reach, *, has_left: bool) -> sa.Select[*tuple[Any, ...]]:
    """Tasks whose goods go with this truck: those on it, and until it leaves those of its orders that stand on no other."""
    on_it = Parcel.run_id == run_id
    to_load = sa.and_(Parcel.run_id.is_(None), Order.run_id == run_id)
    return (
        sa.select(
            Task.id,
            Task.code.label("task_code"),
            sa.func.coalesce(RunStop.position, NO_STOP).label("sorted_by"),
            Order.id.label("order_id"),
            Order.number.label("order_number"),
            Order.recipient,
            Order.phone,
            Order.note,
            RunStop.position,
            PickupPoint.id.label("point_id"),
            PickupPoint.name_zh.label("point_zh"),
            PickupPoint.name_en.label("point_en"),
            PackingPlace.id.label("place_id"),
            PackingPlace.name_zh.label("place_zh"),
            PackingPlace.name_en.label("place_en"),
            Parcel.id.label("parcel_id"),
            Parcel.code,
            Parcel.number,
            Parcel.weight_g,
            *papers_columns(),
        )
        .join(Order, Order.id == Task.order_id)
        .join(PackingPlace, PackingPlace.id == Task.packing_place_id)
        .outerjoin(Parcel, Parcel.id == Task.parcel_id)
        .join(PickupPoint, PickupPoint.id == sa.func.coalesce(Parcel.pickup_point_id, Order.pickup_point_id))
        .outerjoin(Organisation, Organisation.id == Order.organisation_id)
        .outerjoin(OrderProcurement, OrderProcurement.order_id == Order.id)
        .outerjoin(RunStop, sa.and_(RunStop.run_id == run_id, RunStop.pickup_point_id == PickupPoint.id))
        .where(
            by.takes_in(),
            Task.status.in_(LIVE_TASKS),
            on_it if has_left else sa.or_(on_it, to_load),
        )
        .order_by(
            sa.func.coalesce(RunStop.position, NO_STOP),
            PickupPoint.id,
            Order.number,
            PackingPlace.id,
            Parcel.id,
            Task.id,
        )
    )


def _not_packed(session: Session, order_ids: Collection[int]) -> dict[int, list[Any]]:
    """Units of these orders in no parcel yet, whoever packs them, by the place that will. One statement."""
    columns: tuple[Any, ...] = (
        *(Task.order_id, Task.packing_place_id, TaskItem.waits),
        *(Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en, Variant.id),
    )
    rows = session.execute(
        sa.select(*columns, sa.cast(sa.func.sum(Allocation.units), sa.Integer).label("units"))
        .select_from(Task)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Task.order_id.in_(order_ids), sa.or_(Task.status.in_(STANDING), TaskItem.waits.is_(True)))
        .group_by(*columns)
        .order_by(Task.order_id, Variant.id, TaskItem.waits, Task.packing_place_id)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(row)
    return found


def _outstanding(rows: Sequence[Any], slip: PackingSlip) -> tuple[Outstanding, ...]:
    """What is still to come beside this slip: without what the slip itself is about, while it is not packed."""
    totals: dict[tuple[str, str, str, str, bool], int] = defaultdict(int)
    for row in rows:
        is_of_slip = slip.parcel_id is None and row.packing_place_id == slip.place_id and not row.waits
        if not is_of_slip:
            totals[row[3], row[4], row[5], row[6], row.waits] += row.units
    return tuple(
        Outstanding(name_zh, name_en, pack_zh, pack_en, units, waits)
        for (name_zh, name_en, pack_zh, pack_en, waits), units in totals.items()
    )


def _parcels(session: Session, order_ids: Collection[int]) -> dict[int, list[int]]:
    rows = session.execute(
        sa.select(Parcel.order_id, Parcel.number)
        .where(Parcel.order_id.in_(order_ids))
        .order_by(Parcel.order_id, Parcel.number)
    )
    found: dict[int, list[int]] = defaultdict(list)
    for order_id, number in rows:
        found[order_id].append(number)
    return found
