"""What finance looks at: one awaited transfer beside its order, and what can still go back to a buyer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.errors import NotFound
from shop.ordering.models import Order, OrderStatus
from shop.payments.disputes import takes_the_money
from shop.payments.models import ON_ACCOUNT, Dispute, Payment, PaymentStatus
from shop.payments.providers.config import BY_BANK
from shop.payments.terms.crediting import carries_an_order, left_to_give_back


@dataclass(frozen=True)
class TransferFacts:
    payment_id: int
    order_number: str
    order_status: OrderStatus
    recipient: str
    invoice_title: str
    reference: str
    amount_fen: int
    received_fen: int | None
    status: PaymentStatus
    created_at: datetime
    expires_at: datetime | None
    is_debt: bool  # its order was accepted on terms and is confirmed already


def read_transfer(session: Session, payment_id: int) -> TransferFacts:
    """Raises NotFound, also for a payment by any other way."""
    columns: tuple[Any, ...] = (
        *(Payment.id, Order.number, Order.status, Order.recipient, Order.invoice_title),
        *(Payment.reference, Payment.due_fen, Payment.received_fen, Payment.status),
        *(Payment.created_at, Payment.expires_at, Payment.provider == ON_ACCOUNT),
    )
    row = session.execute(
        sa.select(*columns)
        .join(Order, Order.id == Payment.order_id)
        .where(Payment.id == payment_id, Payment.provider.in_(BY_BANK))
    ).one_or_none()
    if row is None:
        raise NotFound()
    return TransferFacts(*row)


def refundable_fen(session: Session, order_id: int) -> int:
    """What is left of an order's payment, is not asked back yet and not disputed."""
    statement = sa.select(sa.func.coalesce(sa.func.sum(left_to_give_back()), 0)).where(
        Payment.order_id == order_id,
        carries_an_order(),
        ~sa.exists().where(Dispute.payment_id == Payment.id, takes_the_money()),
    )
    return int(session.scalar(statement) or 0)
