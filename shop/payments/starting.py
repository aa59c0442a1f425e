"""Starting to pay: write the intent, call the provider, write the result.

However often it is asked, also at once from two tabs, an order has one open attempt with one stored request, which
is sent again under the same key until the provider answers. Only its refusal, which proves that nothing began,
makes room for a new attempt with a new key.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.references import random_code
from shop.ordering.approvals.ending import end_waiting
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.ordering.reasons import Reason
from shop.payments.attempts import attempt_of, last_payment, lock_with_order, pending_payment
from shop.payments.errors import (
    AccountNeeded,
    NothingToPay,
    ProviderUnavailable,
    StartRefused,
    TooLateForMethod,
    TooManyAttempts,
    UnknownMethod,
)
from shop.payments.models import Payment, PaymentStatus
from shop.payments.outcome import forget_private
from shop.payments.providers.base import Attempt, Draft, Item, Provider, Providers, Started, Visit
from shop.payments.syncing import close_attempt, provider_of
from shop.payments.transitions import PAID, PAYMENTS
from shop.storage.unit_of_work import UnitOfWork

# Stock is held while an attempt is open, so nobody may begin new ones for ever.
MOST_ATTEMPTS = 6
MOST_ROUNDS = 4  # one attempt out of the way, one refused, one begun, one to spare
REFERENCE_LENGTH = 12
FREIGHT_WORDS = {"zh": "运费", "en": "Freight"}
HERE = Visit()


@dataclass(frozen=True)
class Pages:
    """Where a provider sends the buyer back to; absolute addresses from configuration."""

    return_url: str
    cancel_url: str


@dataclass(frozen=True)
class Intent:
    """The order's open attempt; it is in the way when it must end before the one that is wanted can begin."""

    attempt: Attempt
    is_in_the_way: bool
    is_over: bool


def start_payment(
    unit_of_work: UnitOfWork,
    providers: Providers,
    order_id: int,
    *,
    pages: Pages,
    now: datetime,
    method: str | None = None,
    visit: Visit = HERE,
) -> Attempt:
    """Begin or go on paying an order; with `method`, change to that provider first.

    Raises NothingToPay, UnknownMethod, AccountNeeded, TooLateForMethod, TooManyAttempts, or ProviderUnavailable when what happened is not known yet:
    then the attempt stays open, and the same call goes on with it.
    """
    write = partial(
        write_intent,
        order_id=order_id,
        method=method,
        providers=providers,
        pages=pages,
        visit=visit,
        now=now,
    )
    for _ in range(MOST_ROUNDS):
        intent = unit_of_work.run(write)
        attempt = intent.attempt
        if intent.is_in_the_way:
            _make_room(unit_of_work, providers, intent, now)
            continue
        if attempt.redirect_url is not None:
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


def write_intent(
    session: Session,
    order_id: int,
    method: str | None,
    providers: Providers,
    pages: Pages,
    now: datetime,
    visit: Visit = HERE,
) -> Intent:
    """The open attempt of this order, made if there is none. Locks the order. `visit` is where the buyer stands.

    Raises NothingToPay, UnknownMethod, AccountNeeded, TooLateForMethod, TooManyAttempts.
    """
    order = lock_order(session, order_id)
    if order.status is not OrderStatus.AWAITING_PAYMENT or order.cancel_requested_at is not None:
        raise NothingToPay()
    provider = providers.get(method or order.payment_method)
    scene = provider.scene(visit) if provider is not None else None
    if provider is None or scene is None:
        raise UnknownMethod(field="payment_method")
    payment = pending_payment(session, order_id)
    if payment is None or payment.provider != provider.name:
        _check_method(session, order, provider, now)
    if payment is None:
        payment = _new_payment(session, order, provider, pages, visit, now)
    is_over = payment.expires_at is not None and payment.expires_at <= now
    is_other = payment.provider != provider.name or (payment.request or {}).get("scene", "") != scene
    return Intent(attempt=attempt_of(payment), is_in_the_way=is_over or is_other, is_over=is_over)


