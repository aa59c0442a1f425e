"""All recalls, running and past, with what is still open of each: units out and not refunded, parcels to destroy, boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer, Product, Variant, Village
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskItem
from shop.fulfilment.money_back import is_refunded_in_full
from shop.fulfilment.promised_refunds import promised_refunds
from shop.fulfilment.take_out_models import TakeOut
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.inventory.returns import sold_again
from shop.inventory.trace_models import LotRecall, RecalledOrder, RecallState
from shop.ordering.models import Order, OrderLine
from shop.payments.models import NOTHING_BACK, Refund, RefundLine
from shop.storage.paging import Page, read_page


@dataclass(frozen=True, slots=True)
class RecallRow:
    """`units_out` have left and are not refunded, of `orders_out` orders; `parcels` are to be sent back or destroyed,
    `boxes` to be opened.
    """

    lot_id: int
    code: str
    name_zh: str
    name_en: str
    producer_zh: str
    producer_en: str
    village_zh: str
    village_en: str
    state: RecallState
    reason_zh: str
    reason_en: str
    since: datetime
    orders: int
    units_out: int
    orders_out: int
    parcels: int
    boxes: int

    @property
    def is_open(self) -> bool:
        """Something is still to be done of it."""
        waits = self.state in {RecallState.PROPOSED, RecallState.ACTIVE}
        return waits or bool(self.units_out or self.parcels or self.boxes)


@dataclass(frozen=True, slots=True)
class OrderToRefund:
    """An order with recalled units that its buyer has, or never got, and whose price has not been asked back."""

    number: str
    lot_code: str
    since: datetime | None


def find_recalls(session: Session, *, state: RecallState | None = None, page: int = 1) -> Page[RecallRow]:
    """Those that run first, then the newest. Two statements."""
    runs_first = sa.case((LotRecall.state.in_((RecallState.PROPOSED, RecallState.ACTIVE)), 0), else_=1)
    since = sa.func.coalesce(LotRecall.recalled_at, LotRecall.proposed_at)
    statement = (
        sa.select(
            *(Lot.id, Lot.code, Product.name_zh, Product.name_en, Producer.name_zh, Producer.name_en),
            *(Village.name_zh, Village.name_en, LotRecall.state, LotRecall.reason_zh, LotRecall.reason_en),
            *(since, _orders(), _out(sa.func.sum(_units())), _out(sa.func.count(sa.distinct(Order.id)))),
            *(_parcels(), _boxes()),
        )
        .select_from(LotRecall)
        .join(Lot, Lot.id == LotRecall.lot_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .order_by(runs_first, LotRecall.id.desc())
    )
    if state is not None:
        statement = statement.where(LotRecall.state == state)
    return read_page(session, statement, number=page).map(lambda row: RecallRow(*row))


def orders_of_recalls_to_refund(session: Session, *, most: int = 200) -> Sequence[OrderToRefund]:
    """Of running recalls every order with units that are out, and of any what was called back; the oldest first.

    Two statements.
    """
    rows = session.execute(
        _of_open_orders(sa.select(Order.number, Lot.code, LotRecall.recalled_at).distinct())
        .join(LotRecall, LotRecall.id == RecalledOrder.recall_id)
        .join(Lot, Lot.id == LotRecall.lot_id)
        .order_by(LotRecall.recalled_at, Order.number)
        .limit(most)
    )
    found = {(row[0], row[1]): OrderToRefund(*row) for row in rows}
    for one in promised_refunds(session, most=most):
        found.setdefault((one.number, one.lot_code), OrderToRefund(one.number, one.lot_code, one.since))
    return list(found.values())


def _units() -> sa.ColumnElement[int]:
    return Allocation.units - sold_again()


def _of_open_orders(statement: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    """Of LotRecall, what is out while the recall runs: sent, not back in stock, and not refunded in any way."""
    asked = (
        sa.select(sa.func.coalesce(sa.func.sum(RefundLine.units), 0))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(RefundLine.order_line_id == OrderLine.id, Refund.status.not_in(NOTHING_BACK))
        .correlate(OrderLine)
        .scalar_subquery()
    )
    return (
        statement.select_from(RecalledOrder)
        .join(Order, Order.id == RecalledOrder.order_id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .where(
            RecalledOrder.recall_id == LotRecall.id,
            LotRecall.state == RecallState.ACTIVE,
            Allocation.lot_id == LotRecall.lot_id,
            RecalledOrder.refunded_at.is_(None),
            Allocation.status == AllocationStatus.SHIPPED,
            _units() > 0,
            ~is_refunded_in_full(),
            OrderLine.quantity > asked,
        )
    )


def _out(what: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """SQL, of LotRecall."""
    counted = _of_open_orders(sa.select(sa.cast(sa.func.coalesce(what, 0), sa.Integer)))
    return counted.correlate(LotRecall).scalar_subquery()


def _orders() -> sa.ColumnElement[int]:
    counted = sa.select(sa.func.count()).where(RecalledOrder.recall_id == LotRecall.id)
    return counted.correlate(LotRecall).scalar_subquery()


def _boxes() -> sa.ColumnElement[int]:
    counted = sa.select(sa.func.count(TakeOut.id)).where(
        TakeOut.recall_id == LotRecall.id, TakeOut.done_at.is_(None)
    )
    return counted.correlate(LotRecall).scalar_subquery()


def _parcels() -> sa.ColumnElement[int]:
    """Those at a pickup point, or on a truck to one, that nobody is given; of a lifted recall, whose money went back."""
    refunded = sa.exists().where(
        RecalledOrder.recall_id == LotRecall.id,
        RecalledOrder.order_id == Parcel.order_id,
        RecalledOrder.refunded_at.is_not(None),
    )
    kept = sa.or_(
        LotRecall.state == RecallState.ACTIVE, sa.and_(LotRecall.state == RecallState.LIFTED, refunded)
    )
    counted = (
        sa.select(sa.func.count(sa.distinct(Parcel.id)))
        .join(Task, Task.parcel_id == Parcel.id)
        .join(TaskItem, TaskItem.task_id == Task.id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .where(
            Allocation.lot_id == LotRecall.lot_id,
            Parcel.status == ParcelStatus.SHIPPED,
            Parcel.pickup_point_id.is_not(None),
            Parcel.taken_off_at.is_(None),
            kept,
        )
    )
    return counted.correlate(LotRecall).scalar_subquery()
