"""Which orders can be packed at a place, and what the packer must know of one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PackingPlace
from shop.delivery.models import PickupPoint, Run
from shop.fulfilment.board import STANDING
from shop.fulfilment.goods import BOX_COLUMNS, InBox, in_box
from shop.fulfilment.models import Parcel, Task, TaskItem, TaskStatus
from shop.fulfilment.reach import Reach
from shop.inventory.models import Allocation
from shop.kit.errors import NotFound
from shop.ordering.models import DeliveryKind, Order, OrderLine

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class OrderToPack:
    """One order at one packing place: ``here`` of ``tasks`` have come in.

    Parts of a gift box that no household has yet count as tasks: the box is not packed without them.
    """

    number: str
    place_id: int
    place_zh: str
    place_en: str
    delivery: DeliveryKind
    point_zh: str | None
    point_en: str | None
    run_code: str | None
    departs_at: datetime | None
    tasks: int
    here: int
    deadline_at: datetime
    boxes: tuple[InBox, ...] = ()

    @property
    def complete(self) -> bool:
        return self.here == self.tasks


@dataclass(frozen=True, slots=True)
class OrderAtPlace:
    """What stands on the packing screen and the label: where to, and to whom, with the phone masked there."""

    id: int
    number: str
    delivery: DeliveryKind
    recipient: str
    phone: str
    province: str | None
    city: str | None
    district: str | None
    street: str | None
    note: str
    point_zh: str | None
    point_en: str | None
    run_code: str | None
    departs_at: datetime | None


def orders_to_pack(
    session: Session, by: Reach, *, complete_only: bool = False, page: int = 1
) -> tuple[list[OrderToPack], bool]:
    """Orders with goods on the way to, or lying at, own places: complete ones first. And whether more follow."""
    waiting = _awaited(by)
    here, tasks = sa.func.count(Task.received_at), _expected(waiting)
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            Order.number,
            Task.packing_place_id,
            PackingPlace.name_zh,
            PackingPlace.name_en,
            Order.delivery,
            PickupPoint.name_zh,
            PickupPoint.name_en,
            Run.code,
            Run.departs_at,
            tasks,
            here,
            sa.func.min(Task.deadline_at),
        )
        .select_from(Task)
        .join(Order, Order.id == Task.order_id)
        .join(PackingPlace, PackingPlace.id == Task.packing_place_id)
        .outerjoin(PickupPoint, PickupPoint.id == Order.pickup_point_id)
        .outerjoin(Run, Run.id == Order.run_id)
        .outerjoin(waiting, _of_task(waiting))
        .where(by.takes_in(), Task.status.in_(STANDING))
        .group_by(*_GROUP)
        .order_by(sa.case((here == tasks, 0), else_=1), sa.func.min(Task.deadline_at), Order.number)
        .limit(PAGE_SIZE + 1)
        .offset((page - 1) * PAGE_SIZE)
    )
    if complete_only:
        statement = statement.having(here == tasks)
    rows = [OrderToPack(*row) for row in session.execute(statement)]
    boxes = _boxes(session, by, [row.number for row in rows])
    shown = [replace(row, boxes=tuple(boxes.get((row.number, row.place_id), ()))) for row in rows]
    return shown[:PAGE_SIZE], len(rows) > PAGE_SIZE


def _boxes(session: Session, by: Reach, numbers: Collection[str]) -> dict[tuple[str, int], list[InBox]]:
    """The gift boxes that own places put together, by order and place. One statement."""
    statement = (
        sa.select(Order.number, Task.packing_place_id, *BOX_COLUMNS)
        .select_from(Task)
        .join(Order, Order.id == Task.order_id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(
            Order.number.in_(numbers),
            by.takes_in(),
            Task.status.in_(STANDING),
            OrderLine.is_bundle.is_(True),
        )
        .order_by(OrderLine.id)
        .distinct()
    )
    found: dict[tuple[str, int], list[InBox]] = defaultdict(list)
    for row in session.execute(statement):
        if (box := in_box(row[2:])) is not None:
            found[row[0], row[1]].append(box)
    return found


def count_to_pack(session: Session, by: Reach) -> int:
    """How many orders have everything here. One statement."""
    waiting = _awaited(by)
    whole = (
        sa.select(Task.order_id)
        .outerjoin(waiting, _of_task(waiting))
        .where(by.takes_in(), Task.status.in_(STANDING))
        .group_by(Task.order_id, Task.packing_place_id)
        .having(sa.func.count(Task.received_at) == _expected(waiting))
        .subquery()
    )
    return session.scalar(sa.select(sa.func.count()).select_from(whole)) or 0


def parts_awaited(session: Session, order_id: int, by: Reach) -> dict[int, int]:
    """How many tasks' parts of gift boxes no household has yet, by own place. One statement."""
    waiting = _awaited(by)
    rows = session.execute(
        sa.select(waiting.c.place_id, waiting.c.tasks).where(waiting.c.order_id == order_id)
    )
    return {row.place_id: row.tasks for row in rows}


