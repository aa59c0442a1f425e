"""The payments of a transfer for many orders, page by page."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ordering.models import Order
from shop.payments.models import Payment, PaymentStatus
from shop.storage.paging import Page, read_page


@dataclass(frozen=True, slots=True)
class JointPayment:
    payment_id: int
    order_number: str
    recipient: str
    amount_fen: int
    status: PaymentStatus


def payments_of_joint(session: Session, joint_id: int, *, page: int = 1) -> Page[JointPayment]:
    """Two statements."""
    statement = (
        sa.select(Payment.id, Order.number, Order.recipient, Payment.due_fen, Payment.status)
        .join(Order, Order.id == Payment.order_id)
        .where(Payment.joint_id == joint_id)
        .order_by(Payment.id)
    )
    return read_page(session, statement, number=page).map(lambda row: JointPayment(*row))
