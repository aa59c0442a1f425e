"""Passing a pickup code on: a signed link for whoever collects for the buyer, which the buyer can end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.references import decode, encode, sign_code, verify_code
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderStatus
from shop.ordering.pass_models import PickupPass

PASS_LIFETIME: Final = timedelta(days=60)
PASSED_ON, PASS_ENDED = "pickup_passed_on", "pickup_pass_ended"
_PURPOSE: Final = "pickup-pass"
_SIGNATURE: Final = 27  # characters of five bits: 135 bits
_ID: Final = 8


def pass_key(pass_id: int, secret: str) -> str:
    """What stands in the link, signed with the current secret."""
    return sign_code(encode(pass_id, _ID), secret, purpose=_PURPOSE, length=_SIGNATURE)


def open_pass_of(session: Session, order_id: int) -> PickupPass | None:
    """The link that the buyer has passed on and not ended."""
    return session.scalar(
        sa.select(PickupPass).where(PickupPass.order_id == order_id, PickupPass.ended_at.is_(None))
    )


def pass_on(session: Session, order_id: int, *, now: datetime) -> None:
    """Make a link; where there is one already it stays the same. Locks the order."""
    order = lock_order(session, order_id)
    if not order.pickup_code or order.status is OrderStatus.CANCELLED or open_pass_of(session, order_id):
        return
    session.add(PickupPass(order_id=order_id, made_at=now))
    session.flush()
    note(session, order_id, PASSED_ON, now, order.user_id)


def end_pass(session: Session, order_id: int, *, now: datetime) -> None:
    """The link shows nothing any more; ending it again changes nothing. Locks the order."""
    order = lock_order(session, order_id)
    found = open_pass_of(session, order_id)
    if found is None:
        return
    found.ended_at = now
    session.flush()
    note(session, order_id, PASS_ENDED, now, order.user_id)


def order_of_pass(session: Session, key: str, secrets: Iterable[str], *, now: datetime) -> int | None:
    """The order whose code the link shows now; None for a forged link, and for one that was ended or is too old."""
    written = verify_code(key, secrets, purpose=_PURPOSE, length=_SIGNATURE)
    if written is None or len(written) != _ID:
        return None
    return session.scalar(
        sa.select(PickupPass.order_id)
        .join(Order, Order.id == PickupPass.order_id)
        .where(
            PickupPass.id == decode(written),
            PickupPass.ended_at.is_(None),
            PickupPass.made_at > now - PASS_LIFETIME,
            Order.status != OrderStatus.CANCELLED,
        )
    )
