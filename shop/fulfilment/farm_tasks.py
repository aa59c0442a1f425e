"""What a farmer's phone shows: own tasks, and nothing of the buyer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PackingPlace, Producer, Village
from shop.fulfilment.gift_tasks import GiftWork, gift_work, is_of_gift
from shop.fulfilment.goods import Goods, add_up, goods_of_tasks
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.task_looks import RECALLED, look_of, recall_stands
from shop.fulfilment.tasks import short_number
from shop.fulfilment.transitions import LIVE_TASKS, WITH_THE_PRODUCER
from shop.kit.errors import NotFound

MOST_SHOWN = 60
GONE_FOR = timedelta(days=3)  # how long a task that has left the house is still shown
GONE = (TaskStatus.PACKED, TaskStatus.DECLINED, TaskStatus.REASSIGNED, TaskStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class FarmTask:
    id: int
    code: str
    status: TaskStatus
    earns_fen: int
    deadline_at: datetime
    received_at: datetime | None
    acted_for: bool
    ended_for: str  # why it is not the household's any more: a `Reason`, or what somebody wrote
    place_zh: str  # where the goods are brought
    recall_stands: bool  # a lot of it is called back now
    goods: tuple[Goods, ...] = ()

    @property
    def number(self) -> str:
        return short_number(self.code)

    @property
    def to_do(self) -> bool:
        return self.status in WITH_THE_PRODUCER

    @property
    def is_own(self) -> bool:
        """It earns the household its money: it was neither declined, given to others, nor called off."""
        return self.status in LIVE_TASKS

    @property
    def is_recalled(self) -> bool:
        """Its lot is called back: what stands prepared is put aside."""
        return self.was_recalled and self.recall_stands

    @property
    def was_recalled(self) -> bool:
        """It ended for a recall, which may be lifted by now."""
        return look_of(self.status, self.ended_for) == RECALLED

    @property
    def can_be_short(self) -> bool:
        """Of one unit there is no part."""
        return self.to_do and sum(one.units for one in self.goods) > 1

    @property
    def at_home(self) -> bool:
        """The goods have still to be brought, or stand outside the door."""
        return self.to_do or self.can_undo

    @property
    def is_standing(self) -> bool:
        """Its number lies on goods that are not in a parcel yet."""
        return self.to_do or self.status is TaskStatus.READY

    @property
    def can_undo(self) -> bool:
        return self.status is TaskStatus.READY and self.received_at is None


@dataclass(frozen=True, slots=True)
class FarmDay:
    """``more`` says how many further tasks wait behind those shown; of gifts, `gifts` has all that waits or is ready."""

    to_do: tuple[FarmTask, ...]
    done: tuple[FarmTask, ...]
    together: tuple[Goods, ...]
    earns_fen: int
    more: int
    gifts: tuple[GiftWork, ...] = ()


@dataclass(frozen=True, slots=True)
class FarmHouse:
    """Whose phone it is, and whom it calls."""

    name_zh: str
    village_zh: str
    place_phone: str


def farm_day(session: Session, by: Reach, *, now: datetime) -> FarmDay:
    """Tasks to prepare, the most urgent first, and what lately left the house. Four statements; six where it works
    for a gift, whose many tasks are one.
    """
    alone = sa.and_(by.prepares(), ~is_of_gift())
    waiting = session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Task.earns_fen), 0)).where(
            alone, Task.status.in_(WITH_THE_PRODUCER)
        )
    ).one()
    to_do = session.execute(
        _columns(by)
        .where(alone, Task.status.in_(WITH_THE_PRODUCER))
        .order_by(Task.deadline_at, Task.id)
        .limit(MOST_SHOWN)
    ).all()
    lately = sa.and_(Task.status.in_(GONE), _last_moved() >= now - GONE_FOR)
    done = session.execute(
        _columns(by)
        .where(alone, sa.or_(Task.status == TaskStatus.READY, lately))
        .order_by(sa.case((Task.status == TaskStatus.READY, 0), else_=1), Task.id.desc())
        .limit(MOST_SHOWN)
    ).all()
    goods = goods_of_tasks(session, [row.id for row in (*to_do, *done)])
    shown = tuple(_task(row, goods[row.id]) for row in to_do)
    gifts = tuple(gift_work(session, by))
    for_gifts = [one for one in gifts if one.to_do]
    wanted = [
        *(item for one in shown for item in one.goods),
        *(item for one in for_gifts for item in one.goods),
    ]
    return FarmDay(
        to_do=shown,
        done=tuple(_task(row, goods[row.id]) for row in done),
        together=tuple(add_up(wanted)),
        earns_fen=waiting[1] + sum(one.earns_fen for one in for_gifts),
        more=waiting[0] - len(shown),
        gifts=gifts,
    )


def farm_task(session: Session, task_id: int, by: Reach) -> FarmTask:
    """One task. Raises NotFound, the same for an absent one and somebody else's. Two statements."""
    row = session.execute(_columns(by).where(Task.id == task_id)).one_or_none()
    if row is None:
        raise NotFound()
    return _task(row, goods_of_tasks(session, [task_id])[task_id])


def farm_house(session: Session, by: Reach) -> FarmHouse | None:
    """The first of the person's producers, for the head of each screen. One statement."""
    row = session.execute(
        sa.select(Producer.name_zh, Village.name_zh, PackingPlace.phone)
        .join(Village, Village.id == Producer.village_id)
        .join(PackingPlace, PackingPlace.id == Village.packing_place_id)
        .where(Producer.id.in_(by.producer_ids))
        .order_by(Producer.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else FarmHouse(*row)


def _columns(by: Reach) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *(Task.id, Task.code, Task.status, Task.earns_fen, Task.deadline_at),
            *(Task.received_at, Task.acted_for, Task.decline_reason, PackingPlace.name_zh),
            recall_stands(),
        )
        .join(PackingPlace, PackingPlace.id == Task.packing_place_id)
        .where(by.prepares())
    )


def _last_moved() -> sa.ColumnElement[datetime]:
    return sa.func.coalesce(Task.packed_at, Task.ended_at)


def _task(row: sa.Row[*tuple[Any, ...]], goods: list[Goods]) -> FarmTask:
    return replace(FarmTask(*row), goods=tuple(add_up(goods)))
