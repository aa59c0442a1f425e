"""The household says no."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.fulfilment.accepting import record_hand
from shop.fulfilment.errors import NobodyElse, ReasonMissing
from shop.fulfilment.finding import lock_task
from shop.fulfilment.models import TaskStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.reassigning import find_others, give_away, give_away_whole
from shop.fulfilment.transitions import WITH_THE_PRODUCER
from shop.kit.text import tidy
from shop.ordering.reasons import Reason

LONGEST_REASON = 200


def decline(session: Session, task_id: int, reason: str, *, by: Reach, now: datetime) -> bool:
    """The household cannot: its units leave the lot with the reason and go to another household.

    What nobody else has waits for a person; False then. Declining again changes nothing.
    Raises ReasonMissing, NotFound for a task out of reach, IllegalStep when the goods are ready or the order is off.
    """
    said = tidy(reason)[:LONGEST_REASON]
    if not said:
        raise ReasonMissing(field="reason")
    task = lock_task(session, task_id, by.prepares())
    if task.status not in {TaskStatus.DECLINED, TaskStatus.REASSIGNED}:
        record_hand(session, task, "task_declined", by=by, now=now)
        give_away(session, [task], TaskStatus.DECLINED, reason=said, now=now)
    return task.needs_person_at is None


def reassign(session: Session, task_id: int, *, by: Reach, now: datetime) -> None:
    """A coordinator looks for another household: for a silent one's task, or for units that wait.

    Pressing again changes nothing. Raises NotFound, NobodyElse, or IllegalStep when the goods are ready.
    """
    task = lock_task(session, task_id, by.prepares())
    if task.status in {TaskStatus.DECLINED, TaskStatus.REASSIGNED}:
        find_others(session, task, now=now)
    elif task.status in WITH_THE_PRODUCER:
        record_hand(session, task, "task_reassigned", by=by, now=now, reason=Reason.OVERDUE)
        if not give_away_whole(session, task, TaskStatus.REASSIGNED, reason=Reason.OVERDUE, now=now):
            raise NobodyElse()
