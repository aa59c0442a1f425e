"""Which task a household's text message means."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName, User, UserRole
from shop.catalogue.models import PackingPlace, ProducerMember
from shop.fulfilment.goods import Goods, add_up, goods_of_tasks
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.task_looks import RECALLED, look_of, recall_stands
from shop.fulfilment.tasks import short_number
from shop.fulfilment.transitions import WITH_THE_PRODUCER
from shop.ordering.models import OrderEvent

MOST_NAMED: Final = 6  # more do not fit into one message
LATELY: Final = timedelta(days=7)  # numbers come again: an older task is not meant


@dataclass(frozen=True, slots=True)
class MeantTask:
    id: int
    code: str
    order_id: int
    status: TaskStatus
    producer_id: int
    place_zh: str
    place_phone: str
    ended_for: str  # a `Reason`, or what somebody wrote
    recall_stands: bool
    goods: tuple[Goods, ...] = ()

    @property
    def number(self) -> str:
        return short_number(self.code)

    @property
    def is_recalled(self) -> bool:
        return self.was_recalled and self.recall_stands

    @property
    def was_recalled(self) -> bool:
        """It ended for a recall, which may be lifted by now."""
        return look_of(self.status, self.ended_for) == RECALLED

    @property
    def waits(self) -> bool:
        return self.status in WITH_THE_PRODUCER


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody who may have sent the message: families share a telephone."""

    user_id: int
    producer_ids: frozenset[int]


def writers(session: Session, phone: str) -> list[Writer]:
    """Farmers with this number, in E.164. One statement."""
    is_farmer = sa.exists().where(UserRole.user_id == User.id, UserRole.role == RoleName.FARMER)
    rows = session.execute(
        sa.select(User.id, ProducerMember.producer_id)
        .outerjoin(ProducerMember, ProducerMember.user_id == User.id)
        .where(User.phone == phone, User.active, is_farmer)
        .order_by(User.id)
    ).all()
    people = dict.fromkeys(row.id for row in rows)
    return [
        Writer(one, frozenset(row.producer_id for row in rows if row.id == one and row.producer_id))
        for one in people
    ]


def waiting_tasks(session: Session, producer_ids: Collection[int]) -> list[MeantTask]:
    """The most urgent first. Two statements."""
    statement = _tasks(producer_ids).where(Task.status.in_(WITH_THE_PRODUCER))
    return _with_goods(session, statement.order_by(Task.deadline_at, Task.id).limit(MOST_NAMED + 1))


def numbered_task(
    session: Session, producer_ids: Collection[int], number: str, *, now: datetime
) -> MeantTask | None:
    """That which waits, else the newest of lately. Two statements."""
    waits_first = sa.case((Task.status.in_(WITH_THE_PRODUCER), 0), else_=1)
    statement = _tasks(producer_ids).where(Task.code.startswith(number), _is_of_lately(now))
    found = _with_goods(session, statement.order_by(waits_first, Task.id.desc()).limit(1))
    return found[0] if found else None


def newest_task(session: Session, producer_ids: Collection[int], *, now: datetime) -> MeantTask | None:
    """What the household was told of last. Two statements."""
    statement = _tasks(producer_ids).where(_is_of_lately(now)).order_by(Task.id.desc()).limit(1)
    found = _with_goods(session, statement)
    return found[0] if found else None


def all_of(session: Session, task: MeantTask, task_ids: Sequence[int]) -> MeantTask:
    """The task with the goods of all of these, which are answered with it."""
    if len(task_ids) == 1:
        return task
    goods = goods_of_tasks(session, task_ids)
    return replace(task, goods=tuple(add_up(item for one in task_ids for item in goods[one])))


def missing_before(session: Session, task: MeantTask) -> int:
    """How many units were said to be missing of this task already, however it was said. One statement."""
    facts = session.scalars(
        sa.select(OrderEvent.facts).where(
            OrderEvent.order_id == task.order_id,
            OrderEvent.kind == "task_short",
            OrderEvent.facts["task"].as_string() == task.code,
        )
    )
    return sum(int(one.get("units", 0)) for one in facts)


def _is_of_lately(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(Task.status.in_(WITH_THE_PRODUCER), Task.opened_at > now - LATELY)


def _tasks(producer_ids: Collection[int]) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *(Task.id, Task.code, Task.order_id, Task.status, Task.producer_id),
            *(PackingPlace.name_zh, PackingPlace.phone, Task.decline_reason),
            recall_stands(),
        )
        .join(PackingPlace, PackingPlace.id == Task.packing_place_id)
        .where(Task.producer_id.in_(producer_ids))
    )


def _with_goods(session: Session, statement: sa.Select[*tuple[Any, ...]]) -> list[MeantTask]:
    tasks: Sequence[MeantTask] = [MeantTask(*row) for row in session.execute(statement)]
    goods = goods_of_tasks(session, [one.id for one in tasks])
    return [replace(one, goods=tuple(add_up(goods[one.id]))) for one in tasks]
