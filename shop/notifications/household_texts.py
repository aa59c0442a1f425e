"""What a text message to a household says, read from the database when it is about to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.fulfilment.farm_tasks import FarmTask, farm_task
from shop.fulfilment.gift_tasks import with_its_gift
from shop.fulfilment.goods import add_up, goods_of_tasks
from shop.fulfilment.household_words import due_words, goods_words
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.reach import WORKER
from shop.fulfilment.text_readers import reads_texts
from shop.kit.errors import NotFound
from shop.notifications.messages import Message

OF_TASKS = frozenset(
    {Message.TASK_OPENED, Message.TASK_DUE_SOON, Message.TASK_TAKEN_AWAY, Message.TASK_RECALL_LIFTED}
)


def task_text(
    session: Session, message: Message, payload: Mapping[str, Any], now: datetime
) -> tuple[str, dict[str, Any]] | None:
    """The number and the facts; None where it is true no more, or its reader wants no texts any more."""
    phone = session.scalar(sa.select(User.phone).where(User.id == payload["user_id"], reads_texts()))
    try:
        task = farm_task(session, payload["task_id"], WORKER)
    except NotFound:
        return None
    if phone is None or not _is_still_true(message, task, now):
        return None
    task, is_many = _with_its_gift(session, task) if task.to_do else (task, False)
    facts = {
        "number": task.number,
        "goods": goods_words(task.goods),
        "due": due_words(task.deadline_at, now),
        "place": task.place_zh,
        "earns_fen": task.earns_fen,
        "can_be_short": not is_many
        and task.can_be_short
        and len({one.variant_id for one in task.goods}) == 1,
        "is_recalled": task.is_recalled,
        "what": "、".join(dict.fromkeys(one.name_zh for one in task.goods)),
        "is_off": task.status is TaskStatus.CANCELLED,
    }
    return phone, facts


def _with_its_gift(session: Session, task: FarmTask) -> tuple[FarmTask, bool]:
    """A gift's many tasks are told together; what is missing of them the coordinator is told. Whether it is many."""
    ids = with_its_gift(session, task.id)
    if len(ids) == 1:
        return task, False
    goods = goods_of_tasks(session, ids)
    earns_fen = session.scalar(sa.select(sa.func.sum(Task.earns_fen)).where(Task.id.in_(ids)))
    together = tuple(add_up(item for one in ids for item in goods[one]))
    return replace(task, goods=together, earns_fen=int(earns_fen or 0)), True


def _is_still_true(message: Message, task: FarmTask, now: datetime) -> bool:
    if message is Message.TASK_RECALL_LIFTED:
        return task.was_recalled and not task.is_recalled
    if message is Message.TASK_TAKEN_AWAY:
        return task.is_recalled or task.status in {TaskStatus.REASSIGNED, TaskStatus.CANCELLED}
    return task.to_do and (message is Message.TASK_OPENED or task.deadline_at > now)
