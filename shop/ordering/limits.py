"""How many units of a limited variant one buyer may have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.text import msg
from shop.ordering.errors import LimitReached
from shop.ordering.lines import Line
from shop.ordering.models import Order, OrderLine, OrderStatus

WINDOW = timedelta(days=30)
AT_MOST_BY_NAME = msg("%(name)s: at most %(limit)s for each buyer.")
BY_NAME = msg("%(name)s: at most %(limit)s for each buyer, and you have ordered %(bought)s already.")


def check_limits(
    session: Session, lines: Sequence[Line], *, user_id: int | None, phone: str, language: str, now: datetime
) -> None:
    """Raise LimitReached when these lines and the buyer's orders of the last 30 days exceed a limit.

    A guest is known by the telephone number, and what an account ordered for that number counts too; an account
    is charged with what was ordered for its telephone without signing in. Call it after the lots are locked: two orders of one buyer for the
    same variant have then taken turns, and the second sees the first.
    """
    limited = {line.variant_id: line for line in lines if line.limit_per_buyer is not None}
    if not limited:
        return
    bought: dict[int, int] = {
        variant_id: int(units)
        for variant_id, units in session.execute(
            sa.select(OrderLine.variant_id, sa.func.sum(OrderLine.quantity))
            .join(Order, Order.id == OrderLine.order_id)
            .where(
                _same_buyer(user_id, phone),
                OrderLine.variant_id.in_(limited),
                Order.status != OrderStatus.CANCELLED,
                Order.placed_at > now - WINDOW,
            )
            .group_by(OrderLine.variant_id)
        )
    }
    for variant_id, line in limited.items():
        already, limit = bought.get(variant_id, 0), line.limit_per_buyer or 0
        if already + line.quantity > limit:
            name = line.product_name_zh if language == "zh" else line.product_name_en
            sentence = BY_NAME if already else AT_MOST_BY_NAME
            raise LimitReached(sentence, field="basket", name=name, limit=limit, bought=already)


def _same_buyer(user_id: int | None, phone: str) -> sa.ColumnElement[bool]:
    if user_id is None:
        return Order.phone == phone
    as_guest = sa.and_(Order.user_id.is_(None), Order.phone == phone)
    return sa.or_(Order.user_id == user_id, as_guest)
