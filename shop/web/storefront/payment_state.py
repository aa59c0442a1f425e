"""Where a buyer's money is, in the few words that a waiting buyer needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ordering.models import Order, OrderStatus
from shop.payments.attempts import attempt_of, last_payment
from shop.payments.models import ON_ACCOUNT, Payment, PaymentStatus
from shop.payments.releasing import held_until
from shop.payments.syncing import PATIENCE, sync_patiently
from shop.payments.transitions import DEAD
from shop.web.database import read_session
from shop.web.outside_world import with_providers


class PaymentState(StrEnum):
    CONFIRMED = "confirmed"
    WAITING = "waiting"  # not known yet, or not paid yet
    BEING_PAID = "being_paid"  # the payment service is at work on the money
    STOPPING = "stopping"  # to be cancelled as soon as the payment service lets go of it
    FAILED = "failed"  # may be tried again
    CANCELLED = "cancelled"
    REFUNDING = "refunding"  # money came that the order cannot use


@dataclass(frozen=True)
class ShownAttempt:
    """The newest attempt as a page shows it."""

    provider: str
    status: PaymentStatus
    reference: str
    amount_fen: int
    due_fen: int
    expires_at: datetime | None
    held_until: datetime
    request: dict[str, Any]
    is_processing: bool

    @property
    def is_open(self) -> bool:
        return self.status is PaymentStatus.PENDING

    @property
    def is_open_debt(self) -> bool:
        return self.is_open and self.provider == ON_ACCOUNT


def unpaid_state(is_stopping: bool, is_being_paid: bool) -> str:
    """How an order that awaits its money stands, for its buyer."""
    if is_stopping:
        return "stopping"
    return "being_paid" if is_being_paid else OrderStatus.AWAITING_PAYMENT.value


def last_attempt(session: Session, order_id: int) -> ShownAttempt | None:
    payment = last_payment(session, order_id)
    if payment is None:
        return None
    return ShownAttempt(
        provider=payment.provider,
        status=payment.status,
        reference=payment.reference,
        amount_fen=payment.amount_fen,
        due_fen=payment.due_fen,
        expires_at=payment.expires_at,
        held_until=held_until(payment),
        request=payment.request or {},
        is_processing=_is_processing(payment),
    )


def payment_state(order_id: int, *, now: datetime, patience: timedelta = PATIENCE) -> PaymentState:
    """Ask the provider if the newest attempt is still open, then say how the order stands."""
    payment = last_payment(read_session(), order_id)
    if payment is not None and payment.status is PaymentStatus.PENDING:
        ask = partial(sync_patiently, attempt=attempt_of(payment), now=now, patience=patience)
        with_providers(ask)
    return _state(read_session(), order_id)


def _state(session: Session, order_id: int) -> PaymentState:
    status, cancel_requested_at = session.execute(
        sa.select(Order.status, Order.cancel_requested_at).where(Order.id == order_id)
    ).one()
    payment = last_payment(session, order_id)
    if payment is not None and payment.status is PaymentStatus.ORPHANED:
        return PaymentState.REFUNDING
    if status is OrderStatus.CANCELLED:
        is_paid = payment is not None and payment.status is PaymentStatus.SUCCEEDED
        return PaymentState.REFUNDING if is_paid else PaymentState.CANCELLED
    if status is not OrderStatus.AWAITING_PAYMENT:
        return PaymentState.CONFIRMED
    if payment is not None and payment.status in DEAD:
        return PaymentState.FAILED
    state = unpaid_state(cancel_requested_at is not None, payment is not None and _is_processing(payment))
    return PaymentState.WAITING if state == OrderStatus.AWAITING_PAYMENT else PaymentState(state)


def _is_processing(payment: Payment) -> bool:
    return payment.status is PaymentStatus.PENDING and payment.processing_since is not None
