"""An order goes by a cheaper way than was paid: the difference of its freight goes back, off what couriers are owed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.ordering.closing import NothingElseLeft
from shop.ordering.events import OrderRedirected
from shop.ordering.reasons import Reason
from shop.payments.errors import NothingToRefund
from shop.payments.models import RefundBearer
from shop.payments.refund_limits import left_to_refund
from shop.payments.refunds import payment_to_refund, write_refund


def freight_left(session: Session, order_id: int) -> int:
    """What of its freight was paid and has not gone back, in fen."""
    left = left_to_refund(session, order_id)
    return max(min(left.freight_fen, left.fen), 0)


def give_freight_back(session: Session, event: OrderRedirected) -> None:
    """Once for each change. Raises NothingElseLeft where that would be all that is left of its price."""
    if not event.back_fen:
        return
    try:
        payment = payment_to_refund(session, event.order_id)
    except NothingToRefund:
        return
    if event.back_fen >= payment.left_fen:
        raise NothingElseLeft()
    write_refund(
        session,
        payment,
        amount_fen=event.back_fen,
        bearer=RefundBearer.COURIER,
        reason=Reason.CHEAPER_WAY,
        token=f"change:{event.change_id}",
        actor_id=event.actor_id,
        now=event.at,
        freight_fen=event.back_fen,
    )
