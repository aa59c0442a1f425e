"""The same again: the lines of an order go into the basket, as far as they can be had."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.errors import NotFound
from shop.ordering.basket import BasketOwner, add_item
from shop.ordering.errors import BadQuantity, BasketFull, LimitReached, TooFewLeft
from shop.ordering.models import OrderLine


def order_again(session: Session, owner: BasketOwner, order_id: int, *, now: datetime) -> list[OrderLine]:
    """Put the order's goods into the basket; return the lines of which there is not enough."""
    lines = session.scalars(
        sa.select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.id)
    ).all()
    return [line for line in lines if not _can_add(session, owner, line, now)]


def _can_add(session: Session, owner: BasketOwner, line: OrderLine, now: datetime) -> bool:
    try:
        add_item(session, owner, line.sku, line.quantity, now=now)
    except (NotFound, TooFewLeft, LimitReached, BadQuantity, BasketFull):
        return False
    return True
