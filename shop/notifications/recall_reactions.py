"""Buyers of a recalled lot are told once, however many orders they have of it; and once that it was good after all."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.events import RecallSettled
from shop.inventory.trace_models import RecalledOrder
from shop.kit.clock import utc_now
from shop.notifications.enqueueing import call_back_message, enqueue_message
from shop.notifications.messages import Message
from shop.ordering.events import RecallLifted
from shop.ordering.models import Order


def tell_recalled(session: Session, event: RecallSettled) -> None:
    """A guest is who has the telephone number."""
    order = session.get_one(Order, event.order_id)
    enqueue_message(
        session,
        Message.LOT_RECALLED,
        order_id=event.order_id,
        recall_id=event.recall_id,
        dedupe_key=_key(event.recall_id, order.user_id, order.phone),
        now=utc_now(),
    )


def tell_recall_lifted(session: Session, event: RecallLifted) -> None:
    """Who was told of the recall, and nobody else: whose letter has not gone yet never hears of either."""
    told = sa.select(Order.id, Order.user_id, Order.phone).join(
        RecalledOrder, RecalledOrder.order_id == Order.id
    )
    told = told.where(RecalledOrder.recall_id == event.recall_id, RecalledOrder.settled_at.is_not(None))
    buyers = {
        _key(event.recall_id, user_id, phone): order_id
        for order_id, user_id, phone in session.execute(told.order_by(Order.id))
    }
    for key, order_id in buyers.items():
        if not call_back_message(session, Message.LOT_RECALLED, dedupe_key=key):
            enqueue_message(
                session,
                Message.RECALL_LIFTED,
                order_id=order_id,
                recall_id=event.recall_id,
                dedupe_key=key,
                now=utc_now(),
            )


def _key(recall_id: int, user_id: int | None, phone: str) -> str:
    return f"recall {recall_id} " + (f"user {user_id}" if user_id is not None else f"phone {phone}")
