"""All of a partly sent order's price goes back: what has not left leaves the order, and nobody prepares it any more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.inventory.holds import withdraw_allocations
from shop.inventory.models import Allocation, AllocationStatus, Lot, LotStatus
from shop.inventory.movements import move_units, units_by_lot
from shop.inventory.stock import note_moved_stock
from shop.ordering.closing import close_units
from shop.ordering.completion import mark_shipped
from shop.ordering.events import RestCalledOff, UnitsClosed
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.ordering.reasons import Reason
from shop.storage.event_log import record


def unsent_units(session: Session, order_id: int) -> Sequence[Allocation]:
    """What is still to leave of an order of which something has left, or waits for another household. One statement."""
    instead = aliased(Allocation)
    nobody_has = sa.and_(
        Allocation.status == AllocationStatus.WITHDRAWN,
        ~sa.exists().where(instead.instead_of_id == Allocation.id),
    )
    sent = aliased(Allocation)
    sent_line = aliased(OrderLine)
    has_left = (
        sa.select(sent.id)
        .join(sent_line, sent_line.id == sent.order_line_id)
        .where(sent_line.order_id == order_id, sent.status == AllocationStatus.SHIPPED)
    )
    statement = (
        sa.select(Allocation)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            *(Order.id == order_id, Order.status == OrderStatus.CONFIRMED, has_left.exists()),
            sa.or_(Allocation.status == AllocationStatus.COMMITTED, nobody_has),
        )
    )
    return session.scalars(statement.order_by(Allocation.id)).all()


def close_unsent(
    session: Session, order: Order, *, reason: str, actor_id: int | None, now: datetime
) -> UnitsClosed | None:
    """They leave the order, which the caller has locked, and are for sale again where somebody has them.

    Its tasks end by the event, and the order is on its way with what has left. None when all of it has. Locks lots.
    """
    unsent = unsent_units(session, order.id)
    if not unsent:
        return None
    there = [one for one in unsent if one.status is AllocationStatus.COMMITTED]
    withdraw_allocations(session, [one.id for one in there], now=now, reason=Reason.PAID_BACK)
    ids = [one.id for one in unsent]
    close_units(session, order, ids, reason=reason, actor_id=actor_id, now=now)
    _sell_again(session, there, now)
    record(session, RestCalledOff(order.id, now))
    mark_shipped(session, order.id, now=now)
    return UnitsClosed(order.id, tuple(ids), reason, actor_id)


def _sell_again(session: Session, there: Collection[Allocation], now: datetime) -> None:
    """Those of a lot that is off sale stay withdrawn."""
    lots = {one.lot_id for one in there}
    is_open = sa.select(Lot.id).where(Lot.id.in_(lots), Lot.status == LotStatus.OPEN)
    for_sale = set(session.scalars(is_open))
    back = [one for one in there if one.lot_id in for_sale]
    move_units(session, units_by_lot(back), origin="withdrawn", target="available")
    note_moved_stock(session, {one.variant_id for one in back}, now=now)
