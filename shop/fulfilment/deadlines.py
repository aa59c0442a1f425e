"""A deadline went by: first the coordinator calls, then another household is asked."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.events import VillageSilent
from shop.fulfilment.finding import lock_task
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.reach import WORKER
from shop.fulfilment.reassigning import call_person, give_away_whole
from shop.fulfilment.transitions import WITH_THE_PRODUCER
from shop.kit.errors import NotFound
from shop.ordering.history import note
from shop.ordering.reasons import Reason
from shop.storage.event_log import record


def overdue_tasks(session: Session, *, coordinator_hours: int, now: datetime, limit: int = 200) -> list[int]:
    """Ids of tasks whose next step of escalation is due, the oldest first."""
    silent_since = now - timedelta(hours=coordinator_hours)
    due = sa.or_(
        Task.escalated_at.is_(None),
        sa.and_(Task.escalated_at <= silent_since, Task.needs_person_at.is_(None)),
    )
    statement = sa.select(Task.id).where(Task.status.in_(WITH_THE_PRODUCER), Task.deadline_at <= now, due)
    return list(session.scalars(statement.order_by(Task.deadline_at, Task.id).limit(limit)))


def escalate_overdue(session: Session, task_id: int, *, coordinator_hours: int, now: datetime) -> None:
    """One step for one task: tell the coordinator; so many hours later, ask another household.

    Where no other household has all of it, the task stays where it is and a person is called.
    A task that was served or moved meanwhile is left alone. Run one transaction a task.
    """
    try:
        task = lock_task(session, task_id, WORKER.prepares())
    except NotFound:
        return
    if task.status not in WITH_THE_PRODUCER or task.deadline_at > now:
        return
    if task.escalated_at is None:
        task.escalated_at = now
        note(session, task.order_id, "task_overdue", now, task=task.code, producer_id=task.producer_id)
        record(session, VillageSilent(task.village_id, now))
    elif task.escalated_at <= now - timedelta(hours=coordinator_hours):
        _ask_another(session, task, now)


def _ask_another(session: Session, task: Task, now: datetime) -> None:
    if give_away_whole(session, task, TaskStatus.REASSIGNED, reason=Reason.OVERDUE, now=now):
        note(session, task.order_id, "task_reassigned", now, task=task.code, producer_id=task.producer_id)
    else:
        call_person(session, task, now)
