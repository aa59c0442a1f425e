"""A buyer cancelled while the money was already on its way: the order was confirmed, and is undone again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.ordering.cancellation import cancel_confirmed
from shop.ordering.models import OrderStatus
from shop.ordering.reasons import Reason
from shop.payments.attempts import lock_with_order
from shop.payments.closed_units import has_open_part_refund
from shop.payments.errors import NothingToRefund, RefundUnderWay
from shop.payments.events import SaleUndone
from shop.payments.models import RefundBearer
from shop.payments.refunds import payment_to_refund
from shop.payments.terms.crediting import was_debt
from shop.payments.whole_refunds import refund_in_full
from shop.storage.event_log import record

TOKEN = "cancelled"  # noqa: S105  makes the refund of a cancelled order the only one of its kind


def finish_cancellation(session: Session, payment_id: int, *, now: datetime) -> bool:
    """Undo and refund a confirmed order whose buyer had asked to cancel it; True when that was so."""
    order, _ = lock_with_order(session, payment_id)
    if order.status is not OrderStatus.CONFIRMED or order.cancel_requested_at is None:
        return False
    undo_confirmed(session, order.id, reason=Reason.CANCELLED_BY_BUYER, actor_id=None, now=now)
    return True


def undo_confirmed(
    session: Session, order_id: int, *, reason: str, actor_id: int | None, now: datetime
) -> bool:
    """Ask for the whole payment back and cancel the order with its tasks; False when nothing is left to go back.

    The sale did not happen, so every part of its split goes back once the refund has succeeded, or at once when the
    buyer has everything back already. Raises what `cancel_confirmed` and `refund_in_full` raise, and RefundUnderWay
    while a part of its price is on its way back; then nothing happened.
    """
    if has_open_part_refund(session, order_id):
        raise RefundUnderWay()
    if not _is_left(session, order_id):
        cancel_confirmed(session, order_id, now=now, actor_id=actor_id, reason=reason)
        record(session, SaleUndone(order_id, now))
        return False
    refund_in_full(
        session,
        order_id,
        bearer=RefundBearer.REVERSAL,
        reason=reason,
        actor_id=actor_id,
        token=TOKEN,
        now=now,
    )
    cancel_confirmed(session, order_id, now=now, actor_id=actor_id, reason=reason)
    return True


def _is_left(session: Session, order_id: int) -> bool:
    """Whether anything can go back. Raises NothingToRefund for an order without a payment or a debt that has ended."""
    try:
        return payment_to_refund(session, order_id).left_fen > 0
    except NothingToRefund:
        if not was_debt(session, order_id):
            raise
        return False
