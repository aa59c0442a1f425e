"""Every committed unit is somebody's task, nobody works for nothing, and what left was packed."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import rule
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskItem, TaskStatus
from shop.fulfilment.transitions import LIVE_TASKS
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.ordering.models import Order, OrderLine, OrderStatus

AT_WORK = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)

_tasks = sa.func.count(Task.id)
_allocations = sa.func.count(Allocation.id)
_in_parcel = sa.and_(Parcel.id == Task.parcel_id, Parcel.status != ParcelStatus.PACKED)
_has_left = Parcel.id.is_not(None)

RULES = (
    rule(
        "task: every committed allocation has one task",
        sa.select(Allocation.id, Allocation.status, _tasks.label("tasks"))
        .join(Lot, Lot.id == Allocation.lot_id)
        .outerjoin(TaskItem, TaskItem.allocation_id == Allocation.id)
        .outerjoin(Task, sa.and_(Task.id == TaskItem.task_id, Task.status.in_(LIVE_TASKS)))
        .where(Allocation.status.in_(AT_WORK), Lot.expected_on.is_(None))
        .group_by(Allocation.id, Allocation.status)
        .having(_tasks != 1),
        "allocation {id}",
        "{status}, in {tasks} live tasks",
    ),
    rule(
        "task: nobody prepares what is not harvested",
        sa.select(Task.code, Task.status, Lot.code.label("lot"))
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .where(Task.status.in_(LIVE_TASKS), Lot.expected_on.is_not(None)),
        "task {code}",
        "{status}, lot {lot} is not harvested yet",
    ),
    rule(
        "task: none without units",
        sa.select(Task.code, Task.status)
        .outerjoin(TaskItem, TaskItem.task_id == Task.id)
        .outerjoin(
            Allocation, sa.and_(Allocation.id == TaskItem.allocation_id, Allocation.status.in_(AT_WORK))
        )
        .where(Task.status.in_(LIVE_TASKS))
        .group_by(Task.id, Task.code, Task.status)
        .having(_allocations == 0),
        "task {code}",
        "{status}, without committed units",
    ),
    rule(
        "task: none of an unconfirmed order",
        sa.select(Task.code, Task.status, Order.number, Order.status.label("order_status"))
        .join(Order, Order.id == Task.order_id)
        .where(
            Task.status.in_(LIVE_TASKS),
            Order.status.in_([OrderStatus.AWAITING_PAYMENT, OrderStatus.CANCELLED]),
        ),
        "task {code}",
        "{status}, order {number} is {order_status}",
    ),
    rule(
        "task: its units are of its order",
        sa.select(Task.code, Allocation.id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(OrderLine.order_id != Task.order_id),
        "task {code}",
        "allocation {id} is of another order",
    ),
    rule(
        "task: packed means in a parcel of its order",
        sa.select(Task.code, Task.status, Parcel.code.label("parcel"))
        .outerjoin(Parcel, Parcel.id == Task.parcel_id)
        .where(
            sa.or_(
                sa.and_(Task.status == TaskStatus.PACKED, Parcel.id.is_(None)),
                sa.and_(Task.status != TaskStatus.PACKED, Parcel.id.is_not(None)),
                Parcel.order_id != Task.order_id,
            )
        ),
        "task {code}",
        "{status}, parcel {parcel}",
    ),
    rule(
        "task: units that wait were withdrawn",
        sa.select(Task.code, Task.status, Allocation.status.label("units"))
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .where(TaskItem.waits.is_(True), Allocation.status != AllocationStatus.WITHDRAWN),
        "task {code}",
        "{status}, units that wait are {units}",
    ),
    rule(
        "parcel: its units are shipped when it has left",
        sa.select(Allocation.id, Allocation.status, Parcel.code)
        .join(TaskItem, TaskItem.allocation_id == Allocation.id)
        .join(Task, Task.id == TaskItem.task_id)
        .outerjoin(Parcel, _in_parcel)
        .where(Allocation.status.in_(AT_WORK), (Allocation.status == AllocationStatus.SHIPPED) != _has_left),
        "allocation {id}",
        "{status}, parcel {code}",
    ),
    rule(
        "parcel: it is not empty",
        sa.select(Parcel.code, Parcel.status).where(~sa.exists().where(Task.parcel_id == Parcel.id)),
        "parcel {code}",
        "{status}, with nothing in it",
    ),
)
