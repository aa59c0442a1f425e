"""Money that somebody sent back in a provider's own pages: our books learn of it like of any refund."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.ordering.history import note
from shop.ordering.models import OrderEvent
from shop.ordering.reasons import Reason
from shop.payments.attempts import lock_with_order
from shop.payments.disputes import is_disputed
from shop.payments.models import Payment, PaymentStatus, Refund, RefundBearer, RefundStatus
from shop.payments.providers.base import RefundState
from shop.payments.refund_settling import apply_refund_state
from shop.payments.refunds import RETRY_TOKEN, retry_refund, write_refund
from shop.payments.transitions import PAID

NOTED_AS = "refunded_elsewhere"


def write_down_elsewhere(
    session: Session, payment_id: int, amount_fen: int, state: RefundState, *, now: datetime
) -> int | None:
    """Write the refund down once it has succeeded, and only once; returns its id. Locks the order.

    One that failed here, or cannot leave beside it, is what was made there: it then counts as ours, with whoever bears
    it. Any other is borne by the shop until somebody decides otherwise; of what no order could use nobody bears it, and the
    rest is asked for. None: nothing has gone back yet, the buyer's bank has the money, or a refund of ours is in its
    way, which the provider is going to refuse: to be told again.
    """
    _, payment = lock_with_order(session, payment_id)
    known = session.scalar(sa.select(Refund.id).where(Refund.provider_ref == state.provider_ref))
    if known is not None:
        apply_refund_state(session, known, state, now=now)
        return known
    if state.status is not RefundStatus.SUCCEEDED or payment.status not in PAID:
        return None
    _note_once(session, payment, amount_fen, state, now)
    if is_disputed(session, payment.id):
        return None
    refund_id = _ours(session, payment, amount_fen, now) or _anew(session, payment, amount_fen, state, now)
    if refund_id is not None:
        apply_refund_state(session, refund_id, state, now=now)
        _ask_for_rest(session, payment, state, now)
    return refund_id


def _note_once(
    session: Session, payment: Payment, amount_fen: int, state: RefundState, now: datetime
) -> None:
    """In the order's history, also while it cannot be written down."""
    said = sa.select(OrderEvent.facts).where(
        OrderEvent.order_id == payment.order_id, OrderEvent.kind == NOTED_AS
    )
    if any((facts or {}).get("elsewhere_id") == state.provider_ref for facts in session.scalars(said)):
        return
    note(
        session,
        payment.order_id,
        NOTED_AS,
        now,
        amount_fen=amount_fen,
        provider=payment.provider,
        elsewhere_id=state.provider_ref,
    )


def _ours(session: Session, payment: Payment, amount_fen: int, now: datetime) -> int | None:
    """The refund of ours that somebody made by hand: of the same amount, and failed or in its way."""
    failed = session.scalar(_failed(payment, amount_fen))
    if failed is not None and amount_fen <= _left(payment):
        return retry_refund(session, failed, actor_id=None, now=now)
    if amount_fen <= _left(payment):
        return None
    unsent = sa.select(Refund.id).where(
        Refund.payment_id == payment.id,
        Refund.amount_fen == amount_fen,
        Refund.status == RefundStatus.REQUESTED,
        Refund.provider_ref.is_(None),
    )
    return session.scalar(unsent.order_by(Refund.id).limit(1))


def _failed(payment: Payment, amount_fen: int) -> sa.Select[int]:
    """Not asked for again since."""
    again = aliased(Refund)
    token = sa.literal(RETRY_TOKEN) + sa.cast(Refund.id, sa.String)
    asked_again = sa.exists().where(again.payment_id == Refund.payment_id, again.request_token == token)
    mine = sa.and_(Refund.payment_id == payment.id, Refund.amount_fen == amount_fen)
    failed = sa.select(Refund.id).where(mine, Refund.status == RefundStatus.FAILED, ~asked_again)
    return failed.order_by(Refund.id).limit(1)


def _anew(
    session: Session, payment: Payment, amount_fen: int, state: RefundState, now: datetime
) -> int | None:
    if not 0 < amount_fen <= _left(payment):
        return None
    is_orphan = payment.status is PaymentStatus.ORPHANED
    return write_refund(
        session,
        payment,
        amount_fen=amount_fen,
        bearer=RefundBearer.REVERSAL if is_orphan else RefundBearer.SHOP,
        reason=Reason.REFUNDED_ELSEWHERE,
        token=f"elsewhere:{state.provider_ref}"[:64],
        now=now,
    )


def _ask_for_rest(session: Session, payment: Payment, state: RefundState, now: datetime) -> None:
    """What no order can use goes back in full, also where somebody began with a part."""
    if payment.status is not PaymentStatus.ORPHANED or not (left := _left(payment)):
        return
    write_refund(
        session,
        payment,
        amount_fen=left,
        bearer=RefundBearer.REVERSAL,
        reason=payment.failure,
        token=f"rest:{state.provider_ref}"[:64],
        now=now,
    )


def _left(payment: Payment) -> int:
    return (payment.received_fen or 0) - payment.refunding_fen
