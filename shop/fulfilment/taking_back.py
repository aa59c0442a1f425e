"""Pressed on the wrong parcel or truck: what was shipped, delivered, sent off or said to have arrived is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.delivery.models import RunStatus
from shop.fulfilment.errors import GoesByTruck, TooLateToUndo
from shop.fulfilment.events import OrderNotLeftBehind, ParcelNotArrived, ParcelTakenBack
from shop.fulfilment.finding import lock_parcel
from shop.fulfilment.journeys import end_journey
from shop.fulfilment.left_behind import left_behind, without_truck
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.runs import (
    advance_run,
    demand_own_truck,
    find_run,
    lock_orders_of_run,
    parcels_of_run,
)
from shop.fulfilment.transitions import PARCEL_STATES
from shop.inventory.holds import unship_allocations
from shop.kit.errors import NotFound
from shop.ordering.completion import unmark_shipped
from shop.ordering.history import note
from shop.ordering.models import DeliveryKind, OrderStatus
from shop.storage.event_log import record

UNDO_FOR = timedelta(minutes=10)


def undo_depart(session: Session, run_code: str, *, by: Reach, now: datetime) -> None:
    """The truck still stands there: its parcels are on it, and have not left. Within ten minutes; pressing again
    changes nothing. Raises NotFound, NotYourTruck, or TooLateToUndo.
    """
    run = find_run(session, run_code)
    demand_own_truck(session, run.id, by)
    if run.status is RunStatus.PLANNED:
        return
    lock_orders_of_run(session, run.id)
    travelling = parcels_of_run(session, run.id, ParcelStatus.SHIPPED)
    behind = without_truck(session, left_behind(session, run.id).order_ids)
    left_at = run.departed_at
    if left_at is None or now - left_at > UNDO_FOR:
        raise TooLateToUndo()
    if _seen_on_campus(session, run.id) or any(map(_is_over, travelling)):
        raise TooLateToUndo()
    if not advance_run(session, run.id, RunStatus.DEPARTED, RunStatus.PLANNED, departed_at=None):
        raise TooLateToUndo()
    for parcel in travelling:
        _take_back(session, parcel, by=by, now=now)
    for order_id in behind:
        note(session, order_id, "left_behind_undone", now, by.user_id, run=run.code)
        record(session, OrderNotLeftBehind(order_id, left_at))
    audit(session, by.user_id, "run.departure_undone", "run", run.code, {"parcels": len(travelling)}, now=now)
    session.flush()
    unship_allocations(session, _units(travelling), now=now)


def undo_arrive(session: Session, run_code: str, *, by: Reach, now: datetime) -> None:
    """The truck is still on the road. While nothing of it has been handed over; pressing again changes nothing.

    Buyers who were told already hear that their parcel is not there. Raises NotFound, NotYourTruck, TooLateToUndo.
    """
    run = find_run(session, run_code)
    demand_own_truck(session, run.id, by)
    lock_orders_of_run(session, run.id)
    here = parcels_of_run(session, run.id, ParcelStatus.SHIPPED)
    taken_off = any(one.taken_off_at is not None for one in here)
    if taken_off or parcels_of_run(session, run.id, ParcelStatus.HANDED_OVER):
        raise TooLateToUndo()
    was_over = advance_run(session, run.id, RunStatus.ARRIVED, RunStatus.DEPARTED, arrived_at=None)
    there = [one for one in here if one.arrived_at]
    for parcel in there:
        note(session, parcel.order_id, "parcel_arrival_undone", now, by.user_id, parcel=parcel.code)
        record(session, ParcelNotArrived(parcel.id, parcel.order_id, parcel.arrived_at or now))
        parcel.arrived_at = None
    if there or was_over:
        audit(session, by.user_id, "run.arrival_undone", "run", run.code, {"parcels": len(there)}, now=now)


def undo_ship(session: Session, parcel_code: str, *, by: Reach, now: datetime) -> None:
    """The courier has not taken it: it stands packed again, without a number. Pressing again changes nothing.

    Raises NotFound, GoesByTruck, or TooLateToUndo.
    """
    parcel = _own_parcel(session, parcel_code, by)
    if parcel.status is ParcelStatus.PACKED:
        return
    _still_fresh(parcel, parcel.shipped_at, ParcelStatus.SHIPPED, now)
    _take_back(session, parcel, by=by, now=now)
    parcel.carrier = parcel.tracking_number = None
    end_journey(session, parcel.id)
    session.flush()
    unship_allocations(session, _units([parcel]), now=now)


def undo_delivered(session: Session, parcel_code: str, *, by: Reach, now: datetime) -> None:
    """It is still with the courier. Pressing again changes nothing. Raises NotFound, GoesByTruck, TooLateToUndo."""
    parcel = _own_parcel(session, parcel_code, by)
    if parcel.status is ParcelStatus.SHIPPED:
        return
    _still_fresh(parcel, parcel.delivered_at, ParcelStatus.DELIVERED, now)
    parcel.status = PARCEL_STATES.step(parcel.status, ParcelStatus.SHIPPED)
    parcel.delivered_at = None
    note(session, parcel.order_id, "parcel_delivery_undone", now, by.user_id, parcel=parcel.code)


def _take_back(session: Session, parcel: Parcel, *, by: Reach, now: datetime) -> None:
    """It stands packed again; its units are the caller's part."""
    record(session, ParcelTakenBack(parcel.id, parcel.order_id, parcel.shipped_at or now))
    parcel.status = PARCEL_STATES.step(parcel.status, ParcelStatus.PACKED)
    parcel.shipped_at = None
    unmark_shipped(session, parcel.order_id)
    note(session, parcel.order_id, "parcel_taken_back", now, by.user_id, parcel=parcel.code)


def _units(parcels: Sequence[Parcel]) -> list[int]:
    return [item.allocation_id for parcel in parcels for task in parcel.tasks for item in task.items]


def _seen_on_campus(session: Session, run_id: int) -> bool:
    seen = sa.select(Parcel.id).where(Parcel.run_id == run_id, Parcel.arrived_at.is_not(None))
    return session.scalar(seen.limit(1)) is not None


def _is_over(parcel: Parcel) -> bool:
    return parcel.order.status in {OrderStatus.COMPLETED, OrderStatus.CANCELLED}


def _own_parcel(session: Session, code: str, by: Reach) -> Parcel:
    parcel = lock_parcel(session, code, by)
    if not by.packs_at(parcel.packing_place_id):
        raise NotFound()
    if parcel.order.delivery is not DeliveryKind.COURIER:
        raise GoesByTruck(parcel=parcel.code)
    return parcel


def _still_fresh(parcel: Parcel, since: datetime | None, status: ParcelStatus, now: datetime) -> None:
    if parcel.status is not status or since is None or now - since > UNDO_FOR or _is_over(parcel):
        raise TooLateToUndo()
