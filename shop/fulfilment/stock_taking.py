"""Counting a lot where its goods stand, and which orders a count leaves without their goods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.models import Task, TaskItem, TaskStatus
from shop.fulfilment.transitions import LIVE_TASKS, WITH_THE_PRODUCER
from shop.inventory.count_models import StockCount
from shop.inventory.errors import CountSaved
from shop.inventory.lot_writing import Author
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.inventory.stock_counts import Counting, apply_count, count_sent_before, missing_of, says_the_same
from shop.kit.errors import NotFound
from shop.ordering.models import Order, OrderLine
from shop.storage.locks import LockRank, lock_row


@dataclass(frozen=True, slots=True)
class OrderHit:
    """An order that loses so many of its `units`."""

    number: str
    placed_at: datetime
    units: int
    loses: int


@dataclass(frozen=True, slots=True)
class Hits:
    """Who goes without: `orders` lose `units` between them; the rest stands in orders that are ready or not paid."""

    short: int
    orders: Sequence[OrderHit]

    @property
    def rest(self) -> int:
        return self.short - sum(one.loses for one in self.orders)


def count_lot(session: Session, lot_id: int, said: Counting, *, author: Author, now: datetime) -> StockCount:
    """Write down what is on a lot's shelf; the same form sent twice counts once.

    The lot is locked first, so that what should be there is judged as it is at that moment. Raises NotFound, CountSaved
    where the form said something else the first time, and as `apply_count`.
    """
    lot = lock_row(session, LockRank.LOT, sa.select(Lot).where(Lot.id == lot_id))
    if lot is None:
        raise NotFound()
    known = count_sent_before(session, said.token)
    if known is not None:
        if not says_the_same(known, lot_id, said):
            raise CountSaved(counted=known.counted)
        return known
    handed = session.scalar(sa.select(handed_in()).where(Lot.id == lot_id)) or 0
    return apply_count(session, lot, said, handed_in=int(handed), author=author, now=now)


def hits_of_count(session: Session, count: StockCount) -> Hits:
    """What leaves orders after this count, and what stays in those that are ready or not paid."""
    if count.shorter <= 0:
        return Hits(0, ())
    lot = session.get_one(Lot, count.lot_id)
    return orders_hit(session, lot.id, missing_of(lot))


def handed_in() -> sa.ColumnElement[int]:
    """SQL, of a lot: promised units that came to the packing place, and so are no more on the shelf."""
    units = (
        sa.select(sa.func.coalesce(sa.func.sum(Allocation.units), 0))
        .join(TaskItem, TaskItem.allocation_id == Allocation.id)
        .join(Task, Task.id == TaskItem.task_id)
        .where(
            Allocation.lot_id == Lot.id,
            Allocation.status == AllocationStatus.COMMITTED,
            Task.status.in_(LIVE_TASKS),
            sa.or_(Task.received_at.is_not(None), Task.status == TaskStatus.PACKED),
        )
    )
    return sa.cast(units.correlate(Lot).scalar_subquery(), sa.BigInteger)


def orders_hit(session: Session, lot_id: int, short: int) -> Hits:
    """Which paid orders lose units when so many promised ones are missing: those that were placed last.

    What orders hold that are not paid yet is missed first. Two statements.
    """
    held = session.scalar(sa.select(Lot.held).where(Lot.id == lot_id)) or 0
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(Order.number, Order.placed_at, sa.cast(sa.func.sum(Allocation.units), sa.BigInteger))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .join(TaskItem, TaskItem.allocation_id == Allocation.id)
        .join(Task, Task.id == TaskItem.task_id)
        .where(
            Allocation.lot_id == lot_id,
            Allocation.status == AllocationStatus.COMMITTED,
            Task.status.in_(WITH_THE_PRODUCER),
        )
        .group_by(Order.id, Order.number, Order.placed_at)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(max(short - held, 1))  # each loses one unit at least
    )
    found, left = [], max(short - held, 0)
    for number, placed_at, units in session.execute(statement):
        if loses := min(int(units), left):
            found.append(OrderHit(number, placed_at, int(units), loses))
            left -= loses
    return Hits(short, found)
