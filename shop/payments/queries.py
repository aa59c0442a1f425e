"""What pages and people at work read about money. Nothing here is locked or written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.ordering.models import Order
from shop.payments.models import Payment, PaymentStatus, Refund, RefundStatus
from shop.payments.outcome import WRONG_AMOUNT
from shop.payments.providers import bank_transfer
from shop.payments.refunds import OPEN

# A provider takes up to some days to send money back; after these, somebody should ask.
REFUND_PATIENCE = timedelta(days=7)
ANSWER_PATIENCE = timedelta(hours=2)


def payments_of_order(session: Session, order_id: int) -> Sequence[Payment]:
    """Every attempt, the newest first."""
    statement = sa.select(Payment).where(Payment.order_id == order_id).order_by(Payment.attempt.desc())
    return session.scalars(statement).all()


def refunds_of_order(session: Session, order_id: int) -> Sequence[Refund]:
    statement = sa.select(Refund).where(Refund.order_id == order_id).order_by(Refund.id)
    return session.scalars(statement).all()


class WorkKind(StrEnum):
    """Why money needs a person."""

    WRONG_AMOUNT = "wrong_amount"  # a provider reported another amount or currency; it goes back by itself
    REFUND_FAILED = "refund_failed"
    REFUND_SLOW = "refund_slow"
    TRANSFER_BACK = "transfer_back"  # to be sent from our bank, then said so
    NO_ANSWER = "no_answer"  # an attempt is long over, and its provider does not say how it ended


@dataclass(frozen=True)
class WorkItem:
    kind: WorkKind
    order_id: int
    order_number: str
    payment_id: int
    refund_id: int | None
    amount_fen: int
    since: datetime
    detail: str


def payment_work(session: Session, *, now: datetime) -> list[WorkItem]:
    """Everything about money that needs a person, the oldest first."""
    return sorted([*_refund_work(session, now), *_payment_work(session, now)], key=lambda item: item.since)


@dataclass(frozen=True)
class AwaitedTransfer:
    """A bank transfer that an admin may confirm. Over its time it may still arrive."""

    payment_id: int
    order_number: str
    reference: str
    amount_fen: int
    status: PaymentStatus
    created_at: datetime
    expires_at: datetime | None


def awaited_transfers(session: Session, *, expired_since: datetime) -> list[AwaitedTransfer]:
    """Open transfers, and those that expired since that moment."""
    statement = (
        sa.select(
            Payment.id,
            Order.number,
            Payment.reference,
            Payment.amount_fen,
            Payment.status,
            Payment.created_at,
            Payment.expires_at,
        )
        .join(Order, Order.id == Payment.order_id)
        .where(
            Payment.provider == bank_transfer.NAME,
            sa.or_(
                Payment.status == PaymentStatus.PENDING,
                sa.and_(Payment.status == PaymentStatus.EXPIRED, Payment.ended_at >= expired_since),
            ),
        )
        .order_by(Payment.created_at)
        .limit(500)
    )
    return [AwaitedTransfer(*row) for row in session.execute(statement)]


def _refund_work(session: Session, now: datetime) -> list[WorkItem]:
    again = aliased(Refund)
    tried_again = (
        sa.select(again.id)
        .where(again.payment_id == Refund.payment_id, again.status != RefundStatus.FAILED)
        .exists()
    )
    slow = sa.and_(Refund.status.in_(OPEN), Refund.created_at <= now - REFUND_PATIENCE)
    by_hand = sa.and_(Refund.status == RefundStatus.PENDING, Payment.provider == bank_transfer.NAME)
    statement = (
        sa.select(Refund, Order.number, Payment.provider)
        .join(Payment, Payment.id == Refund.payment_id)
        .join(Order, Order.id == Refund.order_id)
        .where(sa.or_(sa.and_(Refund.status == RefundStatus.FAILED, ~tried_again), slow, by_hand))
        .limit(500)
    )
    return [
        WorkItem(
            kind=_refund_kind(refund, provider),
            order_id=refund.order_id,
            order_number=number,
            payment_id=refund.payment_id,
            refund_id=refund.id,
            amount_fen=refund.amount_fen,
            since=refund.created_at,
            detail=refund.failure,
        )
        for refund, number, provider in session.execute(statement)
    ]


def _refund_kind(refund: Refund, provider: str) -> WorkKind:
    if refund.status is RefundStatus.FAILED:
        return WorkKind.REFUND_FAILED
    return WorkKind.TRANSFER_BACK if provider == bank_transfer.NAME else WorkKind.REFUND_SLOW


def _payment_work(session: Session, now: datetime) -> list[WorkItem]:
    returned = (
        sa.select(Refund.id)
        .where(Refund.payment_id == Payment.id, Refund.status == RefundStatus.SUCCEEDED)
        .exists()
    )
    wrong = sa.and_(Payment.status == PaymentStatus.ORPHANED, Payment.failure == WRONG_AMOUNT, ~returned)
    unanswered = sa.and_(Payment.status == PaymentStatus.PENDING, Payment.expires_at <= now - ANSWER_PATIENCE)
    statement = (
        sa.select(Payment, Order.number)
        .join(Order, Order.id == Payment.order_id)
        .where(sa.or_(wrong, unanswered))
        .limit(500)
    )
    return [
        WorkItem(
            kind=WorkKind.WRONG_AMOUNT if payment.status is PaymentStatus.ORPHANED else WorkKind.NO_ANSWER,
            order_id=payment.order_id,
            order_number=number,
            payment_id=payment.id,
            refund_id=None,
            amount_fen=payment.received_fen or payment.amount_fen,
            since=payment.succeeded_at or payment.created_at,
            detail=payment.failure,
        )
        for payment, number in session.execute(statement)
    ]
