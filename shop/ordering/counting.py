"""Which orders count against what one buyer may have of a good."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from shop.ordering.models import Channel, Order, OrderStatus

WINDOW: Final = timedelta(days=30)

# SQL for what somebody bought in the shop for themselves: welfare, gifts and quotations are for others.
FROM_SHOP: Final = Order.channel == Channel.SHOP
# SQL that asks for `since`, the beginning of the window.
COUNTS: Final = sa.and_(
    FROM_SHOP, Order.status != OrderStatus.CANCELLED, Order.placed_at > sa.bindparam("since")
)
