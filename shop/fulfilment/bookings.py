"""The orders that wait for a truck: what the team reads before it changes the truck, and what is locked then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.models import PickupPoint
from shop.fulfilment.finding import lock_orders
from shop.fulfilment.left_behind import has_not_left, mark_of
from shop.fulfilment.models import Parcel, ParcelStatus, Task
from shop.kit.errors import Conflict
from shop.ordering.models import Order, OrderStatus


@dataclass(frozen=True, slots=True)
class Booking:
    """An order that goes with a truck; `loaded` of its `parcels` stand on it already."""

    order_id: int
    number: str
    recipient: str
    status: OrderStatus
    pickup_point_id: int
    point_zh: str
    point_en: str
    weight_g: int
    parcels: int
    loaded: int


@dataclass(frozen=True, slots=True)
class Bookings:
    rows: Sequence[Booking] = ()

    @property
    def orders(self) -> int:
        return len(self.rows)

    @property
    def parcels(self) -> int:
        return sum(row.parcels for row in self.rows)

    @property
    def order_ids(self) -> tuple[int, ...]:
        return tuple(row.order_id for row in self.rows)

    @property
    def point_ids(self) -> frozenset[int]:
        return frozenset(row.pickup_point_id for row in self.rows)

    @property
    def mark(self) -> str:
        """Tells whether these are the orders that somebody has seen: a count cannot. Empty for none."""
        return mark_of(self.order_ids)


def bookings_of(session: Session, run_id: int) -> Bookings:
    """Unpaid orders, and those of which something has not left and stands on no other truck. One statement."""
    waits = (
        sa.select(Task.id)
        .outerjoin(Parcel, Parcel.id == Task.parcel_id)
        .where(
            Task.order_id == Order.id,
            has_not_left(),
            sa.or_(Parcel.run_id.is_(None), Parcel.run_id == run_id),
        )
        .correlate(Order)
        .exists()
    )
    columns: tuple[Any, ...] = (
        *(Order.id, Order.number, Order.recipient, Order.status, Order.pickup_point_id),
        *(PickupPoint.name_zh, PickupPoint.name_en),
        sa.func.coalesce(Order.run_weight_g, Order.gross_weight_g),
        *(sa.func.count(Parcel.id), sa.func.count(Parcel.run_id)),
    )
    rows = session.execute(
        sa.select(*columns)
        .join(PickupPoint, PickupPoint.id == Order.pickup_point_id)
        .outerjoin(
            Parcel,
            sa.and_(
                Parcel.order_id == Order.id,
                Parcel.status == ParcelStatus.PACKED,
                sa.or_(Parcel.run_id.is_(None), Parcel.run_id == run_id),
            ),
        )
        .where(Order.run_id == run_id, sa.or_(Order.status == OrderStatus.AWAITING_PAYMENT, waits))
        .group_by(Order.id, PickupPoint.id)
        .order_by(PickupPoint.position, PickupPoint.id, Order.id)
    )
    return Bookings(tuple(Booking(*row) for row in rows))


def lock_bookings(session: Session, run_id: int) -> dict[int, Order]:
    """The orders, before the run itself is locked; `still_the_same` says afterwards whether nobody booked meanwhile."""
    return lock_orders(session, bookings_of(session, run_id).order_ids)


def still_the_same(session: Session, run_id: int, locked: dict[int, Order]) -> Bookings:
    """The bookings now that the run is locked too. Raises Conflict when they are not those that were locked."""
    now_so = bookings_of(session, run_id)
    if set(now_so.order_ids) != set(locked):
        raise Conflict()
    return now_so
