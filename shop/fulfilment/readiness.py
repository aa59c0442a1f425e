"""The goods stand prepared, or that was pressed by mistake."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from shop.fulfilment.accepting import record_hand
from shop.fulfilment.errors import AlreadyReceived
from shop.fulfilment.finding import lock_standing, lock_task
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.transitions import TASK_STATES


def mark_ready(session: Session, task_ids: Collection[int], *, by: Reach, now: datetime) -> None:
    """The goods are prepared, whether the task was accepted before or not. Pressing again changes nothing.

    Raises NotFound for a task out of reach, IllegalStep for one that was declined, reassigned or cancelled.
    """
    for task in lock_standing(session, task_ids, by.prepares()):
        if task.status not in {TaskStatus.READY, TaskStatus.PACKED}:
            set_ready(task, now)
            record_hand(session, task, "task_ready", by=by, now=now)


def set_ready(task: Task, now: datetime) -> None:
    """One step for a household that never pressed accept."""
    task.status = TASK_STATES.step(task.status, TaskStatus.READY)
    task.accepted_at = task.accepted_at or now
    task.ready_at = now
    task.needs_person_at = None


def undo_ready(session: Session, task_id: int, *, by: Reach, now: datetime) -> None:
    """Take "ready" back, as long as nobody has received the goods.

    Raises NotFound for a task out of reach, AlreadyReceived, or IllegalStep.
    """
    task = lock_task(session, task_id, by.prepares())
    if task.status is TaskStatus.ACCEPTED:
        return
    if task.received_at is not None:
        raise AlreadyReceived()
    task.status = TASK_STATES.step(task.status, TaskStatus.ACCEPTED)
    task.ready_at = None
    record_hand(session, task, "task_ready_undone", by=by, now=now)
