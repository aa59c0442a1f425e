"""Goods of a cancelled order still lie at the packing place: they go back to the household.

As long as they lie there the cancelled task keeps its `received_at`; giving them back takes it away.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.accepting import record_hand
from shop.fulfilment.finding import lock_task
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.reach import Reach
from shop.kit.transitions import IllegalStep


def to_give_back() -> sa.ColumnElement[bool]:
    """Cancelled tasks whose goods still lie at the packing place."""
    return sa.and_(Task.status == TaskStatus.CANCELLED, Task.received_at.is_not(None))


def give_back(session: Session, task_id: int, *, by: Reach, now: datetime) -> None:
    """The household has its goods again. Pressing again changes nothing.

    Raises NotFound for a task that comes to another place, IllegalStep when it is not cancelled.
    """
    task = lock_task(session, task_id, by.takes_in())
    if task.status is not TaskStatus.CANCELLED:
        raise IllegalStep()
    if task.received_at is not None:
        task.received_at = None
        record_hand(session, task, "task_given_back", by=by, now=now)
