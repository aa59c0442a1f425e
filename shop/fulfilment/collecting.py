"""Parcels that wait too long at a pickup point: whose buyers are to be reminded today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.events import CollectionDue
from shop.fulfilment.models import Parcel
from shop.fulfilment.recalled_parcels import is_to_be_given
from shop.kit.clock import shanghai_date
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderEvent, OrderStatus
from shop.storage.event_log import record

REMINDED = "collection_reminded"


def due_for_collection(session: Session, *, after_days: int, now: datetime) -> Sequence[int]:
    """Orders with a parcel that has stood at its point for so many days and of which nobody was reminded since it came."""
    statement = (
        sa.select(Parcel.order_id)
        .join(Order, Order.id == Parcel.order_id)
        .where(_waits_since(now - timedelta(days=after_days)), ~_was_reminded())
        .distinct()
        .order_by(Parcel.order_id)
    )
    return session.scalars(statement).all()


def remind_to_collect(session: Session, order_id: int, *, after_days: int, now: datetime) -> None:
    """Have the buyer told once for what stands there; collected meanwhile, or told already, nothing happens. Locks the order."""
    lock_order(session, order_id)
    waits = (
        sa.select(Parcel.id)
        .join(Order, Order.id == Parcel.order_id)
        .where(Parcel.order_id == order_id, _waits_since(now - timedelta(days=after_days)), ~_was_reminded())
    )
    if session.scalar(waits.limit(1)) is None:
        return
    note(session, order_id, REMINDED, now)
    record(session, CollectionDue(order_id, shanghai_date(now)))


def waits_at_point(session: Session, order_id: int) -> bool:
    """Something of it stands at its pickup point now. One statement."""
    standing = sa.select(Parcel.id).where(
        Parcel.order_id == order_id, is_to_be_given(), Parcel.arrived_at.is_not(None)
    )
    return session.scalar(standing.limit(1)) is not None


def _waits_since(moment: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        is_to_be_given(),
        Parcel.pickup_point_id.is_not(None),
        Parcel.arrived_at <= moment,
        Order.status.in_((OrderStatus.CONFIRMED, OrderStatus.SHIPPED)),
    )


def _was_reminded() -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(
            OrderEvent.order_id == Parcel.order_id,
            OrderEvent.kind == REMINDED,
            OrderEvent.at >= Parcel.arrived_at,
        )
        .correlate(Parcel)
    )
