"""Orders that somebody placed as a guest, taken into the account that has shown that the telephone is its own."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import User
from shop.ordering.history import note
from shop.ordering.models import Order
from shop.storage.locks import LockRank, lock_rows

TAKEN_IN = "taken_in"
MOST_AT_ONCE = 200


def count_guest_orders(session: Session, phone: str) -> int:
    """How many were placed with this number (E.164) without an account. One statement."""
    statement = sa.select(sa.func.count()).select_from(Order)
    return session.scalar(statement.where(Order.phone == phone, Order.user_id.is_(None))) or 0


def take_in_orders(session: Session, user_id: int, *, now: datetime) -> int:
    """Those that were placed with the user's proved number, 200 at most; returns how many. Again: the rest, or none.

    Their links stop working for others: whoever followed one now signs in.
    """
    phone = session.scalar(
        sa.select(User.phone).where(User.id == user_id, User.phone_confirmed_at.is_not(None))
    )
    if phone is None:
        return 0
    theirs = sa.select(Order).where(Order.phone == phone, Order.user_id.is_(None)).limit(MOST_AT_ONCE)
    orders = lock_rows(session, LockRank.ORDER, theirs)
    for order in orders:
        order.user_id = user_id
        note(session, order.id, TAKEN_IN, now, user_id)
        audit(session, user_id, "order.taken_in", "order", order.number, now=now)
    return len(orders)
