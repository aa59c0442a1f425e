"""How many units of each product were ever sold: what lists sort by."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.refreshing import set_sold_units
from shop.ordering.models import Order, OrderLine, OrderStatus

_SOLD = (OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.COMPLETED)


def count_sold_units(session: Session) -> None:
    """Count the units of all orders that were confirmed and stayed so. The worker calls it now and then."""
    sold = session.execute(
        sa.select(OrderLine.product_id, sa.func.sum(OrderLine.quantity))
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.status.in_(_SOLD))
        .group_by(OrderLine.product_id)
    )
    set_sold_units(session, {product_id: int(units) for product_id, units in sold})
