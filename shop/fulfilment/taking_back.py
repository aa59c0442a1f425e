"""Pressed on the wrong parcel: "shipped" and "delivered" are taken back within ten minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from shop.fulfilment.errors import GoesByTruck, TooLateToUndo
from shop.fulfilment.events import ParcelTakenBack
from shop.fulfilment.finding import lock_parcel
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.transitions import PARCEL_STATES
from shop.inventory.holds import unship_allocations
from shop.kit.errors import NotFound
from shop.ordering.completion import unmark_shipped
from shop.ordering.history import note
from shop.ordering.models import DeliveryKind, OrderStatus
from shop.storage.event_log import record

UNDO_FOR = timedelta(minutes=10)


def undo_ship(session: Session, parcel_code: str, *, by: Reach, now: datetime) -> None:
    """The courier has not taken it: it stands packed again, without a number. Pressing again changes nothing.

    Raises NotFound, GoesByTruck, or TooLateToUndo.
    """
    parcel = _own_parcel(session, parcel_code, by)
    if parcel.status is ParcelStatus.PACKED:
        return
    shipped_at = _still_fresh(parcel, parcel.shipped_at, ParcelStatus.SHIPPED, now)
    parcel.status = PARCEL_STATES.step(parcel.status, ParcelStatus.PACKED)
    parcel.shipped_at = parcel.carrier = parcel.tracking_number = None
    unmark_shipped(session, parcel.order_id)
    note(session, parcel.order_id, "parcel_taken_back", now, by.user_id, parcel=parcel.code)
    record(session, ParcelTakenBack(parcel.id, parcel.order_id, shipped_at))
    session.flush()
    units = [item.allocation_id for task in parcel.tasks for item in task.items]
    unship_allocations(session, units, now=now)


def undo_delivered(session: Session, parcel_code: str, *, by: Reach, now: datetime) -> None:
    """It is still with the courier. Pressing again changes nothing. Raises NotFound, GoesByTruck, TooLateToUndo."""
    parcel = _own_parcel(session, parcel_code, by)
    if parcel.status is ParcelStatus.SHIPPED:
        return
    _still_fresh(parcel, parcel.delivered_at, ParcelStatus.DELIVERED, now)
    parcel.status = PARCEL_STATES.step(parcel.status, ParcelStatus.SHIPPED)
    parcel.delivered_at = None
    note(session, parcel.order_id, "parcel_delivery_undone", now, by.user_id, parcel=parcel.code)


def _own_parcel(session: Session, code: str, by: Reach) -> Parcel:
    parcel = lock_parcel(session, code, by)
    if not by.packs_at(parcel.packing_place_id):
        raise NotFound()
    if parcel.order.delivery is not DeliveryKind.COURIER:
        raise GoesByTruck(parcel=parcel.code)
    return parcel


def _still_fresh(parcel: Parcel, since: datetime | None, status: ParcelStatus, now: datetime) -> datetime:
    is_over = parcel.order.status in {OrderStatus.COMPLETED, OrderStatus.CANCELLED}
    if parcel.status is not status or since is None or now - since > UNDO_FOR or is_over:
        raise TooLateToUndo()
    return since
