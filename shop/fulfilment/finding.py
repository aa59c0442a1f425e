"""Finding what is to be changed: the orders are locked first, by id, then everything is read anew.

One order's village life is changed by one transaction at a time; stock is locked after it, as everywhere.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.catalogue.models import Producer
from shop.fulfilment.errors import TasksEnded
from shop.fulfilment.models import Parcel, Task, TaskItem
from shop.fulfilment.reach import Reach
from shop.fulfilment.tasks import short_number
from shop.fulfilment.transitions import LIVE_TASKS
from shop.kit.errors import NotFound
from shop.ordering.models import Order
from shop.storage.locks import LockRank, lock_rows


def lock_orders(session: Session, order_ids: Collection[int]) -> dict[int, Order]:
    rows = lock_rows(session, LockRank.ORDER, sa.select(Order).where(Order.id.in_(order_ids)))
    return {order.id: order for order in rows}


def lock_tasks(session: Session, task_ids: Collection[int], within: sa.ColumnElement[bool]) -> list[Task]:
    """The tasks by deadline, with items and allocations, their orders locked.

    Raises NotFound when one is absent, or not `within` what the person may change.
    """
    wanted = set(task_ids)
    found = session.execute(sa.select(Task.id, Task.order_id).where(Task.id.in_(wanted), within)).all()
    if not wanted or len(found) != len(wanted):
        raise NotFound()
    lock_orders(session, {row.order_id for row in found})
    return list(session.scalars(_with_items().where(Task.id.in_(wanted)).order_by(Task.deadline_at, Task.id)))


def lock_standing(session: Session, task_ids: Collection[int], within: sa.ColumnElement[bool]) -> list[Task]:
    """As `lock_tasks`, for a button that takes several. Raises TasksEnded, with the name of whose they were."""
    tasks = lock_tasks(session, task_ids, within)
    ended = {task.id: task.code for task in tasks if task.status not in LIVE_TASKS}
    if ended and len(tasks) > 1:
        names = sa.select(Task.code, Producer.name_zh).join(Producer, Producer.id == Task.producer_id)
        rows = session.execute(names.where(Task.id.in_(ended)).order_by(Task.id))
        raise TasksEnded(tasks=", ".join(f"{short_number(code)} {name}" for code, name in rows))
    return tasks


def lock_task(session: Session, task_id: int, within: sa.ColumnElement[bool]) -> Task:
    return lock_tasks(session, [task_id], within)[0]


def tasks_of_order(session: Session, order_id: int) -> list[Task]:
    """All tasks of an order, with items and allocations; the caller has the order locked."""
    return list(session.scalars(_with_items().where(Task.order_id == order_id).order_by(Task.id)))


def lock_parcels(session: Session, codes: Collection[str], reach: Reach) -> list[Parcel]:
    """The parcels by id, with order, tasks, items and allocations, their orders locked.

    Raises NotFound when one is absent or out of reach.
    """
    wanted = set(codes)
    found = session.execute(
        sa.select(Parcel.id, Parcel.order_id).where(Parcel.code.in_(wanted), reach.parcels())
    ).all()
    if not wanted or len(found) != len(wanted):
        raise NotFound()
    lock_orders(session, {row.order_id for row in found})
    return parcels_by_id(session, [row.id for row in found])


def lock_parcel(session: Session, code: str, reach: Reach) -> Parcel:
    return lock_parcels(session, [code], reach)[0]


def parcels_by_id(session: Session, parcel_ids: Collection[int]) -> list[Parcel]:
    items = selectinload(Parcel.tasks).selectinload(Task.items).joinedload(TaskItem.allocation)
    statement = (
        sa.select(Parcel)
        .where(Parcel.id.in_(parcel_ids))
        .options(selectinload(Parcel.order), items)
        .order_by(Parcel.id)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(statement))


def _with_items() -> sa.Select[Task]:
    items = selectinload(Task.items).joinedload(TaskItem.allocation)
    return sa.select(Task).options(items).execution_options(populate_existing=True)
