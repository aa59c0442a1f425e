"""What letters about a whole gift say, read when they are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.fulfilment.models import Parcel
from shop.gifts.models import Gift, GiftStatus
from shop.kit.clock import shanghai_moment
from shop.notifications.gift_reactions import TOLD_AT
from shop.notifications.messages import Message
from shop.ordering.gift_models import OrderGift
from shop.ordering.models import Order, OrderStatus
from shop.payments.joint.awaited import joints_to_pay

OF_GIFTS: Final = frozenset({Message.GIFT_ORDERED, Message.GIFT_SHIPPED})


def gift_facts(session: Session, message: Message, told: Mapping[str, Any]) -> dict[str, Any] | None:
    """None where nothing is left to tell of."""
    gift = session.get(Gift, told["gift_id"])
    if gift is None:
        return None
    organisation = session.get_one(Organisation, gift.organisation_id)
    facts = {"gift": gift, "organisation": organisation, "all_orders": _orders(session, gift.id)[0]}
    if message is Message.GIFT_SHIPPED:
        left, left_in_all = _left(session, gift.id, date.fromisoformat(told["day"]))
        return facts | {"left": left, "left_in_all": left_in_all} if left else None
    count, confirmed, total_fen = _orders(session, gift.id)
    transfers = [one for one in joints_to_pay(session, gift.id) if not one.is_late]
    return facts | {
        "confirmed": confirmed,
        "total_fen": total_fen,
        "transfers": transfers,
        "has_stopped": gift.status is GiftStatus.STOPPED,
        "waits_for_money": bool(transfers) and count > confirmed,
    }


def _orders(session: Session, gift_id: int) -> tuple[int, int, int]:
    """How many there are, how many of them are confirmed, and what those cost; what was called off counts nowhere."""
    is_confirmed = Order.confirmed_at.is_not(None)
    row = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.case((is_confirmed, 1), else_=0)), 0),
            sa.cast(
                sa.func.coalesce(sa.func.sum(sa.case((is_confirmed, Order.total_fen), else_=0)), 0),
                sa.BigInteger,
            ),
        )
        .select_from(OrderGift)
        .join(Order, Order.id == OrderGift.order_id)
        .where(OrderGift.gift_id == gift_id, Order.status != OrderStatus.CANCELLED)
    ).one()
    return int(row[0]), int(row[1]), int(row[2])


def _left(session: Session, gift_id: int, day: date) -> tuple[int, int]:
    """Parcels that left since the letter of the day before, and until now in all."""
    until = shanghai_moment(day, TOLD_AT)
    since = until - timedelta(days=1)
    lately = sa.and_(Parcel.shipped_at >= since, Parcel.shipped_at < until)
    row = session.execute(
        sa.select(sa.func.coalesce(sa.func.sum(sa.case((lately, 1), else_=0)), 0), sa.func.count())
        .select_from(Parcel)
        .join(OrderGift, OrderGift.order_id == Parcel.order_id)
        .where(OrderGift.gift_id == gift_id, Parcel.shipped_at < until)
    ).one()
    return int(row[0]), int(row[1])
