"""By when a courier is expected to be given an order, as its buyer reads it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Product
from shop.delivery.calendar import calendar_from
from shop.kit.clock import shanghai_date
from shop.ordering.models import DeliveryKind, Order, OrderLine, OrderStatus

_STILL_TO_BE_SENT = frozenset({OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED})


def expected_to_be_sent(
    session: Session, order: Order, deadlines: Collection[datetime], *, now: datetime
) -> date | None:
    """The courier's day on or after the last of `deadlines`, those of its tasks; without any, as if confirmed now.

    None when nothing is to be sent, or the day is over and nothing was: what is late is not promised anew.
    At most two statements.
    """
    if order.delivery is not DeliveryKind.COURIER or order.status not in _STILL_TO_BE_SENT:
        return None
    today = shanghai_date(now)
    ready = shanghai_date(max(deadlines)) if deadlines else _ready(session, order.id, now)
    sent = calendar_from(session, min(ready, today)).next_courier_day(ready)
    return sent if sent >= today else None


def _ready(session: Session, order_id: int, now: datetime) -> date:
    slowest = (
        sa.select(sa.func.max(Product.ready_hours))
        .join(OrderLine, OrderLine.product_id == Product.id)
        .where(OrderLine.order_id == order_id)
    )
    return shanghai_date(now + timedelta(hours=session.scalar(slowest) or 0))
