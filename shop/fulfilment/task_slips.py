"""Slips of paper for households: one for each task that is to be prepared, in large print. Nothing of the buyer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import PackingPlace, Producer, ProducerMember, Village
from shop.fulfilment.goods import Goods, add_up, goods_of_tasks
from shop.fulfilment.models import Task
from shop.fulfilment.reach import Reach
from shop.fulfilment.taking_in_by_code import slip_number
from shop.fulfilment.tasks import short_number
from shop.fulfilment.transitions import WITH_THE_PRODUCER
from shop.kit.clock import day_range, shanghai_date
from shop.kit.errors import NotFound

MOST_SLIPS = 200


@dataclass(frozen=True, slots=True)
class SlipChoice:
    """Which slips: of one own village or all of them, and only of households that nobody can text, or of all."""

    village_id: int | None = None
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class Slip:
    code: str
    village_id: int
    producer_zh: str
    village_zh: str
    place_zh: str
    place_phone: str
    deadline_at: datetime
    goods: tuple[Goods, ...] = ()

    @property
    def number(self) -> str:
        """What the household writes on the goods."""
        return short_number(self.code)

    @property
    def six_digits(self) -> str:
        """What is typed where goods come in and no camera reads the code."""
        return slip_number(self.village_id, self.code)


@dataclass(frozen=True, slots=True)
class SlipVillage:
    id: int
    name_zh: str
    name_en: str


def slip_villages(session: Session, by: Reach) -> list[SlipVillage]:
    """Own villages. One statement."""
    statement = sa.select(Village.id, Village.name_zh, Village.name_en).where(Village.id.in_(by.village_ids))
    return [SlipVillage(*row) for row in session.execute(statement.order_by(Village.id))]


def slip_days(session: Session, by: Reach, choice: SlipChoice, *, today: date) -> dict[date, int]:
    """How many slips there are for each day that has some; what is overdue is of today. One statement."""
    deadlines = session.scalars(sa.select(Task.deadline_at).where(_chosen(by, choice)))
    found: dict[date, int] = {}
    for day in sorted(max(shanghai_date(one), today) for one in deadlines):
        found[day] = found.get(day, 0) + 1
    return found


def task_slips(session: Session, by: Reach, choice: SlipChoice, day: date, *, today: date) -> list[Slip]:
    """By village and household, the most urgent first. Two statements. Raises NotFound for another's village."""
    start, end = day_range(day, day)
    of_day = Task.deadline_at < end if day == today else Task.deadline_at.between(start, end)
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            Task.id,
            Task.code,
            Task.village_id,
            Producer.name_zh,
            Village.name_zh,
            PackingPlace.name_zh,
            PackingPlace.phone,
            Task.deadline_at,
        )
        .join(Producer, Producer.id == Task.producer_id)
        .join(Village, Village.id == Task.village_id)
        .join(PackingPlace, PackingPlace.id == Task.packing_place_id)
        .where(_chosen(by, choice), of_day, Task.deadline_at < end)
        .order_by(Task.village_id, Producer.name_zh, Task.producer_id, Task.deadline_at, Task.id)
        .limit(MOST_SLIPS)
    )
    rows = session.execute(statement).all()
    goods = goods_of_tasks(session, [row.id for row in rows])
    return [replace(Slip(*row[1:]), goods=_together(goods[row.id])) for row in rows]


def _chosen(by: Reach, choice: SlipChoice) -> sa.ColumnElement[bool]:
    if choice.village_id is not None and choice.village_id not in by.village_ids:
        raise NotFound()
    villages = by.village_ids if choice.village_id is None else {choice.village_id}
    waits = sa.and_(Task.village_id.in_(villages), Task.status.in_(WITH_THE_PRODUCER))
    return waits if choice.everybody else sa.and_(waits, sa.not_(_has_phone()))


def _has_phone() -> sa.ColumnElement[bool]:
    """Somebody of the producer has a telephone on which the task is seen."""
    return sa.exists().where(
        ProducerMember.producer_id == Task.producer_id,
        User.id == ProducerMember.user_id,
        User.active,
        User.phone.is_not(None),
    )


def _together(goods: Iterable[Goods]) -> tuple[Goods, ...]:
    return tuple(add_up(goods))
