"""A pre-ordered harvest has come: its tasks open, and where it is short, the orders that were placed last wait or end.

The rule for a short harvest, which every buyer agrees to beforehand: the orders are served in the order in which they
were placed. What is missing leaves the newest ones, and goes the way of every shortage: to another household that has
it, else to a person who offers the money back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.finding import lock_orders, tasks_of_order
from shop.fulfilment.harvest_too_early import bring_in_time
from shop.fulfilment.models import Task, TaskItem
from shop.fulfilment.shortage import give_parts
from shop.fulfilment.tasks import open_tasks
from shop.fulfilment.transitions import WITH_THE_PRODUCER
from shop.inventory.count_models import StockCount
from shop.inventory.errors import StockMoved
from shop.inventory.harvests import Harvest, harvest_lot, missing_units
from shop.inventory.lot_writing import Author
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.ordering.history import note
from shop.ordering.models import Order, OrderLine
from shop.ordering.reasons import Reason


def harvest(
    session: Session,
    lot_id: int,
    harvest: Harvest,
    *,
    author: Author,
    now: datetime,
    seen_late: str = "",
) -> bool:
    """Say what a forecast really brought, and open the tasks of what was pre-ordered; False when it was said before.

    Orders whose truck comes after the best-before go with an earlier one; `seen_late` is the mark of those for which there
    is none, and whose buyers are asked. Locks the orders, then the lot, then runs.
    Raises NotFound, InvalidInput, SpoilsBefore, and StockMoved when an order was paid meanwhile.
    """
    order_ids = _orders_with(session, lot_id)
    orders = lock_orders(session, order_ids)
    if not harvest_lot(session, lot_id, harvest, author=author, now=now):
        return False
    if set(_orders_with(session, lot_id)) - set(order_ids):
        raise StockMoved()
    for order_id in order_ids:
        open_tasks(session, order_id, now=now)
        note(session, order_id, "harvested", now, author.user_id, lot_id=lot_id)
    best_before = session.get_one(Lot, lot_id).best_before
    bring_in_time(session, lot_id, orders, best_before, seen=seen_late, actor_id=author.user_id, now=now)
    return True


def short_lots(session: Session) -> Sequence[int]:
    """Ids of lots of which more units are promised to paid orders than came, or than a count found."""
    short = sa.select(Lot.id).where(
        Lot.short_harvest.is_not(None), Lot.committed + Lot.shipped > Lot.short_harvest
    )
    return session.scalars(short.order_by(Lot.id)).all()


def cut_newest(session: Session, lot_id: int, *, now: datetime) -> bool:
    """Take what is missing of a lot out of the newest order that nobody has prepared yet.

    One transaction an order, since units go on to other lots. False when nothing is missing, or all of it is prepared.
    """
    order_id = _newest(session, lot_id)
    if order_id is None:
        return False
    lock_orders(session, [order_id])
    missing = missing_units(session.get_one(Lot, lot_id, populate_existing=True))
    tasks = [task for task in tasks_of_order(session, order_id) if task.status in WITH_THE_PRODUCER]
    for task in tasks:
        to_go = _to_go(task, lot_id, missing)
        if to_go:
            counted = _was_counted_short(session, lot_id)
            event = "count_short" if counted else "harvest_short"
            note(session, order_id, event, now, units=sum(to_go.values()), lot_id=lot_id)
            reason = Reason.COUNTED_SHORT if counted else Reason.SHORT
            give_parts(session, {task: to_go}, reason=reason, now=now)
            return True
    return False


def _to_go(task: Task, lot_id: int, missing: int) -> dict[Allocation, int]:
    """How many units of which allocation leave the task."""
    found: dict[Allocation, int] = {}
    for item in task.items:
        units = min(item.allocation.units, missing) if item.allocation.lot_id == lot_id else 0
        if units:
            found[item.allocation] = units
            missing -= units
    return found


def _was_counted_short(session: Session, lot_id: int) -> bool:
    found = sa.select(StockCount.id).where(StockCount.lot_id == lot_id, StockCount.shorter > 0)
    return session.scalar(found.limit(1)) is not None


def _orders_with(session: Session, lot_id: int) -> Sequence[int]:
    """Paid orders that are promised something of the lot, by id."""
    statement = (
        sa.select(OrderLine.order_id)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .where(Allocation.lot_id == lot_id, Allocation.status == AllocationStatus.COMMITTED)
        .distinct()
    )
    return session.scalars(statement.order_by(OrderLine.order_id)).all()


def _newest(session: Session, lot_id: int) -> int | None:
    """The order that was placed last of those whose units of a short lot are with the producer still."""
    statement = (
        sa.select(Order.id)
        .join(Task, Task.order_id == Order.id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .where(
            Lot.id == lot_id,
            Lot.committed + Lot.shipped > Lot.short_harvest,
            Allocation.status == AllocationStatus.COMMITTED,
            Task.status.in_(WITH_THE_PRODUCER),
        )
        .order_by(Order.placed_at.desc(), Order.id.desc())
    )
    return session.scalar(statement.limit(1))
