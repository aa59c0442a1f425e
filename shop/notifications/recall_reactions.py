"""Buyers of a recalled lot are told once, however many orders they have of it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.fulfilment.events import RecallSettled
from shop.kit.clock import utc_now
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message
from shop.ordering.models import Order


def tell_recalled(session: Session, event: RecallSettled) -> None:
    """A guest is who has the telephone number."""
    order = session.get_one(Order, event.order_id)
    buyer = f"user {order.user_id}" if order.user_id is not None else f"phone {order.phone}"
    enqueue_message(
        session,
        Message.LOT_RECALLED,
        order_id=event.order_id,
        recall_id=event.recall_id,
        dedupe_key=f"recall {event.recall_id} {buyer}",
        now=utc_now(),
    )
