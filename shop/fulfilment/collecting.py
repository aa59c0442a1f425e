"""Parcels that wait too long at a pickup point: whose buyers are to be reminded today, once and once again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Patience:
    """Days at the point until the buyer is reminded, then until once again, and as many until somebody decides."""

    first_days: int
    again_days: int


def due_for_collection(session: Session, patience: Patience, *, now: datetime) -> Sequence[int]:
    """Orders with a parcel whose buyer is to be reminded now: for the first or the second time since it came."""
    statement = (
        sa.select(Parcel.order_id)
        .join(Order, Order.id == Parcel.order_id)
        .where(_is_due(patience, now))
        .distinct()
        .order_by(Parcel.order_id)
    )
    return session.scalars(statement).all()


def remind_to_collect(session: Session, order_id: int, patience: Patience, *, now: datetime) -> None:
    """Have the buyer told of what stands there; collected meanwhile, or told already, nothing happens. Locks the order."""
    lock_order(session, order_id)
    waits = (
        sa.select(Parcel.id)
        .join(Order, Order.id == Parcel.order_id)
        .where(Parcel.order_id == order_id, _is_due(patience, now))
    )
    if session.scalar(waits.limit(1)) is not None:
        write_reminder(session, order_id, None, now=now)


def write_reminder(session: Session, order_id: int, actor_id: int | None, *, now: datetime) -> None:
    """The order is locked."""
    note(session, order_id, REMINDED, now, actor_id)
    record(session, CollectionDue(order_id, shanghai_date(now)))


def waits_at_point(session: Session, order_id: int) -> bool:
    """Something of it stands at its pickup point now. One statement."""
    standing = sa.select(Parcel.id).where(Parcel.order_id == order_id, stands_at_point())
    return session.scalar(standing.limit(1)) is not None


def stands_at_point() -> sa.ColumnElement[bool]:
    """SQL: a parcel that came to its pickup point and is there still."""
    return sa.and_(
        is_to_be_given(),
        Parcel.pickup_point_id.is_not(None),
        Parcel.arrived_at.is_not(None),
    )


def reminders() -> sa.ScalarSelect[int]:
    """SQL: how often the buyer was reminded since the parcel came."""
    return _reminded(sa.func.count(OrderEvent.id)).scalar_subquery()


def last_reminder() -> sa.ScalarSelect[datetime | None]:
    """SQL: when the buyer was reminded last, since the parcel came."""
    return _reminded(sa.func.max(OrderEvent.at)).scalar_subquery()


def _is_due(patience: Patience, now: datetime) -> sa.ColumnElement[bool]:
    first = sa.and_(reminders() == 0, Parcel.arrived_at <= now - timedelta(days=patience.first_days))
    again = sa.and_(reminders() == 1, last_reminder() <= now - timedelta(days=patience.again_days))
    return sa.and_(
        stands_at_point(),
        Order.status.in_((OrderStatus.CONFIRMED, OrderStatus.SHIPPED)),
        sa.or_(Parcel.keep_until.is_(None), Parcel.keep_until < shanghai_date(now)),
        sa.or_(first, again),
    )


def _reminded(column: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return (
        sa.select(column)
        .where(
            OrderEvent.order_id == Parcel.order_id,
            OrderEvent.kind == REMINDED,
            OrderEvent.at >= Parcel.arrived_at,
        )
        .correlate(Parcel)
    )
