"""All of an order's price is on its way back: whoever has its goods still is to keep them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ordering.models import Order
from shop.payments.models import NOTHING_BACK, Payment, PaymentStatus, Refund


def note_whole_price(session: Session, payment: Payment, *, now: datetime) -> None:
    """Keep `Order.money_back_at` with what was asked back and did not fail. The order is locked by the caller."""
    if payment.status is PaymentStatus.ORPHANED:
        return
    session.flush()
    asked = sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_fen), 0)).where(
        Refund.payment_id == payment.id, Refund.status.not_in(NOTHING_BACK)
    )
    order = session.get_one(Order, payment.order_id)
    if int(session.scalar(asked) or 0) < order.total_fen:
        order.money_back_at = None
    elif order.money_back_at is None:
        order.money_back_at = now
