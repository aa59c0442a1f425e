"""Orders as their buyers read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.models import Run
from shop.ordering.models import DeliveryKind, Order, OrderLine, OrderStatus
from shop.ordering.own_orders import looked_after_by
from shop.storage.paging import Page, read_page

PAGE_SIZE = 20


def cutoff_of(session: Session, order_id: int) -> datetime | None:
    """Until when the order's truck takes orders; None for a courier's."""
    statement = sa.select(Run.cutoff_at).join(Order, Order.run_id == Run.id)
    return session.scalar(statement.where(Order.id == order_id))


@dataclass(frozen=True, slots=True)
class OrderRow:
    id: int
    number: str
    placed_at: datetime
    status: OrderStatus
    delivery: DeliveryKind
    total_fen: int
    refunded_fen: int
    units: int
    lines: int
    first_zh: str
    first_en: str
    family: str
    is_stopping: bool  # its buyer wants it cancelled, and a payment service has not let go of it yet


def orders_of(session: Session, user_id: int, *, page: int) -> Page[OrderRow]:
    """A buyer's own orders, the newest first."""
    first = (
        sa.select(sa.func.min(OrderLine.id))
        .where(OrderLine.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )
    units = (
        sa.select(sa.cast(sa.func.sum(OrderLine.quantity), sa.Integer))
        .where(OrderLine.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )
    lines = (
        sa.select(sa.func.count())
        .select_from(OrderLine)
        .where(OrderLine.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )
    statement = (
        sa.select(
            *(Order.id, Order.number, Order.placed_at, Order.status, Order.delivery, Order.total_fen),
            *(
                Order.refunded_fen,
                units,
                lines,
                OrderLine.product_name_zh,
                OrderLine.product_name_en,
                OrderLine.family,
                Order.cancel_requested_at.is_not(None),
            ),
        )
        .join(OrderLine, OrderLine.id == first)
        .where(looked_after_by(user_id))
        .order_by(Order.placed_at.desc(), Order.id.desc())
    )
    return read_page(session, statement, number=page, size=PAGE_SIZE).map(_row)


def _row(row: Any) -> OrderRow:
    return OrderRow(*row)


@dataclass(frozen=True, slots=True)
class GuestOrder:
    """What is needed to send a guest a code."""

    order_id: int
    number: str
    phone: str
    email: str | None
    language: str


def find_guest_order(session: Session, number: str, phone: str) -> GuestOrder | None:
    """A guest's order by its number and the telephone that it was placed with (E.164)."""
    row = session.execute(
        sa.select(Order.id, Order.number, Order.phone, Order.email, Order.language).where(
            Order.number == number, Order.phone == phone, Order.user_id.is_(None)
        )
    ).one_or_none()
    return None if row is None else GuestOrder(*row)
