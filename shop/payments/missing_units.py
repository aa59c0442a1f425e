"""What a buyer's answer about units that nobody has does to the money."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.kit.clock import utc_now
from shop.ordering.events import OrderGivenUp, SubstituteTaken
from shop.ordering.reasons import Reason
from shop.payments.errors import NothingToRefund
from shop.payments.models import RefundBearer
from shop.payments.refunds import payment_to_refund, write_refund
from shop.payments.withdrawal import undo_confirmed


def undo_given_up(session: Session, event: OrderGivenUp) -> None:
    """Nothing is left of the order: it is cancelled, and all that is left of its payment goes back."""
    undo_confirmed(session, event.order_id, reason=event.reason, actor_id=event.actor_id, now=utc_now())


def refund_difference(session: Session, event: SubstituteTaken) -> None:
    """Other goods are cheaper: the shop gives the difference back, and never more than is left of what was paid.

    The household that helps out earns what the first one would have.
    """
    try:
        payment = payment_to_refund(session, event.order_id)
    except NothingToRefund:
        return
    amount_fen = min(event.amount_fen, payment.left_fen)
    if amount_fen > 0:
        write_refund(
            session,
            payment,
            amount_fen=amount_fen,
            bearer=RefundBearer.SHOP,
            reason=Reason.CHEAPER_SUBSTITUTE,
            token=f"substitute:{event.allocation_id}",
            actor_id=event.actor_id,
            now=utc_now(),
        )
