"""Everything that is left of an order's payment goes back; what of it has not left, leaves the order first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.ordering.locking import lock_order
from shop.ordering.models import Order
from shop.ordering.unsent_units import close_unsent
from shop.payments.closed_units import refund_closed_units
from shop.payments.errors import NothingToRefund
from shop.payments.models import Payment, RefundBearer
from shop.payments.refunds import AsSeen, demand_as_seen, payment_to_refund, refund_asked_with, write_refund


def refund_in_full(
    session: Session,
    order_id: int,
    *,
    bearer: RefundBearer,
    reason: str,
    actor_id: int | None,
    token: str,
    now: datetime,
    as_seen: AsSeen | None = None,
) -> int:
    """Ask for everything back that is left of an order's payment; returns the refund's id.

    What of it has not left while something has, leaves the order first: its price goes back by a refund of its own, and its
    sale is taken back as if it had not been; `bearer` bears the rest. The same token asks once. Locks the order;
    `as_seen` is asked behind the lock. Raises NothingToRefund, ParcelsMoved.
    """
    order = lock_order(session, order_id)
    payment = payment_to_refund(session, order_id)
    known = refund_asked_with(session, payment.id, token)
    if known is not None:
        return known
    demand_as_seen(session, as_seen)
    rest_id = None
    if bearer is not RefundBearer.REVERSAL:
        rest_id = _call_off_rest(session, order, payment, reason=reason, actor_id=actor_id, now=now)
    left = payment.left_fen
    if left <= 0 and rest_id is not None:
        return rest_id
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


def _call_off_rest(
    session: Session, order: Order, payment: Payment, *, reason: str, actor_id: int | None, now: datetime
) -> int | None:
    """The refund of what has not left; None where all has, or nothing is left to go back for it."""
    closed = close_unsent(session, order, reason=reason, actor_id=actor_id, now=now)
    if closed is None:
        return None
    rest_id = refund_closed_units(session, closed)
    session.refresh(payment)
    return rest_id
