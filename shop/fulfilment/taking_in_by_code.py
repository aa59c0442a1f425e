"""Goods come in one after the other, each by the code on its slip: read by a camera, or typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer
from shop.fulfilment.errors import NoSuchGoods, SeveralGoods
from shop.fulfilment.finding import lock_task
from shop.fulfilment.models import Task, TaskItem, TaskStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.receiving import UNDO_FOR, take_in
from shop.fulfilment.tasks import BEFORE_PACKING, CODE_LENGTH, NUMBER_LENGTH, short_number
from shop.inventory.models import Allocation
from shop.inventory.trace_codes import read_trace_code
from shop.kit.errors import NotFound
from shop.kit.references import normalise_code

SIX: Final = 6
MOST_NAMED: Final = 6
HERE: Final = "✓ "
LATELY: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """Goods that came in; `undone_until`: as long as it can be taken back."""

    task_id: int
    code: str
    producer_zh: str
    producer_en: str
    received_at: datetime
    was_here: bool = False

    @property
    def number(self) -> str:
        return short_number(self.code)

    @property
    def undone_until(self) -> datetime:
        return self.received_at + UNDO_FOR


def slip_number(village_id: int, code: str) -> str:
    """Six digits that stand for a task among those of all villages: its village, and what is written on the goods."""
    return f"{village_id:0{SIX - NUMBER_LENGTH}d}{short_number(code)}"


def take_in_by_code(
    session: Session, typed: str, *, keys: tuple[str, ...], by: Reach, now: datetime
) -> TakenIn:
    """Receive the goods that the code means; what is here already stays as it is, and says so.

    `typed`: the code or the six digits on a slip, the three digits on the goods, or what a bag's label says, read
    with the shop's `keys`. Raises NoSuchGoods for what comes to none of the person's places, SeveralGoods where it
    could mean more than one, IllegalStep.
    """
    task = lock_task(session, _meant(session, typed, keys, by), by.takes_in())
    was_here = task.received_at is not None
    take_in(session, task, by=by, now=now)
    session.flush()
    names = session.execute(
        sa.select(Producer.name_zh, Producer.name_en).where(Producer.id == task.producer_id)
    ).one()
    return TakenIn(task.id, task.code, *names, task.received_at or now, was_here)


def taken_in_lately(session: Session, by: Reach, *, now: datetime, limit: int = 12) -> list[TakenIn]:
    """At the person's places and not packed yet, the newest first. One statement."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(Task.id, Task.code, Producer.name_zh, Producer.name_en, Task.received_at)
        .join(Producer, Producer.id == Task.producer_id)
        .where(by.takes_in(), Task.status == TaskStatus.READY, Task.received_at > now - LATELY)
        .order_by(Task.received_at.desc(), Task.id.desc())
        .limit(limit)
    )
    return [TakenIn(*row) for row in session.execute(statement)]


def _meant(session: Session, typed: str, keys: tuple[str, ...], by: Reach) -> int:
    """Raises NoSuchGoods, SeveralGoods."""
    code = normalise_code(typed.strip().rstrip("/").rpartition("/")[2])
    found = session.execute(
        sa.select(Task.id, Task.code, Task.village_id, Task.received_at, Producer.name_zh)
        .join(Producer, Producer.id == Task.producer_id)
        .where(by.takes_in(), Task.status.in_(BEFORE_PACKING), _is_meant(code, keys))
        .order_by(Task.received_at.is_not(None), Task.deadline_at, Task.id)
        .limit(MOST_NAMED + 1)
    ).all()
    if not found:
        raise NoSuchGoods(field="code")
    if len(found) > 1:  # also where all but one are here: it may be one of those that is read a second time
        raise SeveralGoods(field="code", found=_named(found))
    task_id: int = found[0].id
    return task_id


def _named(rows: Sequence[Any]) -> str:
    """The first six; what is here already has a tick."""
    return ", ".join(
        f"{HERE if row.received_at else ''}{slip_number(row.village_id, row.code)} {row.name_zh}"
        for row in rows[:MOST_NAMED]
    )


def _is_meant(code: str, keys: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """Raises NoSuchGoods for what has none of these shapes."""
    if len(code) == CODE_LENGTH:
        return Task.code == code
    if code.isascii() and code.isdecimal() and NUMBER_LENGTH <= len(code) < CODE_LENGTH:
        village, number = code[:-NUMBER_LENGTH], code[-NUMBER_LENGTH:]
        of_number = Task.code.startswith(number)
        return sa.and_(of_number, Task.village_id == int(village)) if village else of_number
    try:
        lot_id = read_trace_code(code, keys).lot_id
    except NotFound:
        raise NoSuchGoods(field="code") from None
    of_lot = (
        sa.select(TaskItem.task_id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .where(Allocation.lot_id == lot_id)
    )
    return Task.id.in_(of_lot)
