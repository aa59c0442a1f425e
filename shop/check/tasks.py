"""Every committed unit is somebody's task, and nobody works for nothing."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.check.rule import Rule
from shop.fulfilment.models import Parcel, Task, TaskItem, TaskStatus
from shop.inventory.models import Allocation, AllocationStatus
from shop.ordering.models import Order, OrderStatus

LIVE = (TaskStatus.OPEN, TaskStatus.ACCEPTED, TaskStatus.READY, TaskStatus.PACKED)
AT_WORK = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)


def _committed_units_have_one_task(session: Session) -> Iterator[tuple[str, str]]:
    tasks = sa.func.count(Task.id)
    wrong = (
        sa.select(Allocation.id, Allocation.status, tasks)
        .outerjoin(TaskItem, TaskItem.allocation_id == Allocation.id)
        .outerjoin(Task, sa.and_(Task.id == TaskItem.task_id, Task.status.in_(LIVE)))
        .where(Allocation.status.in_(AT_WORK))
        .group_by(Allocation.id, Allocation.status)
        .having(tasks != 1)
    )
    for allocation_id, status, count in session.execute(wrong):
        yield f"allocation {allocation_id}", f"{status}, in {count} live tasks"


def _no_task_without_units(session: Session) -> Iterator[tuple[str, str]]:
    units = sa.func.count(Allocation.id)
    wrong = (
        sa.select(Task.code, Task.status)
        .outerjoin(TaskItem, TaskItem.task_id == Task.id)
        .outerjoin(
            Allocation,
            sa.and_(Allocation.id == TaskItem.allocation_id, Allocation.status.in_(AT_WORK)),
        )
        .where(Task.status.in_(LIVE))
        .group_by(Task.id, Task.code, Task.status)
        .having(units == 0)
    )
    for code, status in session.execute(wrong):
        yield f"task {code}", f"{status}, without committed units"


def _no_task_of_an_unconfirmed_order(session: Session) -> Iterator[tuple[str, str]]:
    dead = (OrderStatus.AWAITING_PAYMENT, OrderStatus.CANCELLED)
    wrong = (
        sa.select(Task.code, Task.status, Order.number, Order.status)
        .join(Order, Order.id == Task.order_id)
        .where(Task.status.in_(LIVE), Order.status.in_(dead))
    )
    for code, status, number, order_status in session.execute(wrong):
        yield f"task {code}", f"{status}, order {number} is {order_status}"


def _packed_tasks_are_in_a_parcel(session: Session) -> Iterator[tuple[str, str]]:
    wrong = (
        sa.select(Task.code, Parcel.order_id)
        .outerjoin(Parcel, Parcel.id == Task.parcel_id)
        .where(
            Task.status == TaskStatus.PACKED,
            sa.or_(Parcel.id.is_(None), Parcel.order_id != Task.order_id),
        )
    )
    for code, order_id in session.execute(wrong):
        yield f"task {code}", "packed without a parcel" if order_id is None else "in another order's parcel"


RULES = (
    Rule("task: every committed allocation has one task", _committed_units_have_one_task),
    Rule("task: none without units", _no_task_without_units),
    Rule("task: none of an unconfirmed order", _no_task_of_an_unconfirmed_order),
    Rule("task: packed means in a parcel of its order", _packed_tasks_are_in_a_parcel),
)
