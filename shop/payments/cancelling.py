"""Cancelling an order whose money is with a provider, or may be at any moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.events import AccountTakenOver
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderStatus
from shop.ordering.reasons import Reason
from shop.payments.attempts import pending_payment
from shop.payments.errors import ProviderUnavailable, TooLateToCancel
from shop.payments.models import PaymentStatus
from shop.payments.outcome import release_if_dead
from shop.payments.providers.base import Providers
from shop.payments.syncing import close_attempt
from shop.payments.withdrawal import undo_confirmed
from shop.storage.unit_of_work import UnitOfWork


class CancelOutcome(StrEnum):
    CANCELLED = "cancelled"  # dead, and its stock is free
    REFUNDING = "refunding"  # it was paid: cancelled, and the money goes back
    GIVEN_BACK = "given_back"  # cancelled; its buyer had everything back before
    WAITING = "waiting"  # the provider has not let go of the attempt yet; we keep asking


def cancel_order(
    unit_of_work: UnitOfWork,
    providers: Providers,
    order_id: int,
    *,
    actor_id: int | None,
    now: datetime,
    reason: str = Reason.CANCELLED_BY_BUYER,
    also_confirmed: bool = False,
    while_it_may: Callable[[Session, int], bool] | None = None,
) -> CancelOutcome:
    """Cancel an unpaid order; with `also_confirmed` (an admin), a paid one too, which is refunded in full.

    `while_it_may(session, order_id)`, asked behind the order's lock, says of a paid one whether its buyer still may.

    The wish is written first, then the open attempt is closed at its provider. Only when that is dead the order
    is cancelled; had it been paid meanwhile, the order is confirmed, undone and refunded. Raises TooLateToCancel.
    """
    wish = partial(
        _write_wish,
        order_id=order_id,
        actor_id=actor_id,
        reason=reason,
        also_confirmed=also_confirmed,
        while_it_may=while_it_may,
        now=now,
    )
    outcome, open_payment_id = unit_of_work.run(wish)
    if open_payment_id is None:
        return outcome
    try:
        status = close_attempt(unit_of_work, providers, open_payment_id, now=now, reason=Reason.CANCELLED)
    except ProviderUnavailable:
        return CancelOutcome.WAITING
    if status is PaymentStatus.PENDING:
        return CancelOutcome.WAITING
    is_paid = status in {PaymentStatus.SUCCEEDED, PaymentStatus.ORPHANED}
    return CancelOutcome.REFUNDING if is_paid else CancelOutcome.CANCELLED


def call_off_unpaid(session: Session, event: AccountTakenOver) -> None:
    """Whoever registered with the address may have ordered. What is open at a provider is asked for until it is dead."""
    unpaid = sa.select(Order.id).where(
        Order.user_id == event.user_id, Order.status == OrderStatus.AWAITING_PAYMENT
    )
    for order_id in session.scalars(unpaid.order_by(Order.id)).all():
        _write_wish(session, order_id, None, Reason.CANCELLED, False, None, event.at)


def _write_wish(
    session: Session,
    order_id: int,
    actor_id: int | None,
    reason: str,
    also_confirmed: bool,
    while_it_may: Callable[[Session, int], bool] | None,
    now: datetime,
) -> tuple[CancelOutcome, int | None]:
    """Write that the order is to be cancelled; what can be done at once is done. The id is of an open attempt."""
    order = lock_order(session, order_id)
    if order.status is OrderStatus.CANCELLED:
        return CancelOutcome.CANCELLED, None
    if also_confirmed and actor_id is not None:
        audit(session, actor_id, "order.cancelled", "order", order.number, {"reason": reason}, now=now)
    is_confirmed = order.status is OrderStatus.CONFIRMED
    if is_confirmed and (also_confirmed or (while_it_may is not None and while_it_may(session, order_id))):
        goes_back = undo_confirmed(session, order_id, reason=reason, actor_id=actor_id, now=now)
        return CancelOutcome.REFUNDING if goes_back else CancelOutcome.GIVEN_BACK, None
    if order.status is not OrderStatus.AWAITING_PAYMENT:
        raise TooLateToCancel()
    if order.cancel_requested_at is None:
        order.cancel_requested_at = now
        note(session, order_id, "cancel_requested", now, actor_id=actor_id)
    payment = pending_payment(session, order_id)
    if payment is not None:
        return CancelOutcome.WAITING, payment.id
    session.flush()
    release_if_dead(session, order, now)
    return CancelOutcome.CANCELLED, None
