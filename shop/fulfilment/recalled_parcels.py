"""Parcels that have left with goods of a recalled lot: nobody is given one, and the shop says what becomes of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, Variant
from shop.fulfilment.finding import lock_parcels
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskItem
from shop.fulfilment.money_back import goes_back_in_full
from shop.fulfilment.point_errors import NotToCallBack
from shop.fulfilment.reach import Reach
from shop.fulfilment.transitions import PARCEL_STATES
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.inventory.trace_models import LotRecall, RecalledOrder, RecallState
from shop.kit.errors import NotFound
from shop.ordering.history import note
from shop.ordering.models import OrderLine


@dataclass(frozen=True, slots=True)
class RecalledGoods:
    """Goods of one recalled lot that have left for a buyer, and what the buyer is told of them."""

    lot_code: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    reason_zh: str
    reason_en: str
    advice_zh: str
    advice_en: str


def holds_recalled() -> sa.ColumnElement[bool]:
    """SQL: goods of a lot that is called back lie in the parcel, or goods that were refunded because theirs was.

    A recall that is lifted gives nobody a parcel for which the money went back.
    """
    refunded = sa.exists().where(
        RecalledOrder.recall_id == LotRecall.id,
        RecalledOrder.order_id == Parcel.order_id,
        RecalledOrder.refunded_at.is_not(None),
    )
    inside = (
        sa.select(TaskItem.allocation_id)
        .join(Task, Task.id == TaskItem.task_id)
        .join(Allocation, Allocation.id == TaskItem.allocation_id)
        .join(LotRecall, LotRecall.lot_id == Allocation.lot_id)
        .where(
            Task.parcel_id == Parcel.id,
            sa.or_(
                LotRecall.state == RecallState.ACTIVE,
                sa.and_(LotRecall.state == RecallState.LIFTED, refunded.correlate(LotRecall, Parcel)),
            ),
        )
    )
    return inside.correlate(Parcel).exists()


def is_promised_back() -> sa.ColumnElement[bool]:
    """SQL: it was called back, so its buyer gets the money, and nobody has asked for that yet; lifted or not."""
    settled = (
        sa.select(RecalledOrder.order_id)
        .join(LotRecall, LotRecall.id == RecalledOrder.recall_id)
        .join(Allocation, Allocation.lot_id == LotRecall.lot_id)
        .join(TaskItem, TaskItem.allocation_id == Allocation.id)
        .join(Task, Task.id == TaskItem.task_id)
        .where(
            Task.parcel_id == Parcel.id,
            RecalledOrder.order_id == Parcel.order_id,
            RecalledOrder.refunded_at.is_not(None),
        )
        .correlate(Parcel)
    )
    return sa.and_(Parcel.status == ParcelStatus.CALLED_BACK, ~settled.exists())


def is_to_be_given() -> sa.ColumnElement[bool]:
    """SQL: it has left, and a buyer may have it: it was not taken off its point, nothing in it is called back, and its
    price does not go back.
    """
    return sa.and_(
        Parcel.status == ParcelStatus.SHIPPED,
        Parcel.taken_off_at.is_(None),
        ~holds_recalled(),
        ~goes_back_in_full(),
    )


def recalled_among(session: Session, codes: Collection[str]) -> frozenset[str]:
    """Codes of those of the parcels that hold goods of a recalled lot. One statement."""
    found = sa.select(Parcel.code).where(Parcel.code.in_(codes), holds_recalled())
    return frozenset(session.scalars(found))


def recalled_of_order(session: Session, order_id: int) -> Sequence[RecalledGoods]:
    """What has left of an order and is called back now. One statement."""
    rows = session.execute(
        sa.select(
            *(Lot.code, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
            *(LotRecall.reason_zh, LotRecall.reason_en, LotRecall.advice_zh, LotRecall.advice_en),
        )
        .select_from(OrderLine)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(LotRecall, LotRecall.lot_id == Lot.id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(
            OrderLine.order_id == order_id,
            Allocation.status == AllocationStatus.SHIPPED,
            LotRecall.state == RecallState.ACTIVE,
        )
        .distinct()
        .order_by(Lot.code)
    )
    return [RecalledGoods(*row) for row in rows]


def call_back_parcel(session: Session, parcel_code: str, *, by: Reach, now: datetime) -> None:
    """A recalled parcel leaves the point: sent back or destroyed, as the shop said. Pressing again changes nothing.

    Its units stay among those that left; the refund of the recall writes them off. Locks the order.
    Raises NotFound for another point's, NotToCallBack for one that is not recalled, is not there any more,
    or that the buyer has.
    """
    (parcel,) = lock_parcels(session, [parcel_code], by)
    if parcel.pickup_point_id not in by.pickup_point_ids:
        raise NotFound()
    if parcel.status is ParcelStatus.CALLED_BACK:
        return
    is_there = parcel.status is ParcelStatus.SHIPPED and parcel.taken_off_at is None
    if not is_there or not recalled_among(session, [parcel.code]):
        raise NotToCallBack()
    parcel.arrived_at = parcel.arrived_at or now
    parcel.status = PARCEL_STATES.step(parcel.status, ParcelStatus.CALLED_BACK)
    note(session, parcel.order_id, "parcel_called_back", now, by.user_id, parcel=parcel.code)
