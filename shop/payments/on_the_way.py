"""Refunds that were asked for and have not arrived: what they are for does not stand any more, for invoices and papers alike."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.payments.models import Payment, PaymentStatus, Refund, RefundStatus

_ON_THE_WAY: Final = (RefundStatus.REQUESTED, RefundStatus.PENDING)


def is_on_its_way() -> sa.ColumnElement[bool]:
    """SQL, of Refund beside its Payment: the order's own money goes back. What came twice goes back without it."""
    return sa.and_(Refund.status.in_(_ON_THE_WAY), Payment.status == PaymentStatus.SUCCEEDED)


def going_back(session: Session, order_ids: Collection[int]) -> dict[int, int]:
    """In fen by order, beside what `Order.refunded_fen` says has arrived. One statement."""
    rows = session.execute(
        sa.select(Refund.order_id, sa.cast(sa.func.sum(Refund.amount_fen), sa.BigInteger))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.order_id.in_(order_ids), is_on_its_way())
        .group_by(Refund.order_id)
    )
    return {order_id: int(fen) for order_id, fen in rows}
