"""A sale is undone on its own day: the buyer has the money again, and the goods lie on the shelf."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.shop_settings import read_shop_settings
from shop.inventory.models import Allocation, AllocationStatus, ReturnedUnits, ReturnStatus, ReturnWish
from shop.inventory.movements import move_units
from shop.inventory.stock import note_moved_stock
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.locking import lock_order
from shop.ordering.models import Channel, Order, OrderLine
from shop.ordering.outside.models import OutsideOrder
from shop.ordering.shelves.models import MoveKind, Shelf
from shop.ordering.shelves.stock import Why, change_stock, lock_lots
from shop.payments.counter.errors import RefundedBefore, TooLateToUndoSale
from shop.payments.events import RefundSucceeded
from shop.payments.goods_back import Goods
from shop.payments.models import Refund, RefundBearer, RefundLine
from shop.payments.part_refunds import LONGEST_REASON
from shop.payments.refund_limits import RefundedUnits, left_to_refund
from shop.payments.refunds import payment_to_refund, refund_asked_with, settle_at_once, write_refund

UNDO_TOKEN: Final = "counter_undo"  # noqa: S105  makes it the only one of its kind


def undo_sale(
    session: Session,
    order_number: str,
    reason: str,
    *,
    point_ids: Collection[int],
    actor_id: int,
    now: datetime,
) -> bool:
    """All of it goes back. False when that was done before. Locks the order.

    Above the shop's limit for one person the money waits until the team says that it was given back, and the goods
    with it. Raises NotFound, InvalidInput without a reason, TooLateToUndoSale, RefundedBefore.
    """
    order = lock_order(session, _order_id(session, order_number, point_ids))
    payment = payment_to_refund(session, order.id)
    if refund_asked_with(session, payment.id, UNDO_TOKEN) is not None:
        return False
    why = tidy(reason)[:LONGEST_REASON]
    if not why:
        raise InvalidInput(msg("Please say why."), field="reason")
    if shanghai_date(order.placed_at) != shanghai_date(now):
        raise TooLateToUndoSale()
    if left_to_refund(session, order.id).fen != order.total_fen:
        raise RefundedBefore()
    refund_id = write_refund(
        session,
        payment,
        amount_fen=order.total_fen,
        bearer=RefundBearer.SHOP,
        reason=why,
        token=UNDO_TOKEN,
        actor_id=actor_id,
        now=now,
        units=_everything(session, order.id),
    )
    facts = {"amount_fen": order.total_fen, "reason": why}
    audit(session, actor_id, "order.counter_sale_undone", "order", order.number, facts, now=now)
    if order.total_fen <= read_shop_settings(session).second_person_above_yuan * 100:
        settle_at_once(session, session.get_one(Refund, refund_id), now)
    return True


def put_back_on_shelf(session: Session, event: RefundSucceeded) -> None:
    """What of a counter's sale is for sale again lies on its shelf, not in the village. After the goods were settled."""
    order = session.get_one(Order, event.order_id)
    if order.channel is not Channel.COUNTER:
        return
    refund = session.get_one(Refund, event.refund_id)
    units = _restocked(session, refund.id)
    shelf_id = session.scalar(
        sa.select(Shelf.id)
        .join(OutsideOrder, OutsideOrder.source_id == Shelf.source_id)
        .where(OutsideOrder.order_id == order.id)
    )
    if shelf_id is None or not units:
        return
    lots = lock_lots(session, units)
    now = refund.settled_at or refund.created_at
    why = Why(MoveKind.RETURNED, f"refund:{refund.id}", refund.requested_by_id, refund.reason[:200], order.id)
    move_units(session, units, origin="available", target="shipped")
    change_stock(session, shelf_id, units, why, now=now)
    note_moved_stock(session, {lot.variant_id for lot in lots.values()}, now=now)


def _restocked(session: Session, refund_id: int) -> dict[int, int]:
    rows = session.execute(
        sa.select(Allocation.lot_id, sa.func.sum(ReturnedUnits.units))
        .join(Allocation, Allocation.id == ReturnedUnits.allocation_id)
        .join(RefundLine, RefundLine.id == ReturnedUnits.refund_line_id)
        .where(RefundLine.refund_id == refund_id, ReturnedUnits.status == ReturnStatus.RESTOCKED)
        .group_by(Allocation.lot_id)
    )
    return {lot_id: int(units) for lot_id, units in rows}


def _order_id(session: Session, order_number: str, point_ids: Collection[int]) -> int:
    found = session.scalar(
        sa.select(Order.id)
        .join(OutsideOrder, OutsideOrder.order_id == Order.id)
        .join(Shelf, Shelf.source_id == OutsideOrder.source_id)
        .where(
            Order.number == order_number,
            Order.channel == Channel.COUNTER,
            Shelf.pickup_point_id.in_(point_ids),
        )
    )
    if found is None:
        raise NotFound()
    return found


def _everything(session: Session, order_id: int) -> list[RefundedUnits]:
    """Every unit at its price, lot by lot."""
    rows = session.execute(
        sa.select(OrderLine.id, OrderLine.unit_price_fen, Allocation.lot_id, sa.func.sum(Allocation.units))
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .where(OrderLine.order_id == order_id, Allocation.status == AllocationStatus.SHIPPED)
        .group_by(OrderLine.id, OrderLine.unit_price_fen, Allocation.lot_id)
        .order_by(OrderLine.id, Allocation.lot_id)
    )
    return [
        RefundedUnits(line_id, int(units), int(units) * price, goods=Goods(ReturnWish.RESTOCK, lot_id))
        for line_id, price, lot_id, units in rows
    ]
