"""A sheet for the packing place: what each household brings, to be ticked off. Nothing of the buyer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PackingPlace, Producer, Village
from shop.delivery.models import Run
from shop.fulfilment.board import STANDING
from shop.fulfilment.goods import Goods, add_up, goods_of_tasks
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.tasks import short_number
from shop.ordering.models import Order


@dataclass(frozen=True, slots=True)
class PickingTask:
    id: int
    code: str
    order_number: str
    status: TaskStatus
    deadline_at: datetime
    received_at: datetime | None
    producer_id: int
    producer_zh: str
    producer_en: str
    phone: str
    village_zh: str
    village_en: str
    place_id: int
    place_zh: str  # where the goods are brought
    place_en: str
    packed_here: bool = True
    goods: tuple[Goods, ...] = ()

    @property
    def number(self) -> str:
        return short_number(self.code)


@dataclass(frozen=True, slots=True)
class PickingHousehold:
    first: PickingTask
    tasks: tuple[PickingTask, ...]
    together: tuple[Goods, ...]


def picking_list(session: Session, by: Reach, *, run_code: str = "") -> list[PickingHousehold]:
    """Standing tasks by village and household, for one run or for all. Two statements."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            Task.id,
            Task.code,
            Order.number,
            Task.status,
            Task.deadline_at,
            Task.received_at,
            Task.producer_id,
            Producer.name_zh,
            Producer.name_en,
            Producer.phone,
            Village.name_zh,
            Village.name_en,
            PackingPlace.id,
            PackingPlace.name_zh,
            PackingPlace.name_en,
        )
        .join(Order, Order.id == Task.order_id)
        .join(Producer, Producer.id == Task.producer_id)
        .join(Village, Village.id == Task.village_id)
        .join(PackingPlace, PackingPlace.id == Task.packing_place_id)
        .where(by.sees(), Task.status.in_(STANDING))
        .order_by(Task.village_id, Task.producer_id, Task.deadline_at, Task.id)
    )
    if run_code:
        statement = statement.join(Run, Run.id == Order.run_id).where(Run.code == run_code)
    rows = session.execute(statement).all()
    goods = goods_of_tasks(session, [row.id for row in rows])
    households: dict[int, list[PickingTask]] = {}
    for row in rows:
        task = PickingTask(*row)
        shown = replace(task, goods=tuple(goods[row.id]), packed_here=by.packs_at(task.place_id))
        households.setdefault(row.producer_id, []).append(shown)
    return [
        PickingHousehold(tasks[0], tuple(tasks), tuple(add_up(item for task in tasks for item in task.goods)))
        for tasks in households.values()
    ]
