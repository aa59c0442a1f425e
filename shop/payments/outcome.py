"""What a provider's word does to a payment and its order: each thing once, however often it is said.

All of it happens behind the order's lock. Words that come late or twice find the payment further on and change
nothing: paid stays paid, dead stays dead until money comes.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.ordering.cancellation import cancel_unpaid
from shop.ordering.confirmation import ConfirmOutcome, confirm
from shop.ordering.history import note
from shop.ordering.models import Order, OrderStatus
from shop.ordering.reasons import Reason
from shop.payments.attempts import lock_with_order, pending_payment
from shop.payments.events import FeeKnown, PaymentOrphaned, PaymentSucceeded
from shop.payments.models import Payment, PaymentStatus, RefundBearer
from shop.payments.providers.base import AttemptStatus, ProviderState
from shop.payments.refunds import write_refund
from shop.payments.terms.settling import settle_debt
from shop.payments.transitions import PAID, PAYMENTS
from shop.storage.event_log import record

ORPHAN_TOKEN = "orphan"  # noqa: S105  makes the automatic refund the only one of its kind

_REASONS = {ConfirmOutcome.ALREADY: Reason.PAID_TWICE, ConfirmOutcome.DEAD_WITHOUT_STOCK: Reason.SOLD_OUT}


def apply_state(session: Session, payment_id: int, state: ProviderState, *, now: datetime) -> PaymentStatus:
    """Bring the payment, and the order with it, to where `state` leads. Returns the payment's status then."""
    order, payment = lock_with_order(session, payment_id)
    _remember(payment, state, now)
    if state.status is AttemptStatus.SUCCEEDED and payment.status not in PAID:
        _money_came(session, order, payment, state, now)
    elif payment.status is PaymentStatus.PENDING and state.status is not AttemptStatus.PENDING:
        _attempt_died(session, order, payment, state, now)
    _tell_fee(session, payment, state)
    if payment.status is not PaymentStatus.PENDING:
        forget_private(payment)
    return payment.status


def forget_private(payment: Payment) -> None:
    """What a provider had to know of the buyer for one attempt goes with that attempt."""
    if payment.request and "private" in payment.request:
        payment.request = {name: value for name, value in payment.request.items() if name != "private"}


def _remember(payment: Payment, state: ProviderState, now: datetime) -> None:
    payment.asked_at = now
    payment.provider_ref = payment.provider_ref or state.provider_ref
    payment.charge_ref = payment.charge_ref or state.charge_ref
    payment.method = state.method or payment.method
    payment.processing_since = (payment.processing_since or now) if state.is_processing else None


def _money_came(
    session: Session, order: Order, payment: Payment, state: ProviderState, now: datetime
) -> None:
    if payment.is_open_debt:
        settle_debt(session, payment, state.received_fen or 0, now=now)
        return
    payment.received_fen = state.received_fen or 0
    payment.succeeded_at = payment.ended_at = now
    payment.failure = ""
    if (state.received_fen, state.currency) != (payment.amount_fen, payment.currency):
        payment.currency = state.currency
        _orphan(session, payment, Reason.WRONG_AMOUNT, now)
        return
    if order.status is OrderStatus.CANCELLED and order.cancel_requested_at is not None:
        _orphan(session, payment, Reason.CANCELLED_BY_BUYER, now)
        return
    outcome = confirm(session, order.id, now=now, payment_id=payment.id)
    if outcome is ConfirmOutcome.CONFIRMED:
        payment.status = PAYMENTS.step(payment.status, PaymentStatus.SUCCEEDED)
        record(session, PaymentSucceeded(payment.id, order.id))
    else:
        _orphan(session, payment, _REASONS[outcome], now)


def _orphan(session: Session, payment: Payment, reason: str, now: datetime) -> None:
    """Money that no order can use goes back in full, by itself; a wrong amount is also shown to a person."""
    payment.status = PAYMENTS.step(payment.status, PaymentStatus.ORPHANED)
    payment.failure = reason
    note(
        session,
        payment.order_id,
        "payment_orphaned",
        now,
        reason=reason,
        received_fen=payment.received_fen,
        currency=payment.currency,
        provider=payment.provider,
    )
    record(session, PaymentOrphaned(payment.id, payment.order_id))
    session.flush()
    if payment.received_fen:
        write_refund(
            session,
            payment,
            amount_fen=payment.received_fen,
            bearer=RefundBearer.REVERSAL,
            reason=reason,
            token=ORPHAN_TOKEN,
            now=now,
        )


def _attempt_died(
    session: Session, order: Order, payment: Payment, state: ProviderState, now: datetime
) -> None:
    """No money, and none will come. Whoever failed may try again for a while; whoever let it expire is late."""
    was_closed_by_us = bool(payment.failure)
    payment.status = PAYMENTS.step(payment.status, PaymentStatus(state.status.value))
    payment.ended_at = now
    payment.failure = payment.failure or state.failure[:200]
    kind = "payment_failed" if payment.status is PaymentStatus.FAILED else "payment_expired"
    note(session, order.id, kind, now, provider=payment.provider, reason=payment.failure)
    if order.status is not OrderStatus.AWAITING_PAYMENT:
        return
    session.flush()
    expired_by_itself = payment.status is PaymentStatus.EXPIRED and not was_closed_by_us
    if order.cancel_requested_at is not None or expired_by_itself:
        release_if_dead(session, order, now)


def release_if_dead(session: Session, order: Order, now: datetime) -> bool:
    """Cancel an unpaid order that nobody can pay any more, so that its stock is free. The order is locked."""
    if order.status is not OrderStatus.AWAITING_PAYMENT or pending_payment(session, order.id) is not None:
        return False
    reason = Reason.CANCELLED_BY_BUYER if order.cancel_requested_at is not None else Reason.UNPAID
    cancel_unpaid(session, order.id, now=now, reason=reason)
    return True


def _tell_fee(session: Session, payment: Payment, state: ProviderState) -> None:
    """Also of what no order can use: the provider keeps its fee when the money goes back."""
    is_asked = payment.status in PAID and payment.is_in_fen and payment.fee_fen is None
    if is_asked and state.fee_fen is not None:
        payment.fee_fen = state.fee_fen
        record(session, FeeKnown(payment.id))
