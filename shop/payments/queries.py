"""The money of one order, as pages read it. Nothing here is locked or written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, selectinload

from shop.ordering.models import Order, OrderStatus
from shop.ordering.own_orders import looked_after_by
from shop.payments.models import ClaimRefund, Dispute, Payment, PaymentStatus, Refund, RefundLine
from shop.payments.providers.config import BANK_TRANSFER
from shop.payments.releasing import NEVER_STARTED, held_until

MOST_TO_PAY = 20  # as many as the settings let a buyer leave unpaid


@dataclass(frozen=True, slots=True)
class OrderToPay:
    """``held_until``: when its goods go back on sale, unless it is paid."""

    number: str
    total_fen: int
    held_until: datetime


def payments_of_order(session: Session, order_id: int) -> Sequence[Payment]:
    """Every attempt, the newest first."""
    statement = sa.select(Payment).where(Payment.order_id == order_id).order_by(Payment.attempt.desc())
    return session.scalars(statement).all()


def transfer_awaited(session: Session, order_id: int) -> Payment | None:
    """The bank transfer that an order waits for; the account to pay to stands in its request."""
    statement = sa.select(Payment).where(
        Payment.order_id == order_id,
        Payment.status == PaymentStatus.PENDING,
        Payment.provider == BANK_TRANSFER,
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


def orders_to_pay(session: Session, *, user_id: int | None, numbers: Collection[str]) -> list[OrderToPay]:
    """Orders that wait for their buyer to pay, the newest first: the person's, or a guest's with these numbers.

    Neither those whose money is on its way nor those being called off. One statement, or none for a new guest.
    """
    if user_id is None and not numbers:
        return []
    later = aliased(Payment)
    is_last = ~sa.exists().where(later.order_id == Payment.order_id, later.attempt > Payment.attempt)
    mine = (
        looked_after_by(user_id)
        if user_id is not None
        else sa.and_(Order.user_id.is_(None), Order.number.in_(numbers))
    )
    statement = (
        sa.select(Order, Payment)
        .outerjoin(Payment, sa.and_(Payment.order_id == Order.id, is_last))
        .where(
            mine,
            Order.status == OrderStatus.AWAITING_PAYMENT,
            Order.cancel_requested_at.is_(None),
            Payment.processing_since.is_(None),
        )
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(MOST_TO_PAY)
    )
    return [
        OrderToPay(
            order.number,
            order.total_fen,
            held_until(payment) if payment else order.placed_at + NEVER_STARTED,
        )
        for order, payment in session.execute(statement)
    ]


def refunds_of_order(session: Session, order_id: int) -> Sequence[Refund]:
    """With the units that each is for, and what became of them."""
    lines = selectinload(Refund.lines)
    statement = sa.select(Refund).where(Refund.order_id == order_id).order_by(Refund.id)
    loaded = statement.options(
        lines.joinedload(RefundLine.order_line), lines.selectinload(RefundLine.returned)
    )
    return session.scalars(loaded).all()


def disputes_of_order(session: Session, order_id: int) -> Sequence[Dispute]:
    statement = sa.select(Dispute).where(Dispute.order_id == order_id).order_by(Dispute.id)
    return session.scalars(statement).all()


def refunds_of_claim(session: Session, claim_id: int) -> Sequence[Refund]:
    """What was asked back because of a claim, failed attempts too."""
    statement = sa.select(Refund).join(ClaimRefund, ClaimRefund.refund_id == Refund.id)
    return session.scalars(statement.where(ClaimRefund.claim_id == claim_id).order_by(Refund.id)).all()
