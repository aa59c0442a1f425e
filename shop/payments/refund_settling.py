"""Money back, under way: sent outside any transaction, and settled once, whatever the provider says how often."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.errors import NotFound
from shop.kit.text import tidy
from shop.ordering.history import note
from shop.payments.attempts import attempt_of, lock_with_order
from shop.payments.errors import ProviderUnavailable
from shop.payments.events import OrphanReturned, RefundFailed, RefundSucceeded
from shop.payments.models import Payment, PaymentStatus, Refund, RefundStatus
from shop.payments.providers.base import Providers, RefundOrder, RefundState, provider_named
from shop.payments.transitions import REFUNDS
from shop.payments.whole_price import note_whole_price
from shop.storage.event_log import record
from shop.storage.unit_of_work import UnitOfWork

CAME_BACK = "came back: "
LONGEST_BANK_REFERENCE = 80
OPEN = frozenset({RefundStatus.REQUESTED, RefundStatus.PENDING})


def send_refund(
    unit_of_work: UnitOfWork, providers: Providers, refund_id: int, *, now: datetime
) -> RefundStatus:
    """Send a refund that waits, or ask after one that is under way, and write down what the provider says.

    Raises ProviderUnavailable; the refund then waits for the next try.
    """
    order, status = unit_of_work.run(partial(_take, refund_id=refund_id, now=now))
    if status not in OPEN:
        return status
    provider = provider_named(providers, order.attempt.provider)
    if provider is None:
        raise ProviderUnavailable()
    is_under_way = status is RefundStatus.PENDING and order.provider_ref is not None
    call = provider.fetch_refund if is_under_way else provider.refund
    state = call(order, now=now)
    return unit_of_work.run(partial(apply_refund_state, refund_id=refund_id, state=state, now=now))


def apply_refund_state(
    session: Session, refund_id: int, state: RefundState, *, now: datetime
) -> RefundStatus:
    """Bring a refund to where `state` leads; a word that comes late or twice changes nothing. Locks the order."""
    payment_id = session.scalar(sa.select(Refund.payment_id).where(Refund.id == refund_id))
    if payment_id is None:
        raise NotFound()
    order, payment = lock_with_order(session, payment_id)
    refund = session.get_one(Refund, refund_id, populate_existing=True)
    refund.provider_ref = refund.provider_ref or state.provider_ref
    if state.status is refund.status or not REFUNDS.allows(refund.status, state.status):
        _notice_contradiction(session, refund, state, now)
        return refund.status
    refund.status = REFUNDS.step(refund.status, state.status)
    refund.failure = state.failure[:200]
    if refund.status is RefundStatus.SUCCEEDED:
        refund.settled_at = now
        note(session, order.id, "refund_succeeded", now, amount_fen=refund.amount_fen)
        if payment.status is PaymentStatus.SUCCEEDED:
            order.refunded_fen += refund.amount_fen
            record(session, RefundSucceeded(refund.id, order.id))
        else:
            record(session, OrphanReturned(refund.id, order.id))
    elif refund.status is RefundStatus.FAILED:
        refund.settled_at = now
        refund.failure = refund.failure or "refused"
        payment.refunding_fen -= refund.amount_fen
        note_whole_price(session, payment, now=now)
        note(session, order.id, "refund_failed", now, amount_fen=refund.amount_fen, reason=refund.failure)
        record(session, RefundFailed(refund.id))
    return refund.status


def bank_reference(typed: str) -> str:
    """What a bank calls a transfer, as a person typed it."""
    return tidy(typed)[:LONGEST_BANK_REFERENCE]


def _notice_contradiction(session: Session, refund: Refund, state: RefundState, now: datetime) -> None:
    """A bank may send money back days after the provider said it had gone, or let it hang: a person has to look."""
    if refund.status is RefundStatus.PENDING and state.failure and not refund.failure:
        refund.failure = state.failure[:200]
    # A refusal to send once more what was sent names no refund: nothing came back.
    is_of_it = state.provider_ref is not None and state.provider_ref == refund.provider_ref
    came_back = is_of_it and (refund.status, state.status) == (RefundStatus.SUCCEEDED, RefundStatus.FAILED)
    if came_back and not refund.failure:
        refund.failure = f"{CAME_BACK}{state.failure}"[:200]
        note(session, refund.order_id, "refund_came_back", now, amount_fen=refund.amount_fen)


def _take(session: Session, refund_id: int, now: datetime) -> tuple[RefundOrder, RefundStatus]:
    """A refund's facts, marked as tried at `now`."""
    refund = session.get(Refund, refund_id)
    if refund is None:
        raise NotFound()
    payment = session.get_one(Payment, refund.payment_id)
    order = RefundOrder(
        id=refund.id,
        reference=refund.reference,
        provider_ref=refund.provider_ref,
        amount_fen=refund.amount_fen,
        attempt=attempt_of(payment),
        tried=refund.asked_at is not None,
    )
    if refund.status in OPEN:
        refund.asked_at = now
    return order, refund.status
