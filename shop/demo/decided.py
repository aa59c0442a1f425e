"""What people of a village decided: units that nobody has, whose buyer is asked, and an order given otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer, VillageCoordinator
from shop.fulfilment.declining import decline
from shop.fulfilment.models import Task, TaskItem, TaskStatus
from shop.fulfilment.overriding import override
from shop.fulfilment.proposing import Offered, propose
from shop.fulfilment.reach import WORKER, Reach
from shop.inventory.models import Allocation, Lot, LotStatus
from shop.kit.clock import shanghai_date
from shop.kit.errors import ShopError
from shop.storage.unit_of_work import UnitOfWork

LOOKED_AT: Final = 40
A_WEEK: Final = timedelta(days=7)


def decide(unit_of_work: UnitOfWork, *, now: datetime) -> None:
    """One of each, among the newest open tasks, where there is one that fits. Nothing is forced."""
    for step in (_say_that_nobody_has, _ask_the_buyer, _give_otherwise):
        try:
            unit_of_work.run(partial(step, now=now))
        except ShopError:
            continue  # the goods of this history do not allow it


def _say_that_nobody_has(session: Session, now: datetime) -> None:
    for task in _open(session):
        if not any(_others(session, task, item) for item in _items(session, task)):
            decline(session, task.id, "今年收得少，没有了", by=WORKER, now=now)
            return


def _ask_the_buyer(session: Session, now: datetime) -> None:
    waits = sa.select(TaskItem).where(TaskItem.waits.is_(True)).order_by(TaskItem.allocation_id)
    item = session.scalars(waits.limit(1)).first()
    if item is not None:
        offered = Offered(wait_until=shanghai_date(now) + A_WEEK)
        propose(session, item.task_id, item.allocation_id, offered, by=WORKER, now=now)


def _give_otherwise(session: Session, now: datetime) -> None:
    for task in _open(session):
        (item, *more) = _items(session, task)
        neighbours = [
            lot for lot in _others(session, task, item) if lot.available >= 3 * _units(session, item)
        ]
        if neighbours and not more:
            by = Reach(user_id=_coordinator(session, task.village_id), everything=True)
            override(session, task.id, neighbours[0].id, "这户有病人，先让一单", by=by, now=now)
            return


def _coordinator(session: Session, village_id: int) -> int | None:
    people = sa.select(VillageCoordinator.user_id).where(VillageCoordinator.village_id == village_id)
    return session.scalars(people.order_by(VillageCoordinator.user_id)).first()


def _open(session: Session) -> Sequence[Task]:
    newest = sa.select(Task).where(Task.status == TaskStatus.OPEN, Task.needs_person_at.is_(None))
    return session.scalars(newest.order_by(Task.id.desc()).limit(LOOKED_AT)).all()


def _items(session: Session, task: Task) -> Sequence[TaskItem]:
    of_task = sa.select(TaskItem).where(TaskItem.task_id == task.id).order_by(TaskItem.allocation_id)
    return session.scalars(of_task).all()


def _units(session: Session, item: TaskItem) -> int:
    return session.get_one(Allocation, item.allocation_id).units


def _others(session: Session, task: Task, item: TaskItem) -> Sequence[Lot]:
    """Lots of other households with such goods, those of the task's own village first."""
    variant_id = session.get_one(Allocation, item.allocation_id).variant_id
    near = sa.case((Producer.village_id == task.village_id, 0), else_=1)
    statement = (
        sa.select(Lot)
        .join(Producer, Producer.id == Lot.producer_id)
        .where(
            *(Lot.variant_id == variant_id, Lot.status == LotStatus.OPEN, Lot.available > 0),
            Lot.producer_id != task.producer_id,
        )
        .order_by(near, Lot.id)
    )
    return session.scalars(statement).all()