def _check_method(session: Session, order: Order, provider: Provider, now: datetime) -> None:
    """Raises AccountNeeded, or TooLateForMethod."""
    if provider.needs_account and order.user_id is None:
        raise AccountNeeded(field="payment_method")
    if provider.deadline(session, order, now) <= now:
        raise TooLateForMethod(field="payment_method")


def _new_payment(
    session: Session, order: Order, provider: Provider, pages: Pages, visit: Visit, now: datetime
) -> Payment:
    earlier = last_payment(session, order.id)
    number = earlier.attempt + 1 if earlier else 1
    if number > MOST_ATTEMPTS:
        raise TooManyAttempts()
    draft = _draft(session, order, pages, visit, expires_at=provider.deadline(session, order, now))
    payment = Payment(
        order_id=order.id,
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
    end_waiting(session, order.id, now=now)  # nobody need approve what is paid in another way
    note(session, order.id, "payment_started", now, provider=provider.name, attempt=number)
    return payment


def write_started(session: Session, payment_id: int, started: Started) -> Attempt:
    """The provider has it. The buyer may have paid already: only what is still unknown is filled in."""
    _, payment = lock_with_order(session, payment_id)
    payment.provider_ref = payment.provider_ref or started.provider_ref
    if started.keeps_url:
        payment.redirect_url = payment.redirect_url or started.redirect_url
    if payment.status is PaymentStatus.PENDING:
        payment.expires_at = started.expires_at
        if started.answer is not None:
            payment.request = (payment.request or {}) | {"answer": dict(started.answer)}
    return replace(attempt_of(payment), redirect_url=payment.redirect_url or started.redirect_url)


def write_refusal(session: Session, payment_id: int, reason: str, now: datetime) -> None:
    _, payment = lock_with_order(session, payment_id)
    if payment.status is not PaymentStatus.PENDING:
        return
    payment.status = PAYMENTS.step(payment.status, PaymentStatus.FAILED)
    payment.failure = reason[:200]
    payment.ended_at = now
    forget_private(payment)
    note(session, payment.order_id, "payment_failed", now, provider=payment.provider, reason=reason[:200])


def _make_room(unit_of_work: UnitOfWork, providers: Providers, intent: Intent, now: datetime) -> None:
    """End an attempt that is over its time, or of another provider; it may turn out to be paid."""
    reason = "" if intent.is_over else Reason.REPLACED
    status = close_attempt(unit_of_work, providers, intent.attempt.id, now=now, reason=reason)
    if status is PaymentStatus.PENDING:
        raise ProviderUnavailable()
    if status in PAID:
        raise NothingToPay()


def _draft(session: Session, order: Order, pages: Pages, visit: Visit, *, expires_at: datetime) -> Draft:
    return Draft(
        reference=random_code(REFERENCE_LENGTH),
        order_number=order.number,
        amount_fen=order.total_fen,
        items=_items(session, order),
        language=order.language,
        return_url=pages.return_url,
        cancel_url=pages.cancel_url,
        expires_at=expires_at.replace(microsecond=0),
        visit=visit,
    )


def _items(session: Session, order: Order) -> tuple[Item, ...]:
    lines = session.scalars(sa.select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.id))
    is_chinese = order.language == "zh"
    items = [_item(line, is_chinese) for line in lines if line.paid_fen]
    if order.freight_fen > order.freight_off_fen:
        freight_fen = order.freight_fen - order.freight_off_fen
        items.append(Item(FREIGHT_WORDS.get(order.language, "Freight"), freight_fen, 1))
    return tuple(items)


def _item(line: OrderLine, is_chinese: bool) -> Item:
    """What a coupon took off leaves no whole price of a unit: then all units are one item at what is paid for them."""
    name = (
        f"{line.product_name_zh} {line.variant_name_zh}"
        if is_chinese
        else f"{line.product_name_en} {line.variant_name_en}"
    )
    if line.discount_fen:
        return Item(f"{name} × {line.quantity}", line.paid_fen, 1)
    return Item(name, line.unit_price_fen, line.quantity)
