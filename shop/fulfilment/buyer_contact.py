"""Whom a coordinator rings up about units that nobody has."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.models import Task, TaskItem
from shop.fulfilment.reach import Reach
from shop.ordering.models import Order


@dataclass(frozen=True, slots=True)
class BuyerContact:
    recipient: str
    phone: str


def buyer_to_ask(session: Session, task_id: int, by: Reach) -> BuyerContact | None:
    """Only while units of the task wait for an answer, and only for who may ask; else None. One statement."""
    waits = sa.exists().where(TaskItem.task_id == Task.id, TaskItem.waits.is_(True))
    row = session.execute(
        sa.select(Order.recipient, Order.phone)
        .join(Task, Task.order_id == Order.id)
        .where(Task.id == task_id, by.prepares(), waits)
    ).one_or_none()
    return None if row is None else BuyerContact(*row)
