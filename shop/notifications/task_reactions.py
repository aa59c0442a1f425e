"""Who in the villages hears of tasks: households by text message, coordinators of households that are silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import VillageCoordinator
from shop.fulfilment.events import TaskDueSoon, TasksOpened, TaskTakenAway, TextAnswered, VillageSilent
from shop.fulfilment.gift_tasks import gifts_of_tasks
from shop.fulfilment.text_readers import text_readers
from shop.kit.clock import shanghai_date
from shop.notifications.enqueueing import call_back_message, enqueue_message
from shop.notifications.messages import Message
from shop.notifications.waking_hours import when_awake

GATHERED_AFTER: Final = timedelta(minutes=10)


def tell_tasks_opened(session: Session, event: TasksOpened) -> None:
    """A gift's many tasks are told once a day, all of them together, when they have had time to come."""
    gifts = gifts_of_tasks(session, event.task_ids)
    for task_id, user_ids in text_readers(session, event.task_ids).items():
        for user_id in user_ids:
            key = _gift_key(gifts.get(task_id), user_id, event.at)
            at = event.at + GATHERED_AFTER if key else event.at
            _enqueue(session, Message.TASK_OPENED, task_id, user_id, at, key=key)


def tell_task_due_soon(session: Session, event: TaskDueSoon) -> None:
    gift_id = gifts_of_tasks(session, [event.task_id]).get(event.task_id)
    for user_id in text_readers(session, [event.task_id])[event.task_id]:
        key = _gift_key(gift_id, user_id, event.at)
        _enqueue(session, Message.TASK_DUE_SOON, event.task_id, user_id, event.at, key=key)


def tell_task_taken_away(session: Session, event: TaskTakenAway) -> None:
    """Who has not been told of it yet is told nothing at all; of a recall everybody is, once for all of its tasks."""
    for user_id in text_readers(session, [event.task_id])[event.task_id]:
        key = _key(event.task_id, user_id)
        call_back_message(session, Message.TASK_DUE_SOON, dedupe_key=key)
        untold = call_back_message(session, Message.TASK_OPENED, dedupe_key=key)
        if event.recall_id is not None:
            of_recall = f"recall {event.recall_id} user {user_id}"
            _enqueue(session, Message.TASK_TAKEN_AWAY, event.task_id, user_id, event.at, key=of_recall)
        elif not untold:
            _enqueue(session, Message.TASK_TAKEN_AWAY, event.task_id, user_id, event.at)


def tell_text_answered(session: Session, event: TextAnswered) -> None:
    """At once, also at night: somebody sits before the telephone."""
    enqueue_message(
        session,
        Message.REPLY_ANSWERED,
        user_id=event.user_id,
        facts={"said": event.said},
        dedupe_key=str(event.reply_id),
        now=event.at,
    )


def tell_coordinators(session: Session, event: VillageSilent) -> None:
    people = sa.select(VillageCoordinator.user_id).where(VillageCoordinator.village_id == event.village_id)
    for user_id in session.scalars(people.order_by(VillageCoordinator.user_id)):
        enqueue_message(
            session,
            Message.TASKS_OVERDUE,
            user_id=user_id,
            facts={"village_id": event.village_id},
            dedupe_key=f"village {event.village_id} {user_id} {_hour(event.at)}",
            now=event.at,
        )


def _enqueue(
    session: Session, message: Message, task_id: int, user_id: int, now: datetime, *, key: str = ""
) -> None:
    enqueue_message(
        session,
        message,
        task_id=task_id,
        user_id=user_id,
        dedupe_key=key or _key(task_id, user_id),
        now=now,
        due_at=when_awake(now),
    )


def _key(task_id: int, user_id: int) -> str:
    return f"task {task_id} user {user_id}"


def _gift_key(gift_id: int | None, user_id: int, now: datetime) -> str:
    """Empty for a task that is of no gift."""
    return f"gift {gift_id} user {user_id} {shanghai_date(now)}" if gift_id is not None else ""


def _hour(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H")
