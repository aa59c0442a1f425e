"""What the buyer of a recalled lot is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, Variant
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.inventory.trace_models import LotRecall, RecalledOrder, RecallState
from shop.ordering.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class RecallOfBuyer:
    """`numbers` are the buyer's orders that had goods of the lot; of those in `sent` they have left."""

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
    return RecallOfBuyer(
        *row[:10],
        numbers=tuple(number for number, _ in orders),
        sent=tuple(number for number, has_left in orders if has_left),
    )


def _orders_of_buyer(session: Session, recall_id: int, order: Order, lot_id: int) -> list[tuple[str, bool]]:
    same_buyer = (
        Order.user_id == order.user_id
        if order.user_id is not None
        else sa.and_(Order.user_id.is_(None), Order.phone == order.phone)
    )
    has_left = (
        sa.select(Allocation.id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(
            OrderLine.order_id == Order.id,
            Allocation.lot_id == lot_id,
            Allocation.status == AllocationStatus.SHIPPED,
        )
        .correlate(Order)
        .exists()
    )
    rows = session.execute(
        sa.select(Order.number, has_left.label("has_left"))
        .join(RecalledOrder, RecalledOrder.order_id == Order.id)
        .where(RecalledOrder.recall_id == recall_id, same_buyer)
        .order_by(Order.id)
    )
    return [(row.number, bool(row.has_left)) for row in rows]
