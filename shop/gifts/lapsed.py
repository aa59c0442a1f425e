"""Orders of a gift that ended before they were paid, by themselves or called off, their goods for sale again: ordered anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.gifts.access import lock_gift
from shop.gifts.models import GiftRecipient, RecipientState
from shop.ordering.gift_models import OrderGift
from shop.ordering.models import Order, OrderStatus
from shop.storage.locks import LockRank, note_lock

CHUNK = 500


@dataclass(frozen=True, slots=True)
class GiftStanding:
    """How many recipients' orders were confirmed ever, ended for want of money, or were called off before it came."""

    confirmed: int
    lapsed: int
    called_off: int


def standing_of(session: Session, gift_id: int) -> GiftStanding:
    """One statement."""
    is_over = sa.and_(Order.status == OrderStatus.CANCELLED, Order.confirmed_at.is_(None))
    counted = sa.select(
        sa.func.count(Order.confirmed_at),
        sa.func.count(sa.case((sa.and_(is_over, Order.cancel_requested_at.is_(None)), 1))),
        sa.func.count(sa.case((sa.and_(is_over, Order.cancel_requested_at.is_not(None)), 1))),
    )
    of_gift = counted.join(GiftRecipient, GiftRecipient.order_id == Order.id).where(
        GiftRecipient.gift_id == gift_id, GiftRecipient.state == RecipientState.ORDERED
    )
    return GiftStanding(*session.execute(of_gift).one())


def take_lapsed_again(session: Session, gift_id: int, *, actor_id: int, now: datetime) -> int:
    """They can be sent to again; returns how many. Twice is once.

    What was given up stays so: money that names such an order after all goes back in full, and is not spent on a parcel
    beside the new one. Raises NotFound, NotAllowed, GiftIsBusy, GiftWaits. Locks the gift, then the orders.
    """
    gift = lock_gift(session, gift_id, actor_id)
    note_lock(session, LockRank.ORDER)
    ended = session.scalars(
        sa.update(Order)
        .where(
            Order.id.in_(_lapsed(gift_id)),
            Order.status == OrderStatus.CANCELLED,
            Order.confirmed_at.is_(None),
        )
        .values(cancel_requested_at=sa.func.coalesce(Order.cancel_requested_at, now))
        .returning(Order.id)
        .execution_options(synchronize_session=False)
    ).all()
    for start in range(0, len(ended), CHUNK):
        some = ended[start : start + CHUNK]
        session.execute(
            sa.update(GiftRecipient)
            .where(GiftRecipient.order_id.in_(some))
            .values(order_id=None, state=RecipientState.READY, quoted_fen=None, tries=GiftRecipient.tries + 1)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            sa.delete(OrderGift)
            .where(OrderGift.order_id.in_(some))
            .execution_options(synchronize_session=False)
        )
    if ended:
        gift.updated_at = now
    return len(ended)


def _lapsed(gift_id: int) -> sa.Select[int]:
    return (
        sa.select(Order.id)
        .join(GiftRecipient, GiftRecipient.order_id == Order.id)
        .where(
            GiftRecipient.gift_id == gift_id,
            GiftRecipient.state == RecipientState.ORDERED,
            Order.status == OrderStatus.CANCELLED,
            Order.confirmed_at.is_(None),
        )
    )
