"""A "ready" that was pressed without a network before its task was given to another household stands (PRODUCT.md,
"The flow of one order", 5).

The phone says when it was pressed; that is believed only if the task was the household's then. While nobody of the
others has answered, the task comes back and they are let go. Once somebody has, the order stays there, and the goods
that stand ready are for sale again, before those of anybody else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.fulfilment.accepting import record_hand
from shop.fulfilment.events import UnitsReassigned
from shop.fulfilment.finding import lock_task
from shop.fulfilment.models import Task, TaskItem, TaskStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.readiness import mark_ready
from shop.fulfilment.tasks import code_as_before, short_number
from shop.fulfilment.transitions import TASK_COMES_BACK, TASK_STATES
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.inventory.recalling import leave_over, stand_ins, take_back
from shop.ordering.history import note
from shop.ordering.keeping import keeps_until
from shop.ordering.models import Order, OrderStatus
from shop.ordering.reasons import Reason
from shop.storage.event_log import record

GOING = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)


class Came(StrEnum):
    READY = "ready"  # the task was the household's all the time
    BACK = "back"  # it is the household's again
    LEFT_OVER = "left_over"  # others serve the order, and the goods go to the next one


@dataclass(frozen=True, slots=True)
class Readiness:
    """What became of a press; `new_number` goes on the goods where others have taken the old one."""

    came: Came
    new_number: str = ""


def ready_as_pressed(
    session: Session, task_id: int, *, made_at: datetime | None, by: Reach, now: datetime
) -> Readiness:
    """The goods stand ready since `made_at`; None: since this moment. Saying it again changes nothing.

    Raises NotFound for a task out of reach, IllegalStep when it was declined, cancelled, or given away before.
    """
    task = lock_task(session, task_id, by.prepares())
    if made_at is None or not _was_given_away_after(task, made_at):
        mark_ready(session, [task_id], by=by, now=now)
        return Readiness(Came.READY)
    mine = [item.allocation for item in task.items]
    instead = _standing(session, mine)
    if (others := _can_let_go(session, task, mine, instead, now)) is not None:
        return _come_back(session, task, others, mine, instead, made_at=made_at, by=by, now=now)
    return _leave_over(session, task, mine, made_at=made_at, by=by, now=now)


def _was_given_away_after(task: Task, made_at: datetime) -> bool:
    """For silence: and the household was not silent, it had no network."""
    if (
        task.status is not TaskStatus.REASSIGNED
        or task.decline_reason != Reason.OVERDUE
        or task.ended_at is None
    ):
        return False
    return task.opened_at <= made_at < task.ended_at


def _standing(session: Session, mine: Sequence[Allocation]) -> dict[int, tuple[Allocation, Task]]:
    """What stands for these units now, with its task: on its way, or waiting for somebody who has it."""
    ids = [one.id for one in stand_ins(session, [one.id for one in mine])]
    rows = session.execute(
        sa.select(Allocation, Task)
        .join(TaskItem, TaskItem.allocation_id == Allocation.id)
        .join(Task, Task.id == TaskItem.task_id)
        .where(Allocation.id.in_(ids), sa.or_(Allocation.status.in_(GOING), TaskItem.waits.is_(True)))
        .order_by(Allocation.id)
        .options(selectinload(Task.items))
        .execution_options(populate_existing=True)
    )
    return {allocation.id: (allocation, of_task) for allocation, of_task in rows}


def _can_let_go(
    session: Session,
    task: Task,
    mine: Sequence[Allocation],
    instead: dict[int, tuple[Allocation, Task]],
    now: datetime,
) -> list[Task] | None:
    """The others' tasks, if the order still wants all of the units and none of them was answered; else None."""
    order = session.get_one(Order, task.order_id)
    wanted = sum(allocation.units for allocation, _ in instead.values())
    if order.status is OrderStatus.CANCELLED or wanted != sum(one.units for one in mine):
        return None
    others = {of_task.id: of_task for _, of_task in instead.values()}
    answered = [
        one for allocation, one in instead.values()
        if allocation.status in GOING and one.status is not TaskStatus.OPEN
    ]  # fmt: skip
    too_old = sa.exists().where(
        Lot.id.in_({one.lot_id for one in mine}), Lot.best_before < keeps_until(session, order, now=now)
    )
    if answered or any(one.status is not AllocationStatus.WITHDRAWN for one in mine):
        return None
    return None if session.scalar(sa.select(too_old)) else list(others.values())


def _come_back(
    session: Session,
    task: Task,
    others: Collection[Task],
    mine: Sequence[Allocation],
    instead: dict[int, tuple[Allocation, Task]],
    *,
    made_at: datetime,
    by: Reach,
    now: datetime,
) -> Readiness:
    for other in others:
        _let_go(session, other, instead, now)
    units = [allocation for allocation, _ in instead.values()]
    new = take_back(session, mine, units, reason=Reason.READY_BEFORE, now=now)
    for item in task.items:
        session.delete(item)
    session.flush()
    session.add_all(TaskItem(task_id=task.id, allocation_id=one) for one in new)
    before, task.code = task.code, code_as_before(session, task)
    task.status = TASK_COMES_BACK.step(task.status, TaskStatus.READY)
    task.accepted_at, task.ready_at = task.accepted_at or made_at, made_at
    task.ended_at, task.decline_reason, task.needs_person_at = None, "", None
    record_hand(session, task, "task_came_back", by=by, now=now, made_at=_said(made_at))
    session.flush()
    session.expire(task, ["items"])
    record(session, UnitsReassigned(task.order_id, tuple(new)))
    return Readiness(Came.BACK, short_number(task.code) if task.code != before else "")


def _let_go(
    session: Session, other: Task, instead: dict[int, tuple[Allocation, Task]], now: datetime
) -> None:
    """Nobody there has answered: its units are the first household's again, or wait for nobody any more."""
    for item in other.items:
        item.waits = item.waits and item.allocation_id not in instead
    if other.status is TaskStatus.OPEN:
        other.status = TASK_STATES.step(other.status, TaskStatus.CANCELLED)
        other.ended_at, other.decline_reason = now, Reason.READY_BEFORE
        note(
            session,
            other.order_id,
            "task_called_back",
            now,
            task=other.code,
            producer_id=other.producer_id,
            reason=Reason.READY_BEFORE,
        )
    other.needs_person_at = None


def _leave_over(
    session: Session, task: Task, mine: Sequence[Allocation], *, made_at: datetime, by: Reach, now: datetime
) -> Readiness:
    still_away = [one for one in mine if one.status is AllocationStatus.WITHDRAWN]
    units = leave_over(session, still_away, reason=Reason.READY_BEFORE, actor_id=by.user_id, now=now)
    if units:
        record_hand(session, task, "goods_left_over", by=by, now=now, units=units, made_at=_said(made_at))
    elif not any(one.status is AllocationStatus.RELEASED for one in mine):  # nor was it said before
        TASK_STATES.step(task.status, TaskStatus.READY)
    return Readiness(Came.LEFT_OVER)


def _said(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
