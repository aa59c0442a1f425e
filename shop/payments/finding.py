"""Which orders a payment is of, by what a bank or a provider calls it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.references import normalise_code
from shop.ordering.models import Order
from shop.payments.models import Payment


def orders_paid_as(session: Session, text: str) -> frozenset[str]:
    """Numbers of orders with a payment that has this very reference, ours or the provider's."""
    wanted = text.strip()
    statement = (
        sa.select(Order.number)
        .join(Payment, Payment.order_id == Order.id)
        .where(
            sa.or_(
                Payment.reference == normalise_code(wanted),
                Payment.provider_ref == wanted,
                Payment.charge_ref == wanted,
            )
        )
    )
    return frozenset(session.scalars(statement))
