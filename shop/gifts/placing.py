"""Turning a list into orders, in the background: one recipient a transaction, each exactly once.

A recipient is queued; then it has an order, which holds its goods; then the order is accepted on the organisation's
terms, or joins the gift's one transfer and waits for that. Killed anywhere, the next turn goes on from what is written. Something in the way stops the gift, and whoever
bought it decides; what has an order already is not touched by that.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.gifts.access import lock_any
from shop.gifts.errors import TotalChanged
from shop.gifts.events import GiftPlaced
from shop.gifts.models import Gift, GiftItem, GiftRecipient, GiftStatus, PayBy, RecipientState
from shop.gifts.transitions import GIFT_STATES
from shop.kit.errors import ShopError, Unavailable
from shop.ordering.direct.placing import place_direct_order
from shop.ordering.direct.wish import DirectWish, Item
from shop.ordering.events import OrderByGiftTransferWanted, OrderOnTermsWanted
from shop.ordering.gift_models import OrderGift
from shop.ordering.models import Channel, Order, OrderStatus
from shop.ordering.wish import Courier, Recipient
from shop.storage.event_log import record
from shop.storage.unit_of_work import UnitOfWork

_UNFINISHED: Final = (RecipientState.QUEUED, RecipientState.HELD)

log = logging.getLogger("shop.gifts")


def place_gifts(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Place what was submitted; returns how many orders were accepted."""

    def submitted(session: Session) -> Sequence[int]:
        statement = (
            sa.select(Gift.id).where(Gift.status == GiftStatus.PLACING).order_by(Gift.updated_at, Gift.id)
        )
        return session.scalars(statement.limit(50)).all()

    return sum(place_gift(unit_of_work, one, now=now) for one in unit_of_work.run(submitted))


def place_gift(unit_of_work: UnitOfWork, gift_id: int, *, now: datetime) -> int:
    """All of one gift, or until something is in the way; returns how many orders were accepted."""
    accepted = 0
    while True:
        try:
            row_id = unit_of_work.run(partial(_next_order, gift_id=gift_id, now=now))
            if row_id is None:
                return accepted
            accepted += unit_of_work.run(partial(_accept, gift_id=gift_id, row_id=row_id, now=now))
        except Unavailable:
            return accepted  # the next turn goes on
        except ShopError as error:
            log.warning("gift %s stopped: %s", gift_id, error.code)
            unit_of_work.run(partial(_stop, gift_id=gift_id, code=error.code, now=now))
            return accepted


def _next_order(session: Session, gift_id: int, now: datetime) -> int | None:
    """The row that has an order now and waits to be accepted; None where nothing is left. Locks the gift, then lots."""
    gift = lock_any(session, gift_id)
    if gift.status is not GiftStatus.PLACING:
        return None
    row = _next_row(session, gift_id)
    if row is None:
        gift.status, gift.updated_at = GIFT_STATES.step(gift.status, GiftStatus.PLACED), now
        record(session, GiftPlaced(gift_id, now))
        return None
    if row.order_id is not None:
        return row.id
    placed = place_direct_order(session, _wish(session, gift, row), now=now)
    order = session.get_one(Order, placed.order_id)
    if order.total_fen != row.quoted_fen:
        raise TotalChanged()
    session.add(OrderGift(order_id=order.id, gift_id=gift_id))
    row.order_id, row.state = order.id, RecipientState.HELD
    return row.id


def _accept(session: Session, gift_id: int, row_id: int, now: datetime) -> bool:
    """In a transaction of its own, since an order is locked before its lots.

    An order that was given up before it came to this is placed anew.
    """
    gift = lock_any(session, gift_id)
    row = session.get_one(GiftRecipient, row_id)
    if gift.status is not GiftStatus.PLACING or row.state is not RecipientState.HELD or row.order_id is None:
        return False
    order = session.get_one(Order, row.order_id)
    if order.status is OrderStatus.CANCELLED and order.confirmed_at is None:
        session.execute(sa.delete(OrderGift).where(OrderGift.order_id == order.id))
        row.order_id, row.state, row.tries = None, RecipientState.QUEUED, row.tries + 1
        return False
    row.state = RecipientState.ORDERED
    if gift.pay_by is PayBy.BANK_TRANSFER:
        record(session, OrderByGiftTransferWanted(order.id, gift_id, now))
    else:
        record(session, OrderOnTermsWanted(order.id, gift.organisation_id, now, gift.is_approved))
    return True


def _stop(session: Session, gift_id: int, code: str, now: datetime) -> None:
    """What is still queued waits for a new word; an order that is not accepted yet is accepted with that, or given up."""
    gift = lock_any(session, gift_id)
    if gift.status is not GiftStatus.PLACING:
        return
    row = _next_row(session, gift_id)
    gift.status = GIFT_STATES.step(gift.status, GiftStatus.STOPPED)
    gift.stopped_because, gift.stopped_at_row = code, row.row if row is not None else None
    gift.updated_at = now
    record(session, GiftPlaced(gift_id, now))
    session.execute(
        sa.update(GiftRecipient)
        .where(GiftRecipient.gift_id == gift_id, GiftRecipient.state == RecipientState.QUEUED)
        .values(state=RecipientState.READY, quoted_fen=None)
        .execution_options(synchronize_session=False)
    )


def _next_row(session: Session, gift_id: int) -> GiftRecipient | None:
    """One that has an order comes before those that have none."""
    return session.scalar(
        sa.select(GiftRecipient)
        .where(GiftRecipient.gift_id == gift_id, GiftRecipient.state.in_(_UNFINISHED))
        .order_by(sa.case((GiftRecipient.state == RecipientState.HELD, 0), else_=1), GiftRecipient.row)
        .limit(1)
    )


def _wish(session: Session, gift: Gift, row: GiftRecipient) -> DirectWish:
    items = session.execute(
        sa.select(GiftItem.variant_id, GiftItem.quantity, GiftItem.unit_price_fen)
        .where(GiftItem.gift_id == gift.id)
        .order_by(GiftItem.variant_id)
    )
    return DirectWish(
        token=f"gift-{gift.id}-{row.id}-{row.tries}",
        items=tuple(Item(*one) for one in items),
        recipient=Recipient(row.name, row.phone),
        delivery=Courier(row.province, row.city, row.district, row.street),
        payment_method=gift.pay_by.value,
        channel=Channel.GIFT,
        user_id=gift.ordered_by_id,
        organisation_id=gift.organisation_id,
        packaging_fen=gift.packaging_fen or 0,
    )
