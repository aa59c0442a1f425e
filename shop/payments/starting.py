"""Starting to pay: write the intent, call the provider, write the result.

However often it is asked, also at once from two tabs, an order has one open attempt with one stored request, which
is sent again under the same key until the provider answers. Only its refusal, which proves that nothing began,
makes room for a new attempt with a new key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.references import random_code
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.payments.attempts import attempt_of, last_payment, lock_with_order, pending_payment
from shop.payments.errors import (
    NothingToPay,
    ProviderUnavailable,
    StartRefused,
    TooManyAttempts,
    UnknownMethod,
)
from shop.payments.models import Payment, PaymentStatus
from shop.payments.providers.base import Attempt, Draft, Item, Provider, Providers, Started
from shop.payments.syncing import close_attempt, provider_of
from shop.payments.transitions import PAYMENTS
from shop.storage.unit_of_work import UnitOfWork

# Stock is held while an attempt is open, so nobody may begin new ones for ever.
MOST_ATTEMPTS = 6
REFERENCE_LENGTH = 12
FREIGHT_WORDS = {"zh": "运费", "en": "Freight"}


@dataclass(frozen=True)
class Pages:
    """Where a provider sends the buyer back to; absolute addresses from configuration."""

    return_url: str
    cancel_url: str


def start_payment(
    unit_of_work: UnitOfWork,
    providers: Providers,
    order_id: int,
    *,
    pages: Pages,
    now: datetime,
    method: str | None = None,
) -> Attempt:
    """Begin or go on paying an order; with `method`, change to that provider first.

    Raises NothingToPay, UnknownMethod, TooManyAttempts, or ProviderUnavailable when what happened is not known yet:
    then the attempt stays open, and the same call goes on with it.
    """
    chosen = unit_of_work.run(partial(_choose, order_id=order_id, method=method, providers=providers))
    _make_room(unit_of_work, providers, order_id, chosen, now)
    provider = providers[chosen]
    for _ in range(2):
        intent = partial(write_intent, order_id=order_id, provider=provider, pages=pages, now=now)
        attempt = unit_of_work.run(intent)
        if attempt.provider_ref is not None or attempt.redirect_url is not None:
            return attempt
        try:
            started = provider_of(providers, attempt).start(attempt, now=now)
        except StartRefused as refusal:
            unit_of_work.run(partial(write_refusal, payment_id=attempt.id, reason=refusal.reason, now=now))
            if not refusal.again:
                break
        else:
            return unit_of_work.run(partial(write_started, payment_id=attempt.id, started=started))
    raise ProviderUnavailable()


def write_intent(session: Session, order_id: int, provider: Provider, pages: Pages, now: datetime) -> Attempt:
    """The open attempt of this order, made if there is none. Locks the order."""
    order = lock_order(session, order_id)
    _require_unpaid(order)
    open_payment = pending_payment(session, order_id)
    if open_payment is not None:
        return attempt_of(open_payment)
    earlier = last_payment(session, order_id)
    number = earlier.attempt + 1 if earlier else 1
    if number > MOST_ATTEMPTS:
        raise TooManyAttempts()
    draft = _draft(session, order, pages, expires_at=provider.deadline(session, now))
    payment = Payment(
        order_id=order_id,
        attempt=number,
        provider=provider.name,
        amount_fen=order.total_fen,
        currency="CNY",
        reference=draft.reference,
        request=provider.draft(session, draft),
        created_at=now,
        expires_at=draft.expires_at,
    )
    session.add(payment)
    session.flush()
    order.payment_method = provider.name
    note(session, order_id, "payment_started", now, provider=provider.name, attempt=number)
    return attempt_of(payment)


def write_started(session: Session, payment_id: int, started: Started) -> Attempt:
    """The provider has it. The buyer may have paid already: only what is still unknown is filled in."""
    _, payment = lock_with_order(session, payment_id)
    payment.provider_ref = payment.provider_ref or started.provider_ref
    payment.redirect_url = payment.redirect_url or started.redirect_url
    if payment.status is PaymentStatus.PENDING:
        payment.expires_at = started.expires_at
    return attempt_of(payment)


def write_refusal(session: Session, payment_id: int, reason: str, now: datetime) -> None:
    _, payment = lock_with_order(session, payment_id)
    if payment.status is not PaymentStatus.PENDING:
        return
    payment.status = PAYMENTS.step(payment.status, PaymentStatus.FAILED)
    payment.failure = reason[:200]
    payment.ended_at = now
    note(session, payment.order_id, "payment_failed", now, provider=payment.provider, reason=reason[:200])


def _choose(session: Session, order_id: int, method: str | None, providers: Providers) -> str:
    order = session.get_one(Order, order_id)
    _require_unpaid(order)
    chosen = method or order.payment_method
    if chosen not in providers:
        raise UnknownMethod(field="payment_method")
    return chosen


def _make_room(
    unit_of_work: UnitOfWork, providers: Providers, order_id: int, chosen: str, now: datetime
) -> None:
    """An open attempt that is over its time, or of another provider, ends first; it may turn out to be paid."""
    attempt = unit_of_work.run(partial(_open_attempt, order_id=order_id))
    if attempt is None:
        return
    is_over = attempt.expires_at is not None and attempt.expires_at <= now
    if attempt.provider != chosen or is_over:
        reason = "" if is_over else "replaced"
        status = close_attempt(unit_of_work, providers, attempt.id, now=now, reason=reason)
        if status is PaymentStatus.PENDING:
            raise ProviderUnavailable()
        if status in {PaymentStatus.SUCCEEDED, PaymentStatus.ORPHANED}:
            raise NothingToPay()


def _open_attempt(session: Session, order_id: int) -> Attempt | None:
    payment = pending_payment(session, order_id)
    return attempt_of(payment) if payment else None


def _require_unpaid(order: Order) -> None:
    if order.status is not OrderStatus.AWAITING_PAYMENT or order.cancel_requested_at is not None:
        raise NothingToPay()


def _draft(session: Session, order: Order, pages: Pages, *, expires_at: datetime) -> Draft:
    return Draft(
        reference=random_code(REFERENCE_LENGTH),
        order_number=order.number,
        amount_fen=order.total_fen,
        items=_items(session, order),
        language=order.language,
        return_url=pages.return_url,
        cancel_url=pages.cancel_url,
        expires_at=expires_at.replace(microsecond=0),
    )


def _items(session: Session, order: Order) -> tuple[Item, ...]:
    lines = session.scalars(sa.select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.id))
    is_chinese = order.language == "zh"
    items = [
        Item(
            name=f"{line.product_name_zh} {line.variant_name_zh}"
            if is_chinese
            else f"{line.product_name_en} {line.variant_name_en}",
            unit_fen=line.unit_price_fen,
            quantity=line.quantity,
        )
        for line in lines
    ]
    if order.freight_fen:
        items.append(Item(FREIGHT_WORDS.get(order.language, "Freight"), order.freight_fen, 1))
    return tuple(items)
