"""A gift box is packed whole: what has come of it waits until the rest is there, or has left the order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.models import Task, TaskItem, TaskStatus
from shop.fulfilment.transitions import WITH_THE_PRODUCER
from shop.inventory.models import Allocation
from shop.ordering.models import OrderLine


def waits_for_its_box(session: Session, order_id: int) -> frozenset[int]:
    """Tasks that have come in while another part of their gift box has not. One statement."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(Task.id, Task.status, Task.received_at, TaskItem.waits, OrderLine.id.label("line_id"))
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(Task.order_id == order_id, OrderLine.is_bundle.is_(True))
    )
    here: dict[int, set[int]] = {}
    missing = set()
    for row in session.execute(statement):
        if row.status is TaskStatus.READY and row.received_at is not None:
            here.setdefault(row.id, set()).add(row.line_id)
        elif row.waits or row.status in (*WITH_THE_PRODUCER, TaskStatus.READY):
            missing.add(row.line_id)
    return held_by(here, missing)


def held_by(here: Mapping[int, AbstractSet[int]], missing: Iterable[int]) -> frozenset[int]:
    """Who of ``here`` (lines by task) waits: one that shares a line with what is missing, or with one that waits."""
    lines, held = set(missing), set[int]()
    while more := {task for task, own in here.items() if task not in held and own & lines}:
        held |= more
        lines = set().union(*(here[task] for task in more))
    return frozenset(held)
