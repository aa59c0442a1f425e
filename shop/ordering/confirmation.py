"""An order becomes firm: its money has arrived, or it was accepted on terms. Exactly once, however often it is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.holds import commit_allocations
from shop.kit.references import random_digits
from shop.ordering.coupons.redeeming import use_coupons
from shop.ordering.events import OrderConfirmed
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.missed_trucks import catch_a_truck
from shop.ordering.models import DeliveryKind, Order, OrderLine, OrderStatus
from shop.ordering.reviving import revive
from shop.ordering.transitions import ORDER_STATES
from shop.storage.event_log import record

PICKUP_DIGITS = 6


class ConfirmOutcome(StrEnum):
    CONFIRMED = "confirmed"
    ALREADY = "already"
    DEAD_WITHOUT_STOCK = "dead_without_stock"  # the money has to go back


def confirm(
    session: Session, order_id: int, *, now: datetime, payment_id: int | None = None
) -> ConfirmOutcome:
    """Confirm an order, or say that it was confirmed before.

    A cancelled order whose money comes after all is revived when its stock and a truck are still there; an order
    that its buyer called off is not. What is confirmed past its truck's cut-off goes with a later one if it can.
    An order whose buyer wants it cancelled is confirmed for a moment only, so that it can be undone and refunded:
    it gets no pickup code.
    Locks the order, then lots and household figures, then the runs.
    """
    return confirm_locked(session, lock_order(session, order_id), now=now, payment_id=payment_id)


def confirm_locked(
    session: Session, order: Order, *, now: datetime, payment_id: int | None = None
) -> ConfirmOutcome:
    """As `confirm`, for who has locked the order and something that is locked after it."""
    if order.confirmed_at is not None:
        return ConfirmOutcome.ALREADY
    if order.status != OrderStatus.CANCELLED:
        commit_allocations(session, order_line_ids(session, order.id), now=now)
        catch_a_truck(session, order, now=now)
    elif order.cancel_requested_at is None and revive(session, order, now=now):
        note(session, order.id, "revived", now, payment_id=payment_id)
    else:
        note(session, order.id, "paid_too_late", now, payment_id=payment_id)
        return ConfirmOutcome.DEAD_WITHOUT_STOCK
    order.status = ORDER_STATES.step(order.status, OrderStatus.CONFIRMED)
    order.confirmed_at, order.cancelled_at = now, None
    if order.delivery is DeliveryKind.PICKUP and order.cancel_requested_at is None:
        order.pickup_code = new_pickup_code(session, order)
    use_coupons(session, order, now=now)
    note(session, order.id, "confirmed", now, payment_id=payment_id)
    record(session, OrderConfirmed(order.id, payment_id))
    return ConfirmOutcome.CONFIRMED


def order_line_ids(session: Session, order_id: int) -> Sequence[int]:
    return session.scalars(
        sa.select(OrderLine.id).where(OrderLine.order_id == order_id).order_by(OrderLine.id)
    ).all()


def new_pickup_code(session: Session, order: Order) -> str:
    """Digits that no other order at this point has that is still to be collected.

    Two that draw the same at once meet at the unique index: the later one is tried again.
    """
    while True:
        code = random_digits(PICKUP_DIGITS)
        taken = sa.select(Order.id).where(
            Order.pickup_point_id == order.pickup_point_id,
            Order.pickup_code == code,
            Order.status.in_([OrderStatus.CONFIRMED, OrderStatus.SHIPPED]),
        )
        if session.scalar(taken.limit(1)) is None:
            return code
