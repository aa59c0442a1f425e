"""Orders that stand beside each other: more that was wanted of a paid order, which goes, is paid and is called off by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ordering.change_models import OrderChange
from shop.ordering.models import Order, OrderStatus

_PLACE: Final = (
    *(Order.delivery, Order.pickup_point_id, Order.run_id),
    *(Order.province, Order.city, Order.district, Order.street),
)
_UNSENT: Final = (OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Beside:
    """An order that has not left and stands beside another. `goes_elsewhere`: to another place, or with another truck."""

    number: str
    is_paid: bool
    goes_elsewhere: bool


def orders_beside(session: Session, order: Order) -> Sequence[Beside]:
    """What stands beside this one and has not left, the oldest first. One statement."""
    rows = session.execute(
        sa.select(Order.number, Order.status, *_PLACE)
        .join(OrderChange, OrderChange.supplement_id == Order.id)
        .where(
            OrderChange.order_id == order.id,
            Order.status.in_(_UNSENT),
            Order.cancel_requested_at.is_(None),
            Order.money_back_at.is_(None),
        )
        .order_by(Order.id)
    )
    own = _place_of(order)
    return [
        Beside(number, status is OrderStatus.CONFIRMED, tuple(place) != own)
        for number, status, *place in rows
    ]


def _place_of(order: Order) -> tuple[Any, ...]:
    return tuple(getattr(order, column.key) for column in _PLACE)
