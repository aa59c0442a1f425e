"""Somebody at a pickup point says a code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.errors import UnknownPickupCode
from shop.fulfilment.events import ParcelHandedOver
from shop.fulfilment.finding import lock_orders, parcels_by_id
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.transitions import PARCEL_STATES
from shop.kit.references import normalise_code
from shop.kit.text import normalise_digits
from shop.ordering.history import note
from shop.ordering.models import Order
from shop.storage.event_log import record


@dataclass(frozen=True, slots=True)
class Pickup:
    """What a keeper may see: whom to call out, and which parcels to fetch. No phone, no price."""

    order_id: int
    name: str
    parcel_codes: tuple[str, ...]
    handed_over_at: datetime | None  # set when all of it is gone already


def find_pickup(session: Session, typed_code: str, *, by: Reach) -> Pickup:
    """The parcels at the keeper's points that wait for this code, or that it was last used for.

    Raises UnknownPickupCode, the same for a wrong code and for another point's.
    """
    rows = _parcels(session, typed_code, by)
    waiting = [row for row in rows if row.status is ParcelStatus.SHIPPED]
    shown = waiting or [row for row in rows if row.status is ParcelStatus.HANDED_OVER]
    if not shown:
        raise UnknownPickupCode()
    latest = shown[-1].order_id  # a code may come round again months later; the newest order counts
    mine = [row for row in shown if row.order_id == latest]
    return Pickup(
        order_id=latest,
        name=mine[0].recipient,
        parcel_codes=tuple(row.code for row in mine),
        handed_over_at=None if waiting else max(row.handed_over_at for row in mine),
    )


def hand_over(session: Session, typed_code: str, *, by: Reach, now: datetime) -> Pickup:
    """Give out everything that waits here for this code. Pressing again finds it given out already.

    Goods in the keeper's hand have arrived, whether the truck's arrival was pressed or not.
    Raises UnknownPickupCode.
    """
    pickup = find_pickup(session, typed_code, by=by)
    if pickup.handed_over_at is not None:
        return pickup
    lock_orders(session, [pickup.order_id])
    ids = sa.select(Parcel.id).where(Parcel.code.in_(pickup.parcel_codes))
    for parcel in parcels_by_id(session, list(session.scalars(ids))):
        if parcel.status is ParcelStatus.HANDED_OVER:
            continue  # somebody at the next counter was faster
        parcel.status = PARCEL_STATES.step(parcel.status, ParcelStatus.HANDED_OVER)
        parcel.arrived_at = parcel.arrived_at or now
        parcel.handed_over_at, parcel.handed_over_by_id = now, by.user_id
        note(session, parcel.order_id, "parcel_handed_over", now, by.user_id, parcel=parcel.code)
        record(session, ParcelHandedOver(parcel.id, parcel.order_id))
    return pickup


def _parcels(session: Session, typed_code: str, by: Reach) -> list[sa.Row[*tuple[Any, ...]]]:
    code = normalise_code(normalise_digits(typed_code))[:16]
    statement = (
        sa.select(Parcel.order_id, Order.recipient, Parcel.code, Parcel.status, Parcel.handed_over_at)
        .join(Order, Order.id == Parcel.order_id)
        .where(Order.pickup_code == code, Parcel.pickup_point_id.in_(by.pickup_point_ids))
        .order_by(Parcel.order_id, Parcel.id)
    )
    return list(session.execute(statement))
