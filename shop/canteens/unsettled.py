"""Goods by weight that nobody has settled: their order says the most, and no invoice is issued for it before."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.canteens.errors import WeightNotSettled
from shop.canteens.models import CanteenLine
from shop.canteens.weight_models import Weighing, WeighingState
from shop.invoicing.events import InvoiceToBeWritten
from shop.ordering.models import Order, OrderStatus


def unsettled_orders(session: Session, order_ids: Collection[int]) -> dict[int, str]:
    """Of these, by id the numbers of those whose price the scale still lowers. One statement."""
    by_weight = sa.exists().where(CanteenLine.order_id == Order.id, CanteenLine.expected_g.is_not(None))
    settled = sa.exists().where(Weighing.order_id == Order.id, Weighing.state == WeighingState.SETTLED)
    rows = session.execute(
        sa.select(Order.id, Order.number)
        .where(Order.id.in_(order_ids), Order.status != OrderStatus.CANCELLED, by_weight, ~settled)
        .order_by(Order.id)
    )
    return {row.id: row.number for row in rows}


def refuse_unsettled(session: Session, event: InvoiceToBeWritten) -> None:
    """Raises WeightNotSettled; then no invoice is written down."""
    waiting = unsettled_orders(session, event.order_ids)
    if waiting:
        raise WeightNotSettled(orders=", ".join(waiting.values()))
