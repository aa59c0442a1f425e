"""Payments as plain facts, and the lock that all changes of an order's money go through."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.errors import NotFound
from shop.ordering.locking import lock_order
from shop.ordering.models import Order
from shop.payments.models import Payment, PaymentStatus
from shop.payments.providers.base import Attempt

_ORDER_OF: Final = sa.select(Payment.order_id).where(Payment.id == sa.bindparam("payment_id"))
_OF_ORDER: Final = (
    sa.select(Payment)
    .where(Payment.order_id == sa.bindparam("order_id"))
    .execution_options(populate_existing=True)
)
_PENDING: Final = _OF_ORDER.where(Payment.status == PaymentStatus.PENDING)
_LAST: Final = _OF_ORDER.order_by(Payment.attempt.desc()).limit(1)


def lock_with_order(session: Session, payment_id: int) -> tuple[Order, Payment]:
    """The payment and its order as they are now, both behind the order's lock. Raises NotFound."""
    order_id = session.scalar(_ORDER_OF, {"payment_id": payment_id})
    if order_id is None:
        raise NotFound()
    order = lock_order(session, order_id)
    payment = session.get_one(Payment, payment_id, populate_existing=True)
    return order, payment


def pending_payment(session: Session, order_id: int) -> Payment | None:
    """The one attempt that is still open."""
    return session.scalar(_PENDING, {"order_id": order_id})


def last_payment(session: Session, order_id: int) -> Payment | None:
    return session.scalar(_LAST, {"order_id": order_id})


def attempt_of(payment: Payment) -> Attempt:
    return Attempt(
        id=payment.id,
        order_id=payment.order_id,
        provider=payment.provider,
        reference=payment.reference,
        provider_ref=payment.provider_ref,
        charge_ref=payment.charge_ref,
        amount_fen=payment.amount_fen,
        currency=payment.currency,
        request=payment.request or {},
        created_at=payment.created_at,
        expires_at=payment.expires_at,
        redirect_url=payment.redirect_url,
        asked_at=payment.asked_at,
    )


def read_attempt(session: Session, payment_id: int, *, now: datetime | None = None) -> Attempt:
    """One attempt's facts; with `now`, it is marked as being asked at that moment. Raises NotFound."""
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise NotFound()
    if now is not None:
        payment.asked_at = now
    return attempt_of(payment)
