"""What still stands of an order: units that are to come, and whether any of it is. SQL, over order lines and orders."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from shop.inventory.models import Allocation, AllocationStatus
from shop.ordering.models import Order, OrderLine, OrderStatus

# Nothing of it is to come to anybody any more: it was called off, or all of its price went back.
IS_GONE: Final = sa.or_(
    Order.status == OrderStatus.CANCELLED,
    sa.and_(Order.total_fen > 0, Order.refunded_fen >= Order.total_fen),
)

_closed = (
    sa.select(sa.cast(sa.func.coalesce(sa.func.sum(Allocation.units), 0), sa.BigInteger))
    .where(Allocation.order_line_id == OrderLine.id, Allocation.status == AllocationStatus.CLOSED)
    .correlate(OrderLine)
    .scalar_subquery()
)
_comes = (
    sa.exists()
    .where(Allocation.order_line_id == OrderLine.id, Allocation.status != AllocationStatus.CLOSED)
    .correlate(OrderLine)
)
# Of a gift box of which a part will never be had, the rest comes: it stands until all of its parts have left.
_LEFT: Final = sa.case(
    (OrderLine.is_bundle, sa.case((_comes, OrderLine.quantity), else_=0)),
    else_=OrderLine.quantity - _closed,
)
# Of one order line, where its order is joined.
UNITS: Final[sa.ColumnElement[Any]] = sa.case((IS_GONE, 0), else_=_LEFT)
