"""Parcels that were called back and not paid back yet: the shop owes that, whatever becomes of the recall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.models import Parcel, Task, TaskItem
from shop.fulfilment.money_back import is_refunded_in_full
from shop.fulfilment.recalled_parcels import is_promised_back
from shop.inventory.models import Allocation, Lot
from shop.inventory.trace_models import LotRecall, RecalledOrder
from shop.ordering.models import Order


@dataclass(frozen=True, slots=True)
class PromisedRefund:
    order_id: int
    number: str
    parcel_code: str
    recall_id: int
    lot_code: str
    since: datetime | None


def promised_refunds(
    session: Session, *, recall_id: int | None = None, most: int = 200
) -> Sequence[PromisedRefund]:
    """The oldest first; of one recall, or of all. One statement."""
    statement = (
        sa.select(Order.id, Order.number, Parcel.code, LotRecall.id, Lot.code, LotRecall.recalled_at)
        .select_from(Parcel)
        .join(Order, Order.id == Parcel.order_id)
        .join(Task, Task.parcel_id == Parcel.id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(LotRecall, LotRecall.lot_id == Lot.id)
        .join(
            RecalledOrder,
            sa.and_(RecalledOrder.recall_id == LotRecall.id, RecalledOrder.order_id == Order.id),
        )
        .where(is_promised_back(), ~is_refunded_in_full())
        .distinct()
        .order_by(LotRecall.recalled_at, Order.id)
        .limit(most)
    )
    if recall_id is not None:
        statement = statement.where(LotRecall.id == recall_id)
    return [PromisedRefund(*row) for row in session.execute(statement)]


def owes_refund() -> sa.ColumnElement[bool]:
    """SQL, of Order: a parcel of it was called back, and its money has not been asked back."""
    return sa.and_(sa.exists().where(Parcel.order_id == Order.id, is_promised_back()), ~is_refunded_in_full())
