"""A harvest was put off, and its buyer does not wait: what was pre-ordered of it leaves the order and is paid back."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.holds import withdraw_allocations
from shop.inventory.models import Allocation, AllocationStatus, Lot, LotStatus
from shop.inventory.movements import move_units, units_by_lot
from shop.inventory.stock import note_moved_stock
from shop.kit.errors import Conflict, NotFound
from shop.kit.text import msg
from shop.ordering.closing import close_units
from shop.ordering.confirmation import order_line_ids
from shop.ordering.locking import lock_order
from shop.ordering.models import OrderStatus
from shop.ordering.preorder_models import DelayChoice, PreorderDelay
from shop.ordering.reasons import Reason


class DelayIsOver(Conflict):
    """It was harvested, put off once more, or the order is off."""

    code = "delay_is_over"
    default_message = msg(
        "This is not to be chosen any more: things have changed. Please look at the order again."
    )


def give_up_late_units(
    session: Session, order_id: int, delay_id: int, *, actor_id: int | None, now: datetime
) -> bool:
    """The buyer does not wait for a harvest that comes later; its units can be pre-ordered by others again.

    False when that was chosen before. Locks the order, then the lot. Raises NotFound, DelayIsOver, and NothingElseLeft
    when that is all there is of the order: then it is to be called off as a whole.
    """
    order = lock_order(session, order_id)
    delay = session.get(PreorderDelay, delay_id, populate_existing=True)
    if delay is None or delay.order_id != order_id:
        raise NotFound()
    if delay.choice is DelayChoice.REFUND:
        return False
    late = _late_units(session, order_id, delay)
    if order.status is not OrderStatus.CONFIRMED or not late:
        raise DelayIsOver()
    ids = [one.id for one in late]
    withdraw_allocations(session, ids, now=now, reason=Reason.PUT_OFF)
    close_units(session, order, ids, reason=Reason.PUT_OFF, actor_id=actor_id, now=now)
    if session.get_one(Lot, delay.lot_id, populate_existing=True).status is LotStatus.OPEN:
        move_units(session, units_by_lot(late), origin="withdrawn", target="available")
    delay.choice, delay.chosen_at = DelayChoice.REFUND, now
    note_moved_stock(session, {one.variant_id for one in late}, now=now)
    return True


def choose_to_give_up(session: Session, order_id: int, delay_id: int, *, now: datetime) -> bool:
    """Note the choice of who gives up all that there is of an order; the caller has locked it and calls it off."""
    delay = session.get(PreorderDelay, delay_id, populate_existing=True)
    if delay is None or delay.order_id != order_id:
        return False
    if delay.choice is not DelayChoice.REFUND:
        delay.choice, delay.chosen_at = DelayChoice.REFUND, now
    return True


def _late_units(session: Session, order_id: int, delay: PreorderDelay) -> list[Allocation]:
    """What the order is promised of the harvest, while it is expected on the day that its buyer was told."""
    statement = (
        sa.select(Allocation)
        .join(Lot, Lot.id == Allocation.lot_id)
        .where(
            Allocation.order_line_id.in_(order_line_ids(session, order_id)),
            Allocation.status == AllocationStatus.COMMITTED,
            Lot.id == delay.lot_id,
            Lot.expected_on == delay.expected_on,
        )
    )
    return list(session.scalars(statement.order_by(Allocation.id)))
