"""Money back: asked for once, never more than came in, sent outside any transaction, settled once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import NotFound
from shop.kit.references import random_code
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.payments.attempts import attempt_of, lock_with_order
from shop.payments.disputes import is_disputed
from shop.payments.errors import NothingToRefund, PaymentDisputed, ProviderUnavailable, RefundTooLarge
from shop.payments.events import OrphanReturned, RefundFailed, RefundRequested, RefundSucceeded
from shop.payments.models import (
    ClaimRefund,
    Payment,
    PaymentStatus,
    Refund,
    RefundBearer,
    RefundLine,
    RefundStatus,
)
from shop.payments.providers.base import Providers, RefundOrder, RefundState
from shop.payments.refund_limits import RefundedUnits, refuse_more
from shop.payments.transitions import REFUNDS
from shop.storage.event_log import record
from shop.storage.unit_of_work import UnitOfWork

REFERENCE_LENGTH = 12
RETRY_TOKEN = "again:"  # noqa: S105  with the failed refund's id: each is tried again once
CAME_BACK = "came back: "
OPEN = frozenset({RefundStatus.REQUESTED, RefundStatus.PENDING})


def refund_in_full(
    session: Session,
    order_id: int,
    *,
    bearer: RefundBearer,
    reason: str,
    actor_id: int | None,
    token: str,
    now: datetime,
) -> int:
    """Ask for everything back that is left of an order's payment; returns the refund's id.

    The same token asks once. Locks the order. Raises NothingToRefund.
    """
    lock_order(session, order_id)
    payment = successful_payment(session, order_id)
    known = refund_asked_with(session, payment.id, token)
    if known is not None:
        return known
    left = (payment.received_fen or 0) - payment.refunding_fen
    if left <= 0:
        raise NothingToRefund()
    return write_refund(
        session,
        payment,
        amount_fen=left,
        bearer=bearer,
        reason=reason,
        token=token,
        actor_id=actor_id,
        now=now,
    )


def successful_payment(session: Session, order_id: int) -> Payment:
    """The payment that confirmed the order, as it is now. Raises NothingToRefund when there is none."""
    payment = session.scalar(
        sa.select(Payment)
        .where(Payment.order_id == order_id, Payment.status == PaymentStatus.SUCCEEDED)
        .execution_options(populate_existing=True)
    )
    if payment is None:
        raise NothingToRefund()
    return payment


def write_refund(
    session: Session,
    payment: Payment,
    *,
    amount_fen: int,
    bearer: RefundBearer,
    reason: str,
    token: str,
    now: datetime,
    actor_id: int | None = None,
    units: Sequence[RefundedUnits] = (),
    freight_fen: int = 0,
    claim_id: int | None = None,
) -> int:
    """Write a refund to be sent; the order is locked by the caller. What is neither for units nor for freight is free.

    The same token asks once.
    Raises RefundTooLarge, also for more units of a line than came to the buyer: the sum that is asked back is kept by
    a conditional update and a CHECK constraint; and PaymentDisputed while the buyer's bank has the money, or may get it.
    """
    known = refund_asked_with(session, payment.id, token)
    if known is not None:
        return known
    if is_disputed(session, payment.id):
        raise PaymentDisputed()
    refuse_more(session, payment.order_id, units, freight_fen)
    _reserve(session, payment.id, amount_fen)
    refund = Refund(
        payment_id=payment.id,
        order_id=payment.order_id,
        amount_fen=amount_fen,
        freight_fen=freight_fen,
        free_fen=amount_fen - freight_fen - sum(one.amount_fen for one in units),
        bearer=bearer,
        reason=reason,
        reference=f"R{random_code(REFERENCE_LENGTH)}",
        request_token=token,
        requested_by_id=actor_id,
        created_at=now,
        lines=[_line(one) for one in units],
    )
    session.add(refund)
    session.flush()
    if claim_id is not None:
        session.add(ClaimRefund(refund_id=refund.id, claim_id=claim_id))
    note(session, payment.order_id, "refund_requested", now, actor_id=actor_id, amount_fen=amount_fen)
    record(session, RefundRequested(refund.id))
    if actor_id is not None:
        facts = {"amount_fen": amount_fen, "bearer": bearer, "reason": reason}
        audit(session, actor_id, "refund.requested", "refund", refund.id, facts, now=now)
    return refund.id


def retry_refund(session: Session, refund_id: int, *, actor_id: int | None, now: datetime) -> int:
    """Ask again for what a failed refund did not bring back; returns the new refund's id. Locks the order."""
    failed = session.get(Refund, refund_id)
    if failed is None:
        raise NotFound()
    _, payment = lock_with_order(session, failed.payment_id)
    session.refresh(failed)
    units = session.scalars(sa.select(RefundLine).where(RefundLine.refund_id == failed.id)).all()
    if failed.status is not RefundStatus.FAILED:
        raise NothingToRefund()
    return write_refund(
        session,
        payment,
        amount_fen=failed.amount_fen,
        bearer=failed.bearer,
        reason=failed.reason,
        token=f"{RETRY_TOKEN}{refund_id}",
        actor_id=actor_id,
        now=now,
        freight_fen=failed.freight_fen,
        claim_id=session.scalar(sa.select(ClaimRefund.claim_id).where(ClaimRefund.refund_id == failed.id)),
        units=[
            RefundedUnits(one.order_line_id, one.units, one.amount_fen, one.allocation_id) for one in units
        ],
    )


def send_refund(
    unit_of_work: UnitOfWork, providers: Providers, refund_id: int, *, now: datetime
) -> RefundStatus:
    """Send a refund that waits, or ask after one that is under way, and write down what the provider says.

    Raises ProviderUnavailable; the refund then waits for the next try.
    """
    order, status = unit_of_work.run(partial(_take, refund_id=refund_id, now=now))
    if status not in OPEN:
        return status
    provider = providers.get(order.attempt.provider)
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
        note(session, order.id, "refund_failed", now, amount_fen=refund.amount_fen, reason=refund.failure)
        record(session, RefundFailed(refund.id))
    return refund.status


def _notice_contradiction(session: Session, refund: Refund, state: RefundState, now: datetime) -> None:
    """A bank may send money back days after the provider said it had gone, or let it hang: a person has to look."""
    if refund.status is RefundStatus.PENDING and state.failure and not refund.failure:
        refund.failure = state.failure[:200]
    came_back = refund.status is RefundStatus.SUCCEEDED and state.status is RefundStatus.FAILED
    if came_back and not refund.failure:
        refund.failure = f"{CAME_BACK}{state.failure}"[:200]
        note(session, refund.order_id, "refund_came_back", now, amount_fen=refund.amount_fen)


def refund_asked_with(session: Session, payment_id: int, token: str) -> int | None:
    """The refund that this token asked for."""
    return session.scalar(
        sa.select(Refund.id).where(Refund.payment_id == payment_id, Refund.request_token == token)
    )


def _line(one: RefundedUnits) -> RefundLine:
    return RefundLine(
        order_line_id=one.order_line_id,
        allocation_id=one.allocation_id,
        units=one.units,
        amount_fen=one.amount_fen,
    )


def _reserve(session: Session, payment_id: int, amount_fen: int) -> None:
    session.flush()
    reserved = session.execute(
        sa.update(Payment)
        .where(
            Payment.id == payment_id,
            Payment.refunding_fen + amount_fen <= sa.func.coalesce(Payment.received_fen, 0),
        )
        .values(refunding_fen=Payment.refunding_fen + amount_fen)
        .returning(Payment.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not reserved:
        raise RefundTooLarge()
    session.get_one(Payment, payment_id, populate_existing=True)


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
