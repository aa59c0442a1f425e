"""Parcels that a courier has had for too long, or of which the carrier says that something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.tracking.base import JourneyState
from shop.fulfilment.models import Parcel, ParcelJourney, ParcelStatus
from shop.fulfilment.reach import Reach
from shop.ordering.models import Order

IN_TROUBLE = (JourneyState.TROUBLE, JourneyState.RETURNING)


@dataclass(frozen=True, slots=True)
class LateParcel:
    """`state` and `says` are the carrier's; `shipped_at` is when it left."""

    code: str
    order_number: str
    carrier: str
    tracking_number: str
    shipped_at: datetime
    state: JourneyState
    says: str


def is_late(now: datetime) -> sa.ColumnElement[bool]:
    """SQL, for parcels joined with their journeys: on the way, and late or in trouble."""
    return sa.and_(
        Parcel.status == ParcelStatus.SHIPPED,
        sa.or_(ParcelJourney.late_at <= now, ParcelJourney.state.in_(IN_TROUBLE)),
    )


def late_counted(by: Reach, *, now: datetime) -> sa.Select[int]:
    return (
        sa.select(sa.func.count(Parcel.id))
        .join(ParcelJourney, ParcelJourney.parcel_id == Parcel.id)
        .where(by.parcels(), is_late(now))
    )


def late_parcels(session: Session, by: Reach, *, now: datetime, limit: int = 200) -> Sequence[LateParcel]:
    """The ones in trouble first, then the longest on their way. One statement."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            *(Parcel.code, Order.number, Parcel.carrier, Parcel.tracking_number, Parcel.shipped_at),
            *(ParcelJourney.state, ParcelJourney.says),
        )
        .join(Order, Order.id == Parcel.order_id)
        .join(ParcelJourney, ParcelJourney.parcel_id == Parcel.id)
        .where(by.parcels(), is_late(now))
        .order_by(sa.case((ParcelJourney.state.in_(IN_TROUBLE), 0), else_=1), Parcel.shipped_at, Parcel.id)
        .limit(limit)
    )
    return [LateParcel(*row) for row in session.execute(statement)]
