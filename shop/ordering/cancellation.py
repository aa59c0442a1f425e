"""Calling an order off: before its money came, or after that and before anything left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.delivery.runs import unbook
from shop.inventory.holds import allocations_of, release_allocations, return_allocations
from shop.inventory.models import AllocationStatus
from shop.kit.errors import Conflict
from shop.kit.text import msg
from shop.kit.transitions import IllegalStep
from shop.ordering.approvals.ending import end_waiting
from shop.ordering.confirmation import order_line_ids
from shop.ordering.coupons.redeeming import release_coupons
from shop.ordering.events import OrderCancelled
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderStatus
from shop.ordering.transitions import ORDER_STATES
from shop.storage.event_log import record


class AlreadyOnItsWay(Conflict):
    code = "already_on_its_way"
    default_message = msg(
        "Part of this order has left already. Please wait for it and then ask for a refund."
    )


def cancel_unpaid(
    session: Session, order_id: int, *, now: datetime, reason: str, actor_id: int | None = None
) -> bool:
    """End an order that awaits its money, and free its stock; False if it does not await any (more).

    Only for orders without an open payment attempt: `payments` looks after that.
    """
    order = lock_order(session, order_id)
    if order.status != OrderStatus.AWAITING_PAYMENT:
        return False
    _end(session, order, now=now, reason=reason, actor_id=actor_id)
    release_allocations(session, order_line_ids(session, order.id), now=now, reason=reason)
    release_coupons(session, order, now=now)
    _free_truck(session, order)
    record(session, OrderCancelled(order.id, was_confirmed=False))
    return True


def cancel_confirmed(
    session: Session, order_id: int, *, now: datetime, reason: str, actor_id: int | None = None
) -> None:
    """Call off a confirmed order before anything left; its goods are for sale again. The refund is another matter.

    Raises IllegalStep, or AlreadyOnItsWay when a parcel has left.
    """
    order = lock_order(session, order_id)
    line_ids = order_line_ids(session, order.id)
    if order.status == OrderStatus.CONFIRMED and allocations_of(session, line_ids, AllocationStatus.SHIPPED):
        raise AlreadyOnItsWay()
    if order.confirmed_at is None:
        raise IllegalStep()
    _end(session, order, now=now, reason=reason, actor_id=actor_id)
    return_allocations(session, line_ids, now=now, reason=reason)
    release_coupons(session, order, now=now)
    _free_truck(session, order)
    record(session, OrderCancelled(order.id, was_confirmed=True))


def _end(session: Session, order: Order, *, now: datetime, reason: str, actor_id: int | None) -> None:
    order.status = ORDER_STATES.step(order.status, OrderStatus.CANCELLED)
    order.cancelled_at = now
    session.flush()
    end_waiting(session, order.id, now=now)
    note(session, order.id, "cancelled", now, actor_id, reason=reason)


def _free_truck(session: Session, order: Order) -> None:
    if order.run_id is not None:
        unbook(session, order.run_id, weight_g=order.booked_g)
