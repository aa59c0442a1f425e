"""Money that somebody sent back in a provider's own pages: our books learn of it like of any refund."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ordering.history import note
from shop.ordering.reasons import Reason
from shop.payments.attempts import lock_with_order
from shop.payments.disputes import is_disputed
from shop.payments.models import PaymentStatus, Refund, RefundBearer, RefundStatus
from shop.payments.providers.base import RefundState
from shop.payments.refund_settling import apply_refund_state
from shop.payments.refunds import write_refund


def write_down_elsewhere(
    session: Session, payment_id: int, amount_fen: int, state: RefundState, *, now: datetime
) -> int | None:
    """Write the refund down once it has succeeded, and only once; returns its id.

    The shop bears it until somebody decides otherwise. Locks the order. None: nothing has gone back yet, or it is
    more than is left of the payment, which a person must look into.
    """
    order, payment = lock_with_order(session, payment_id)
    known = session.scalar(sa.select(Refund.id).where(Refund.provider_ref == state.provider_ref))
    if known is not None:
        apply_refund_state(session, known, state, now=now)
        return known
    if state.status is not RefundStatus.SUCCEEDED or payment.status is not PaymentStatus.SUCCEEDED:
        return None
    left = (payment.received_fen or 0) - payment.refunding_fen
    note(session, order.id, "refunded_elsewhere", now, amount_fen=amount_fen, provider=payment.provider)
    if not 0 < amount_fen <= left or is_disputed(session, payment.id):
        return None
    refund_id = write_refund(
        session,
        payment,
        amount_fen=amount_fen,
        bearer=RefundBearer.SHOP,
        reason=Reason.REFUNDED_ELSEWHERE,
        token=f"elsewhere:{state.provider_ref}"[:64],
        now=now,
    )
    apply_refund_state(session, refund_id, state, now=now)
    return refund_id
