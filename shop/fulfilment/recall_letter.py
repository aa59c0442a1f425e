"""What the buyer of a recalled lot is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, Variant
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskItem
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.inventory.returns import sold_again
from shop.inventory.trace_models import LotRecall, RecalledOrder, RecallState
from shop.ordering.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class RecallOfBuyer:
    """`numbers` are the buyer's orders that had goods of the lot, each named with what is true of it.

    Of those in `sent` the buyer has some, or a courier brings them; of those in `kept` some are at a pickup point or on
    the truck, and are not handed out; of those in `stopped` some did not leave; of those in `back` some came back, as
    nobody collected them or the buyer gave them back. `paid_back`: of `kept`, where the money was asked back, or the
    parcel is gone.
    """

    lot_code: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    best_before: date
    reason_zh: str
    reason_en: str
    advice_zh: str
    advice_en: str
    numbers: tuple[str, ...]
    sent: tuple[str, ...]
    kept: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    paid_back: tuple[str, ...] = ()


def recall_of_buyer(
    session: Session, recall_id: int, order: Order, state: RecallState = RecallState.ACTIVE
) -> RecallOfBuyer | None:
    """None when it is in another state by now, such as lifted. Two statements."""
    row = session.execute(
        sa.select(
            *(Lot.code, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
            *(Lot.best_before, LotRecall.reason_zh, LotRecall.reason_en),
            *(LotRecall.advice_zh, LotRecall.advice_en, LotRecall.lot_id),
        )
        .join(Lot, Lot.id == LotRecall.lot_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(LotRecall.id == recall_id, LotRecall.state == state)
    ).one_or_none()
    if row is None:
        return None
    orders = _orders_of_buyer(session, recall_id, order, row.lot_id)
    facts: tuple[Any, ...] = (
        *row[:10],
        tuple(one.number for one in orders),
        *(tuple(one.number for one in orders if one[place]) for place in range(1, 6)),
    )
    return RecallOfBuyer(*facts)


def _orders_of_buyer(session: Session, recall_id: int, order: Order, lot_id: int) -> Sequence[Any]:
    same_buyer = (
        Order.user_id == order.user_id
        if order.user_id is not None
        else sa.and_(Order.user_id.is_(None), Order.phone == order.phone)
    )
    at_point = sa.and_(
        Parcel.pickup_point_id.is_not(None),
        Parcel.status.in_((ParcelStatus.SHIPPED, ParcelStatus.CALLED_BACK)),
    )
    shipped = Allocation.status == AllocationStatus.SHIPPED
    has_left = sa.and_(shipped, sa.or_(Parcel.id.is_(None), Parcel.taken_off_at.is_(None)), ~_all_back())
    is_gone = sa.or_(
        RecalledOrder.refunded_at.is_not(None), _units(lot_id, Parcel.status == ParcelStatus.CALLED_BACK)
    )
    rows = session.execute(
        sa.select(
            Order.number,
            _units(lot_id, has_left, sa.or_(Parcel.id.is_(None), ~at_point)).label("sent"),
            _units(lot_id, has_left, at_point).label("kept"),
            _units(lot_id, ~shipped).label("stopped"),
            _units(lot_id, shipped, sa.or_(Parcel.taken_off_at.is_not(None), _all_back())).label("back"),
            is_gone.label("paid_back"),
        )
        .join(RecalledOrder, RecalledOrder.order_id == Order.id)
        .where(RecalledOrder.recall_id == recall_id, same_buyer)
        .order_by(Order.id)
    )
    return rows.all()


def _all_back() -> sa.ColumnElement[bool]:
    """SQL: the buyer gave all units of the allocation back, and they are the lot's again."""
    return sold_again() >= Allocation.units


def _units(lot_id: int, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """SQL: the order has, or had, units of the lot of which this is true."""
    return (
        sa.select(Allocation.id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .outerjoin(TaskItem, TaskItem.allocation_id == Allocation.id)
        .outerjoin(Task, Task.id == TaskItem.task_id)
        .outerjoin(Parcel, Parcel.id == Task.parcel_id)
        .where(OrderLine.order_id == Order.id, Allocation.lot_id == lot_id, *conditions)
        .correlate(Order)
        .exists()
    )
