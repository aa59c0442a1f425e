"""How a task that ended is called: what a recall took away was refused by nobody."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from shop.fulfilment.models import Task, TaskItem, TaskStatus
from shop.inventory.models import Allocation
from shop.inventory.trace_models import LotRecall, RecallState
from shop.ordering.reasons import Reason

RECALLED: Final = "recalled"
TOO_FEW: Final = (Reason.SHORT, Reason.COUNTED_SHORT)  # said, or found on the shelf


def look_of(status: TaskStatus, reason: str) -> str:
    """The status as people read it. Pure."""
    return RECALLED if status is TaskStatus.DECLINED and reason == Reason.RECALLED else status.value


def task_look() -> sa.ColumnElement[str]:
    """SQL for the same."""
    return sa.case((was_recalled(), RECALLED), else_=sa.cast(Task.status, sa.String))


def was_recalled() -> sa.ColumnElement[bool]:
    """SQL: its lot was called back, and it ended for that."""
    return sa.and_(Task.status == TaskStatus.DECLINED, Task.decline_reason == Reason.RECALLED)


def recall_stands() -> sa.ColumnElement[bool]:
    """SQL: a lot of the task's goods is called back at this moment."""
    return (
        sa.select(TaskItem.task_id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(LotRecall, LotRecall.lot_id == Allocation.lot_id)
        .where(TaskItem.task_id == Task.id, LotRecall.state == RecallState.ACTIVE)
        .correlate(Task)
        .exists()
    )


def refused() -> sa.ColumnElement[bool]:
    """SQL: its household said no; neither a recall nor too few units is that."""
    return sa.and_(
        Task.status == TaskStatus.DECLINED, Task.decline_reason.not_in((*TOO_FEW, Reason.RECALLED))
    )
