"""The orders of one gift that come to an own packing place, so that their cards are printed together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.board import STANDING
from shop.fulfilment.models import Task
from shop.fulfilment.reach import Reach
from shop.ordering.gift_models import OrderGift
from shop.ordering.models import Order

PAGE_SIZE: Final = 100


@dataclass(frozen=True, slots=True)
class GiftOrder:
    """`tasks`: what of it comes to an own place and is still to be packed."""

    id: int
    number: str
    tasks: tuple[int, ...]


def orders_of_same_gift(
    session: Session, order_id: int, by: Reach, *, page: int = 1
) -> tuple[list[GiftOrder], int]:
    """Those whose goods are on the way to, or lie at, own places, by number; and how many there are in all. Three
    statements.
    """
    gift = sa.select(OrderGift.gift_id).where(OrderGift.order_id == order_id).scalar_subquery()
    at_place = (
        sa.select(Order.id, Order.number)
        .join(OrderGift, OrderGift.order_id == Order.id)
        .join(Task, Task.order_id == Order.id)
        .where(OrderGift.gift_id == gift, by.takes_in(), Task.status.in_(STANDING))
        .distinct()
    )
    count = session.scalar(sa.select(sa.func.count()).select_from(at_place.subquery())) or 0
    rows = session.execute(
        at_place.order_by(Order.number, Order.id).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    ).all()
    tasks: dict[int, list[int]] = {row.id: [] for row in rows}
    of_orders = (Task.order_id.in_(tasks), by.takes_in(), Task.status.in_(STANDING))
    for owner, task_id in session.execute(
        sa.select(Task.order_id, Task.id).where(*of_orders).order_by(Task.id)
    ):
        tasks[owner].append(task_id)
    return [GiftOrder(row.id, row.number, tuple(tasks[row.id])) for row in rows], count
