"""A gift's buyer hears of the gift, and not of each of its thousands of orders."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy.orm import Session

from shop.gifts.events import GiftPlaced
from shop.gifts.models import Gift
from shop.kit.clock import shanghai_date, shanghai_moment
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message
from shop.ordering.gift_models import OrderGift
from shop.ordering.models import Channel, Order
from shop.payments.events import JointSettled

TOLD_AT: Final = time(18)  # of Shanghai: what left since yesterday at this time


def is_of_gift(session: Session, order_id: int) -> bool:
    return session.get_one(Order, order_id).channel is Channel.GIFT


def tell_gift_placed(session: Session, event: GiftPlaced) -> None:
    _tell(session, event.gift_id, event.at)


def tell_gift_paid(session: Session, event: JointSettled) -> None:
    _tell(session, event.gift_id, event.at)


def tell_gift_shipped(session: Session, order_id: int, now: datetime) -> None:
    """At most one letter a day for all parcels of a gift."""
    link = session.get(OrderGift, order_id)
    gift = session.get(Gift, link.gift_id) if link is not None else None
    if gift is None or gift.ordered_by_id is None:
        return
    day = day_of_telling(now)
    enqueue_message(
        session,
        Message.GIFT_SHIPPED,
        user_id=gift.ordered_by_id,
        facts={"gift_id": gift.id, "day": day.isoformat()},
        dedupe_key=f"gift {gift.id} {day}",
        now=now,
        due_at=shanghai_moment(day, TOLD_AT),
    )


def day_of_telling(now: datetime) -> date:
    day = shanghai_date(now)
    return day if now < shanghai_moment(day, TOLD_AT) else day + timedelta(days=1)


def _tell(session: Session, gift_id: int, at: datetime) -> None:
    gift = session.get_one(Gift, gift_id)
    if gift.ordered_by_id is not None:
        enqueue_message(
            session,
            Message.GIFT_ORDERED,
            user_id=gift.ordered_by_id,
            facts={"gift_id": gift_id},
            dedupe_key=f"gift {gift_id} {at.isoformat()}",
            now=at,
        )
