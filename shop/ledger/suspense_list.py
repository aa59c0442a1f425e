"""What of payments that no order can use is still here, told from the payments themselves and not from the books."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.payments.models import Dispute, DisputeStatus, Payment, PaymentStatus, Refund, RefundStatus


def is_orphan() -> sa.ColumnElement[bool]:
    """SQL, of Payment: it stands in suspense until it has gone back. Another currency is never in the books."""
    return sa.and_(Payment.status == PaymentStatus.ORPHANED, Payment.is_in_fen)


def left_of_orphan() -> sa.ColumnElement[Any]:
    """SQL, of Payment: what has not gone back of it, by a refund or with a dispute that was lost."""
    left = sa.func.coalesce(Payment.received_fen, 0) - _refunded() - _lost()
    return sa.case((left > 0, left), else_=0)


def _refunded() -> sa.ScalarSelect[Any]:
    return (
        sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_fen), 0))
        .where(Refund.payment_id == Payment.id, Refund.status == RefundStatus.SUCCEEDED)
        .correlate(Payment)
        .scalar_subquery()
    )


def _lost() -> sa.ScalarSelect[Any]:
    return (
        sa.select(sa.func.coalesce(sa.func.sum(Dispute.withdrawn_fen), 0))
        .where(Dispute.payment_id == Payment.id, Dispute.status == DisputeStatus.LOST)
        .correlate(Payment)
        .scalar_subquery()
    )