def _awaited(by: Reach) -> sa.Subquery:
    """Declined tasks with parts of gift boxes that nobody else has taken, by order and place."""
    return (
        sa.select(
            Task.order_id,
            Task.packing_place_id.label("place_id"),
            sa.func.count(Task.id.distinct()).label("tasks"),
        )
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(
            by.takes_in(),
            Task.status.in_((TaskStatus.DECLINED, TaskStatus.REASSIGNED)),
            TaskItem.waits.is_(True),
            OrderLine.is_bundle.is_(True),
        )
        .group_by(Task.order_id, Task.packing_place_id)
        .subquery()
    )


def _of_task(waiting: sa.Subquery) -> sa.ColumnElement[bool]:
    return sa.and_(waiting.c.order_id == Task.order_id, waiting.c.place_id == Task.packing_place_id)


def _expected(waiting: sa.Subquery) -> sa.ColumnElement[int]:
    """How many tasks must have come in before all of an order is here."""
    return sa.func.count(Task.id) + sa.func.coalesce(sa.func.max(waiting.c.tasks), 0)


def order_at_place(session: Session, number: str, by: Reach) -> OrderAtPlace:
    """Raises NotFound unless goods of this order come to an own packing place. One statement."""
    comes_here = sa.exists().where(Task.order_id == Order.id, by.takes_in(), Task.status.not_in(_ENDED))
    packed_here = sa.exists().where(
        Parcel.order_id == Order.id, Parcel.packing_place_id.in_(by.packing_place_ids)
    )
    row = session.execute(
        sa.select(*_AT_PLACE)
        .select_from(Order)
        .outerjoin(PickupPoint, PickupPoint.id == Order.pickup_point_id)
        .outerjoin(Run, Run.id == Order.run_id)
        .where(Order.number == number, sa.or_(comes_here, packed_here))
    ).one_or_none()
    if row is None:
        raise NotFound()
    return OrderAtPlace(*row)


def was_here(session: Session, number: str, by: Reach) -> bool:
    """Whether goods of this order, which is called off or whose rest is, were to come to an own packing place."""
    called_off = sa.select(Task.id).join(Order, Order.id == Task.order_id)
    mine = called_off.where(Order.number == number, Task.status == TaskStatus.CANCELLED, by.takes_in())
    return session.scalar(mine.limit(1)) is not None


_ENDED = (TaskStatus.DECLINED, TaskStatus.REASSIGNED, TaskStatus.CANCELLED)
_GROUP: tuple[Any, ...] = (
    Order.number,
    Task.packing_place_id,
    PackingPlace.name_zh,
    PackingPlace.name_en,
    Order.delivery,
    PickupPoint.name_zh,
    PickupPoint.name_en,
    Run.code,
    Run.departs_at,
)
_AT_PLACE: tuple[Any, ...] = (
    Order.id,
    Order.number,
    Order.delivery,
    Order.recipient,
    Order.phone,
    Order.province,
    Order.city,
    Order.district,
    Order.street,
    Order.note,
    PickupPoint.name_zh,
    PickupPoint.name_en,
    Run.code,
    Run.departs_at,
)
