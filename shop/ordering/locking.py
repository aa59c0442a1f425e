"""The order in which this shop locks rows: Order → Payment → Lot (by id) → household figures → ledger account.

Whoever changes an order, or anything that hangs on it, locks the order first with one of these. Ranks stand in
`shop.storage.locks`, which refuses to go back. A basket is locked before its order exists, a line of a bank statement
before the order that it pays, a run after the lots.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.errors import NotFound
from shop.ordering.models import Order
from shop.storage.locks import LockRank, lock_rows, locking, note_lock

_ONE: Final = locking(sa.select(Order).where(Order.id == sa.bindparam("order_id")))


def lock_order(session: Session, order_id: int) -> Order:
    """Lock an order and return it as it is now. Raises NotFound."""
    note_lock(session, LockRank.ORDER)
    order = session.scalar(_ONE, {"order_id": order_id})
    if order is None:
        raise NotFound()
    return order


def lock_orders(session: Session, order_ids: Collection[int]) -> list[Order]:
    """Lock several orders, by id."""
    return lock_rows(session, LockRank.ORDER, sa.select(Order).where(Order.id.in_(order_ids)))
