"""How much one buyer may have: units of a limited variant, and orders that nobody has paid yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Variant
from shop.kit.text import msg
from shop.ordering.errors import LimitReached, TooManyUnpaid
from shop.ordering.lines import NOTHING_BOUGHT, Line
from shop.ordering.models import Order, OrderLine, OrderStatus

WINDOW = timedelta(days=30)
MOST_UNPAID = 3
_UNPAID = 0  # stands where a variant's id would
# It never says how many were ordered before: whoever types somebody's telephone would read it.
BY_NAME = msg("%(name)s: at most %(limit)s for each buyer in 30 days, what was ordered before included.")

OWN_UNPAID = msg(
    "%(most)s orders of yours wait for their payment. Please pay or cancel one of them first; what you typed stays here."
)
GUEST_UNPAID = msg(
    "%(most)s orders for this telephone wait for their payment. Please pay or cancel one of them first;"
    " what you typed stays here."
)


def check_limits(
    session: Session, lines: Sequence[Line], *, user_id: int | None, phone: str, language: str, now: datetime
) -> None:
    """Raise LimitReached when these lines and the buyer's orders of the last 30 days exceed a limit, or TooManyUnpaid
    when orders of the buyer that wait for their money hold enough of the stock already. One statement.

    A guest is known by the telephone number, and what an account ordered for that number counts too; an account
    is charged with what was ordered for its telephone without signing in. Unpaid orders are counted more narrowly,
    so that nobody can close an account by typing its telephone. Call it after the basket and the lots are locked:
    two orders of one account, or of one telephone for the same goods, have then taken turns, and the second sees
    the first.
    """
    limited = {line.variant_id: line for line in lines if line.limit_per_buyer is not None}
    counted = sa.union_all(_unpaid(user_id, phone), _bought(user_id, phone, set(limited), now))
    has = {int(row[0]): int(row[1]) for row in session.execute(counted)}
    if has[_UNPAID] >= MOST_UNPAID:
        raise TooManyUnpaid(GUEST_UNPAID if user_id is None else OWN_UNPAID, most=MOST_UNPAID)
    for variant_id, line in limited.items():
        limit = line.limit_per_buyer or 0
        if has.get(variant_id, 0) + line.quantity > limit:
            name = line.product_name_zh if language == "zh" else line.product_name_en
            raise LimitReached(BY_NAME, field="basket", name=name, limit=limit)


def bought_by(user_id: int | None, now: datetime) -> sa.ColumnElement[int]:
    """SQL: units of `Variant` in an account's own orders that count against its limit; 0 for a guest.

    What was ordered for its telephone without signing in counts at checkout, and is not told before: whoever types
    somebody's telephone would read it.
    """
    if user_id is None:
        return NOTHING_BOUGHT
    units = (
        sa.select(sa.func.coalesce(sa.func.sum(OrderLine.quantity), 0))
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.user_id == user_id, OrderLine.variant_id == Variant.id, *_counts(now))
    )
    return units.scalar_subquery()


def _counts(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Of all orders those that count against a limit."""
    return (Order.status != OrderStatus.CANCELLED, Order.placed_at > now - WINDOW)


def _unpaid(user_id: int | None, phone: str) -> sa.Select[*tuple[Any, ...]]:
    theirs = _as_guest(phone) if user_id is None else Order.user_id == user_id
    return sa.select(sa.literal(_UNPAID), sa.func.count()).where(
        theirs, Order.status == OrderStatus.AWAITING_PAYMENT
    )


def _bought(
    user_id: int | None, phone: str, variant_ids: Collection[int], now: datetime
) -> sa.Select[*tuple[Any, ...]]:
    """Units of these variants in the buyer's orders that were not cancelled."""
    theirs = Order.phone == phone if user_id is None else sa.or_(Order.user_id == user_id, _as_guest(phone))
    return (
        sa.select(OrderLine.variant_id, sa.func.sum(OrderLine.quantity))
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            theirs,
            OrderLine.variant_id.in_(variant_ids),
            *_counts(now),
        )
        .group_by(OrderLine.variant_id)
    )


def _as_guest(phone: str) -> sa.ColumnElement[bool]:
    return sa.and_(Order.user_id.is_(None), Order.phone == phone)
