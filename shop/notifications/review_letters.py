"""What letters about reviews say, and the reactions that send them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from shop.favourites.events import BackInStock
from shop.kit.clock import utc_now
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message
from shop.ordering.events import OrderCompleted
from shop.ordering.models import Channel, Order, OrderLine
from shop.reviews.desk import read_review, unreviewed
from shop.reviews.events import ReviewAnswered, ReviewHidden
from shop.reviews.models import ReviewStatus
from shop.reviews.words import REASONS

INVITED_AFTER: Final = timedelta(days=1)  # of completion: the goods have been tasted by then


def invite_to_review(session: Session, event: OrderCompleted) -> None:
    """Once an order, and only who has an account, where the invitation can be switched off.

    Nobody who gave the goods to others has tasted them.
    """
    order = session.get_one(Order, event.order_id)
    if order.user_id is None or order.channel is Channel.GIFT:
        return
    now = utc_now()
    enqueue_message(
        session,
        Message.REVIEW_INVITED,
        order_id=event.order_id,
        dedupe_key=str(event.order_id),
        now=now,
        due_at=now + INVITED_AFTER,
    )


def tell_review_hidden(session: Session, event: ReviewHidden) -> None:
    now = utc_now()
    enqueue_message(
        session,
        Message.REVIEW_HIDDEN,
        order_id=event.order_id,
        review_id=event.review_id,
        dedupe_key=f"{event.review_id} {now.isoformat()}",
        now=now,
    )


def tell_review_answered(session: Session, event: ReviewAnswered) -> None:
    enqueue_message(
        session,
        Message.REVIEW_ANSWERED,
        order_id=event.order_id,
        review_id=event.review_id,
        dedupe_key=str(event.review_id),
        now=utc_now(),
    )


def tell_back_in_stock(session: Session, event: BackInStock) -> None:
    """The pack's name is read when it is sent."""
    enqueue_message(
        session,
        Message.BACK_IN_STOCK,
        user_id=event.user_id,
        dedupe_key=f"{event.user_id} {event.variant_id} {event.asked_at.isoformat()}",
        now=event.at,
        facts={"variant_id": event.variant_id},
    )


def lines_to_review(session: Session, order: Order) -> Sequence[OrderLine] | None:
    """One line for each product that nothing was said of; None when all was said already."""
    first = {line.product_id: line for line in reversed(order.lines)}
    left = unreviewed(session, order.id, [line.product_id for line in order.lines])
    return [first[product_id] for product_id in left] or None


def told_of_review(session: Session, message: Message, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The review, None where it is not as the message says any more; why it is hidden, in a sentence to translate."""
    review = read_review(session, payload["review_id"])
    shows = ReviewStatus.HIDDEN if message is Message.REVIEW_HIDDEN else ReviewStatus.PUBLISHED
    reason = REASONS[review.hidden_reason] if review.hidden_reason else ""
    return {"review": review if review.status is shows else None, "review_reason": reason}
