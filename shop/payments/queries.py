"""The money of one order, as pages read it. Nothing here is locked or written."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.payments.models import ClaimRefund, Dispute, Payment, PaymentStatus, Refund, RefundLine
from shop.payments.providers.bank_transfer import NAME


def payments_of_order(session: Session, order_id: int) -> Sequence[Payment]:
    """Every attempt, the newest first."""
    statement = sa.select(Payment).where(Payment.order_id == order_id).order_by(Payment.attempt.desc())
    return session.scalars(statement).all()


def transfer_awaited(session: Session, order_id: int) -> Payment | None:
    """The bank transfer that an order waits for; the account to pay to stands in its request."""
    statement = sa.select(Payment).where(
        Payment.order_id == order_id, Payment.status == PaymentStatus.PENDING, Payment.provider == NAME
    )
    return session.scalar(statement)


def orders_being_paid(session: Session, order_ids: Collection[int]) -> set[int]:
    """Which of these orders have their money on its way. One statement."""
    statement = sa.select(Payment.order_id).where(
        Payment.order_id.in_(order_ids),
        Payment.status == PaymentStatus.PENDING,
        Payment.processing_since.is_not(None),
    )
    return set(session.scalars(statement))


def refunds_of_order(session: Session, order_id: int) -> Sequence[Refund]:
    """With the units that each is for."""
    lines = selectinload(Refund.lines).joinedload(RefundLine.order_line)
    statement = sa.select(Refund).where(Refund.order_id == order_id).order_by(Refund.id)
    return session.scalars(statement.options(lines)).all()


def disputes_of_order(session: Session, order_id: int) -> Sequence[Dispute]:
    statement = sa.select(Dispute).where(Dispute.order_id == order_id).order_by(Dispute.id)
    return session.scalars(statement).all()


def refunds_of_claim(session: Session, claim_id: int) -> Sequence[Refund]:
    """What was asked back because of a claim, failed attempts too."""
    statement = sa.select(Refund).join(ClaimRefund, ClaimRefund.refund_id == Refund.id)
    return session.scalars(statement.where(ClaimRefund.claim_id == claim_id).order_by(Refund.id)).all()
