"""Goods come in at a packing place: the village's own, or the county hub."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from shop.fulfilment.accepting import record_hand
from shop.fulfilment.errors import TooLateToUndo
from shop.fulfilment.finding import lock_standing, lock_task
from shop.fulfilment.hub.models import HubStepKind
from shop.fulfilment.hub.steps import note_work, receiving_of, take_work_back
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.readiness import set_ready

UNDO_FOR = timedelta(minutes=10)


def receive(session: Session, task_ids: Collection[int], *, by: Reach, now: datetime) -> None:
    """The goods lie at the packing place. Goods that nobody called ready are ready with this.

    Receiving again changes nothing. Raises NotFound for a task that comes to another place, IllegalStep for
    one that was declined, reassigned or cancelled.
    """
    for task in lock_standing(session, task_ids, by.takes_in()):
        take_in(session, task, by=by, now=now)


def take_in(session: Session, task: Task, *, by: Reach, now: datetime) -> None:
    if task.received_at is not None:
        return
    was_ready = task.status is TaskStatus.READY
    if not was_ready:
        set_ready(task, now)
    task.received_at = now
    record_hand(session, task, "task_received", by=by, now=now, of_place=was_ready)
    note_work(session, receiving_of(task), by_id=by.user_id, now=now)


def undo_receive(session: Session, task_id: int, *, by: Reach, now: datetime) -> None:
    """Received by mistake: taken back within ten minutes, as long as the goods are not packed.

    Raises NotFound or TooLateToUndo.
    """
    task = lock_task(session, task_id, by.takes_in())
    if task.received_at is None:
        return
    if task.status is not TaskStatus.READY or now - task.received_at > UNDO_FOR:
        raise TooLateToUndo()
    task.received_at = None
    record_hand(session, task, "task_receive_undone", by=by, now=now, of_place=True)
    take_work_back(session, task.code, HubStepKind.RECEIVE, by_id=by.user_id, now=now)
