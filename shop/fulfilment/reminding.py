"""A household is told once that its time runs out, and a village once that households are silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Village
from shop.fulfilment.events import TaskDueSoon
from shop.fulfilment.finding import lock_task
from shop.fulfilment.models import Task
from shop.fulfilment.reach import WORKER
from shop.fulfilment.text_readers import has_text_reader
from shop.fulfilment.transitions import WITH_THE_PRODUCER
from shop.kit.errors import NotFound
from shop.ordering.history import note
from shop.storage.event_log import record

KNOWN_FOR: Final = timedelta(hours=1)  # who has just been given a task need not be reminded of it


def due_for_reminder(session: Session, *, before_hours: int, now: datetime, limit: int = 500) -> list[int]:
    """Ids of tasks whose deadline is so near and that somebody hears of, the nearest first; none for 0 hours."""
    statement = (
        sa.select(Task.id)
        .where(
            Task.status.in_(WITH_THE_PRODUCER),
            Task.reminded_at.is_(None),
            Task.deadline_at > now,
            Task.deadline_at <= now + timedelta(hours=before_hours),
            Task.opened_at <= now - KNOWN_FOR,
            has_text_reader(),
        )
        .order_by(Task.deadline_at, Task.id)
        .limit(limit)
    )
    return list(session.scalars(statement)) if before_hours else []


def remind_household(session: Session, task_id: int, *, now: datetime) -> None:
    """Once for a deadline; of what was served or moved meanwhile, nothing. Run one transaction a task."""
    try:
        task = lock_task(session, task_id, WORKER.prepares())
    except NotFound:
        return
    if task.status not in WITH_THE_PRODUCER or task.reminded_at is not None or task.deadline_at <= now:
        return
    task.reminded_at = now
    note(session, task.order_id, "task_reminded", now, task=task.code, producer_id=task.producer_id)
    record(session, TaskDueSoon(task.id, now))


@dataclass(frozen=True, slots=True)
class Silence:
    """Of a village's households that said nothing: how many tasks, and the first deadline."""

    name_zh: str
    name_en: str
    tasks: int
    deadline_at: datetime


def silent_in(session: Session, village_id: int) -> Silence | None:
    """Of whom the coordinator is asked to call; None when everybody has answered meanwhile."""
    count, deadline_at = session.execute(
        sa.select(sa.func.count(Task.id), sa.func.min(Task.deadline_at)).where(
            Task.village_id == village_id,
            Task.escalated_at.is_not(None),
            Task.needs_person_at.is_(None),
            Task.status.in_(WITH_THE_PRODUCER),
        )
    ).one()
    names = sa.select(Village.name_zh, Village.name_en).where(Village.id == village_id)
    return Silence(*session.execute(names).one(), count, deadline_at) if count else None
