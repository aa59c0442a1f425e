"""A courier takes a parcel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.errors import DeliveredAlready, GoesByTruck, NumberTaken
from shop.fulfilment.events import ParcelRelabelled, ParcelShipped
from shop.fulfilment.finding import lock_parcel, lock_parcels
from shop.fulfilment.journeys import begin_journey, late_from
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.money_back import refuse_given_back
from shop.fulfilment.reach import Reach
from shop.fulfilment.transitions import PARCEL_STATES
from shop.fulfilment.waybills.leaving import Waybills
from shop.inventory.holds import ship_allocations
from shop.kit.errors import NotFound
from shop.ordering.history import note
from shop.ordering.models import DeliveryKind
from shop.storage.event_log import record


@dataclass(frozen=True, slots=True)
class Consignment:
    """One line of a shipping list: which parcel went with which carrier under which number."""

    parcel_code: str
    carrier: str
    tracking_number: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A parcel that had left has another number now."""

    parcel_code: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Sent:
    """How many parcels left now, and of which that had left the number was corrected.

    ``taken_up``: numbers of waybills that were to be cancelled, which is dropped.
    """

    left: int
    corrections: tuple[Correction, ...]
    taken_up: tuple[str, ...] = ()


def ship_parcels(session: Session, consignments: Sequence[Consignment], *, by: Reach, now: datetime) -> Sent:
    """Couriers took these parcels; all or none.

    The same line again changes nothing; another number for a parcel that has left corrects the number, and the
    buyer is told. A number under which something was delivered stays. A waybill under another number is given back.
    Raises NotFound, GoesByTruck, DeliveredAlready, NumberTaken, WaybillEnded, or InvalidInput for a number that the
    carrier never gives.
    """
    wanted = {line.parcel_code: line for line in consignments}
    parcels = lock_parcels(session, list(wanted), by)
    if any(not by.packs_at(parcel.packing_place_id) for parcel in parcels):
        raise NotFound()
    leaving, corrections, late_at = [], [], late_from(session, now=now)
    waybills = Waybills(session, parcels, [line.tracking_number for line in wanted.values()])
    for parcel in parcels:
        line = wanted[parcel.code]
        if parcel.order.delivery is not DeliveryKind.COURIER:
            raise GoesByTruck(parcel=parcel.code)
        number = waybills.number_for(parcel, line.carrier, line.tracking_number, now=now)
        old = parcel.tracking_number or ""
        is_new = _label(session, parcel, line.carrier, number, by=by, late_at=late_at, now=now)
        if parcel.status is ParcelStatus.PACKED:
            leaving.append(parcel)
        elif is_new:
            corrections.append(Correction(parcel.code, old, number))
            record(session, ParcelRelabelled(parcel.id, parcel.order_id))
    refuse_given_back(leaving)
    leave(session, leaving, by=by, now=now)
    return Sent(len(leaving), tuple(corrections), tuple(waybills.taken_up))


def leave(session: Session, parcels: Sequence[Parcel], *, by: Reach, now: datetime) -> None:
    """Parcels left their packing place: their units are shipped. All orders are locked already."""
    for parcel in parcels:
        parcel.status = PARCEL_STATES.step(parcel.status, ParcelStatus.SHIPPED)
        parcel.shipped_at = now
        note(session, parcel.order_id, "parcel_shipped", now, by.user_id, parcel=parcel.code)
        record(session, ParcelShipped(parcel.id, parcel.order_id))
    units = [item.allocation_id for parcel in parcels for task in parcel.tasks for item in task.items]
    if units:
        session.flush()
        ship_allocations(session, units, now=now)


def mark_delivered(session: Session, parcel_code: str, *, by: Reach, now: datetime) -> None:
    """The courier says it was delivered. Raises NotFound, GoesByTruck, or IllegalStep before it was shipped."""
    parcel = lock_parcel(session, parcel_code, by)
    if parcel.status is ParcelStatus.DELIVERED:
        return
    if parcel.order.delivery is not DeliveryKind.COURIER:
        raise GoesByTruck(parcel=parcel.code)
    deliver(session, parcel, by=by, now=now)


def deliver(session: Session, parcel: Parcel, *, by: Reach, now: datetime) -> None:
    """It is at its door. The parcel's order is locked already."""
    parcel.status = PARCEL_STATES.step(parcel.status, ParcelStatus.DELIVERED)
    parcel.delivered_at = now
    note(session, parcel.order_id, "parcel_delivered", now, by.user_id, parcel=parcel.code)


def _label(
    session: Session,
    parcel: Parcel,
    carrier: str,
    number: str,
    *,
    by: Reach,
    late_at: datetime,
    now: datetime,
) -> bool:
    """Whether the parcel has another number now. Raises NumberTaken, DeliveredAlready."""
    if (parcel.carrier, parcel.tracking_number) == (carrier, number):
        return False
    if parcel.status not in {ParcelStatus.PACKED, ParcelStatus.SHIPPED}:
        raise DeliveredAlready(parcel=parcel.code)
    taken = sa.select(Parcel.id).where(
        Parcel.carrier == carrier, Parcel.tracking_number == number, Parcel.id != parcel.id
    )
    if session.scalar(taken) is not None:
        raise NumberTaken(field="tracking_number")
    if parcel.tracking_number is not None:
        note(session, parcel.order_id, "tracking_corrected", now, by.user_id, parcel=parcel.code)
    parcel.carrier, parcel.tracking_number = carrier, number
    begin_journey(session, parcel.id, late_at=late_at, now=now)
    return True
