"""The one way from what a provider says to what we know: webhook, return page and reconciliation all take it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from shop.payments.attempts import lock_with_order, read_attempt
from shop.payments.errors import ProviderUnavailable
from shop.payments.models import Payment, PaymentStatus
from shop.payments.outcome import apply_state
from shop.payments.providers.base import Attempt, Provider, Providers, ProviderState, provider_named
from shop.payments.withdrawal import finish_cancellation
from shop.storage.unit_of_work import UnitOfWork

# A page that reloads itself asks the provider no more often than this.
PATIENCE = timedelta(seconds=2)


def sync(unit_of_work: UnitOfWork, providers: Providers, payment_id: int, *, now: datetime) -> PaymentStatus:
    """Ask the provider and write down what it says. Raises ProviderUnavailable, NotFound."""
    attempt = unit_of_work.run(partial(read_attempt, payment_id=payment_id, now=now))
    state = provider_of(providers, attempt).fetch(attempt, now=now)
    return settle(unit_of_work, payment_id, state, now=now)


def sync_patiently(
    unit_of_work: UnitOfWork,
    providers: Providers,
    attempt: Attempt,
    *,
    now: datetime,
    patience: timedelta = PATIENCE,
) -> PaymentStatus | None:
    """As `sync` for the page a buyer waits on: None if the provider was asked just now or does not answer."""
    if attempt.asked_at is not None and attempt.asked_at > now - patience:
        return None
    try:
        return sync(unit_of_work, providers, attempt.id, now=now)
    except ProviderUnavailable:
        return None


def settle(
    unit_of_work: UnitOfWork, payment_id: int, state: ProviderState, *, now: datetime
) -> PaymentStatus:
    """Write down a known state, then finish what the buyer asked for meanwhile."""
    status = unit_of_work.run(partial(apply_state, payment_id=payment_id, state=state, now=now))
    if status is PaymentStatus.SUCCEEDED:
        unit_of_work.run(partial(finish_cancellation, payment_id=payment_id, now=now))
    return status


def close_attempt(
    unit_of_work: UnitOfWork, providers: Providers, payment_id: int, *, now: datetime, reason: str
) -> PaymentStatus:
    """End an attempt at its provider; pending means that the provider still holds on to it.

    `reason` is kept with the dead attempt. Raises ProviderUnavailable.
    """
    attempt = unit_of_work.run(partial(read_attempt, payment_id=payment_id, now=now))
    unit_of_work.run(partial(_write_reason, payment_id=payment_id, reason=reason))
    state = provider_of(providers, attempt).close(attempt, now=now)
    return settle(unit_of_work, payment_id, state, now=now)


def provider_of(providers: Providers, attempt: Attempt) -> Provider:
    """The attempt's provider. Raises ProviderUnavailable for one that is not configured any more."""
    provider = provider_named(providers, attempt.provider)
    if provider is None:
        raise ProviderUnavailable()
    return provider


def _write_reason(session: Session, payment_id: int, reason: str) -> Payment:
    _, payment = lock_with_order(session, payment_id)
    if reason and payment.status is PaymentStatus.PENDING:
        payment.failure = reason
    return payment
