"""The weekly truck: parcels are loaded, it leaves, it arrives at its stops."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.delivery.models import Run, RunStatus, RunStop
from shop.fulfilment.errors import (
    GoesByCourier,
    LeavesBehind,
    NotOnThisRoute,
    NotYourTruck,
    RunHasLeft,
    RunHasNotLeft,
    TooEarly,
)
from shop.fulfilment.events import OrderLeftBehind, ParcelArrived
from shop.fulfilment.finding import lock_orders, lock_parcels, parcels_by_id
from shop.fulfilment.left_behind import left_behind, may_send, without_truck
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.money_back import refuse_given_back
from shop.fulfilment.off_trucks import demand_seen, take_all_off, to_take_off
from shop.fulfilment.reach import WORKER, Reach
from shop.fulfilment.recalled_parcels import recalled_among
from shop.fulfilment.shipping import leave
from shop.fulfilment.take_outs import demand_none_aboard
from shop.kit.errors import NotFound
from shop.kit.text import msg
from shop.ordering.history import note
from shop.ordering.models import DeliveryKind
from shop.storage.event_log import record

BEFORE_DEPARTURE = msg("This truck leaves at %(when)s. It cannot have arrived before that.")


def load(
    session: Session, run_code: str, parcel_codes: Collection[str], *, by: Reach, now: datetime
) -> dict[str, datetime]:
    """Parcels stand on the truck; one that missed its own truck may go with a later one.

    Loading again changes nothing: returns by code since when those stand there that did before. Raises NotFound, GoesByCourier, NotOnThisRoute, RunHasLeft, or NotToSend.
    """
    parcels = lock_parcels(session, parcel_codes, by)
    run = _waiting_run(session, run_code)
    stops = set(session.scalars(sa.select(RunStop.pickup_point_id).where(RunStop.run_id == run.id)))
    before: dict[str, datetime] = {}
    for parcel in parcels:
        if not by.packs_at(parcel.packing_place_id):
            raise NotFound()
        if parcel.order.delivery is not DeliveryKind.PICKUP:
            raise GoesByCourier(parcel=parcel.code)
        if parcel.pickup_point_id not in stops:
            raise NotOnThisRoute(parcel=parcel.code)
        if parcel.status is not ParcelStatus.PACKED:
            raise RunHasLeft(parcel=parcel.code)
        refuse_given_back([parcel])
        if (parcel.loaded_at, parcel.run_id) == (None, None) or parcel.run_id != run.id:
            parcel.run_id, parcel.loaded_at = run.id, now
            note(session, parcel.order_id, "parcel_loaded", now, by.user_id, parcel=parcel.code, run=run.code)
        elif parcel.loaded_at is not None:
            before[parcel.code] = parcel.loaded_at
    return before


def unload(session: Session, run_code: str, parcel_code: str, *, by: Reach, now: datetime) -> None:
    """Taken off again before the truck leaves. Raises NotFound or RunHasLeft."""
    (parcel,) = lock_parcels(session, [parcel_code], by)
    run = _waiting_run(session, run_code)
    if not by.packs_at(parcel.packing_place_id):
        raise NotFound()
    if parcel.run_id == run.id:
        parcel.run_id, parcel.loaded_at = None, None
        note(session, parcel.order_id, "parcel_unloaded", now, by.user_id, parcel=parcel.code, run=run.code)


def depart(
    session: Session, run_code: str, *, by: Reach, behind: str = "", off: str = "", now: datetime
) -> int:
    """The truck leaves: every loaded parcel is shipped. Returns how many; pressing again changes nothing.

    `behind` is the mark of the booked orders that somebody has seen are not on it; without it none may be. `off` is that of
    the boxes that nobody is to get, and that are off it by now. The orders
    of the loaded parcels are locked first, then the run, so that nothing is loaded meanwhile; only then it is judged
    what stays behind.
    Raises NotFound, RecalledAboard while a box with recalled goods stands on it, and from anybody but the shop itself
    NotYourTruck, TooEarly before its cut-off, BoxesToTakeOff, or LeavesBehind.
    """
    run = find_run(session, run_code)
    if run.status is RunStatus.PLANNED and not by.is_the_shop:
        demand_own_truck(session, run.id, by)
        if now < run.cutoff_at:
            raise TooEarly(when=run.cutoff_at)
    lock_orders_of_run(session, run.id)
    boxes = to_take_off(session, run)
    if not advance_run(session, run.id, RunStatus.PLANNED, RunStatus.DEPARTED, departed_at=now):
        return 0
    if not by.is_the_shop:
        demand_seen(boxes, off)
    demand_none_aboard(session, run.id)
    loaded = parcels_of_run(session, run.id, ParcelStatus.PACKED)
    lock_orders(session, {parcel.order_id for parcel in loaded})
    take_all_off(session, run, boxes, by=by, now=now)
    loaded = _take_off_given_back(session, run, loaded, by=by, now=now)
    missing = left_behind(session, run.id)
    if missing.mark != behind and not by.is_the_shop:
        raise LeavesBehind(orders=missing.orders)
    leave(session, loaded, by=by, now=now)
    for order_id in without_truck(session, missing.order_ids):
        note(session, order_id, "left_behind", now, by.user_id, run=run.code)
        record(session, OrderLeftBehind(order_id, now))
    facts = {"parcels": len(loaded), "orders_left_behind": missing.orders}
    audit(session, by.user_id, "run.departed", "run", run.code, facts, now=now)
    return len(loaded)


def _take_off_given_back(
    session: Session, run: Run, loaded: list[Parcel], *, by: Reach, now: datetime
) -> list[Parcel]:
    """What was loaded before all its price was asked back does not leave; the rest. The orders are locked."""
    going = []
    for parcel in parcels_by_id(session, [one.id for one in loaded]):
        if parcel.order.money_back_at is None:
            going.append(parcel)
        else:
            parcel.run_id, parcel.loaded_at = None, None
            note(
                session, parcel.order_id, "parcel_unloaded", now, by.user_id, parcel=parcel.code, run=run.code
            )
    session.flush()
    return going


def arrive(
    session: Session,
    run_code: str,
    *,
    point_ids: Collection[int] | None = None,
    by: Reach = WORKER,
    now: datetime,
) -> int:
    """The truck is at these pickup points (none named: at all of them); buyers are told.

    The run has arrived when nothing of it is on the way any more. Returns how many parcels arrived now.
    Raises NotFound, or RunHasNotLeft; for all points from anybody but the shop itself also NotYourTruck, and TooEarly
    before the hour at which it was to leave. A keeper, who stands before it, says it for own points at any time.
    """
    run = find_run(session, run_code)
    if run.status in {RunStatus.PLANNED, RunStatus.CANCELLED}:
        raise RunHasNotLeft()
    if point_ids is None and not by.is_the_shop:
        demand_own_truck(session, run.id, by)
        if now < run.departs_at:
            raise TooEarly(BEFORE_DEPARTURE, when=run.departs_at)
    lock_orders_of_run(session, run.id)
    travelling = [
        parcel
        for parcel in parcels_of_run(session, run.id, ParcelStatus.SHIPPED)
        if parcel.arrived_at is None
    ]
    arrived = [parcel for parcel in travelling if point_ids is None or parcel.pickup_point_id in point_ids]
    kept_back = recalled_among(session, [parcel.code for parcel in arrived])
    for parcel in arrived:
        parcel.arrived_at = now
        note(session, parcel.order_id, "parcel_arrived", now, by.user_id, parcel=parcel.code)
        if (
            parcel.code not in kept_back and parcel.order.money_back_at is None
        ):  # its buyer is not to come for it
            record(session, ParcelArrived(parcel.id, parcel.order_id))
    is_over = len(arrived) == len(travelling)
    if is_over:
        is_over = advance_run(session, run.id, RunStatus.DEPARTED, RunStatus.ARRIVED, arrived_at=now)
    if arrived or is_over:
        facts = {"parcels": len(arrived)}
        audit(session, by.user_id, "run.arrived", "run", run.code, facts, now=now)
    return len(arrived)


def find_run(session: Session, run_code: str) -> Run:
    run = session.scalar(sa.select(Run).where(Run.code == run_code))
    if run is None:
        raise NotFound()
    return run


def _waiting_run(session: Session, run_code: str) -> Run:
    """The run, locked so that it cannot leave while something is loaded; several load it at once.

    FOR SHARE: the weaker FOR KEY SHARE would let a departure by, which changes no key.
    """
    statement = sa.select(Run).where(Run.code == run_code).with_for_update(read=True)
    run = session.scalar(statement.execution_options(populate_existing=True))
    if run is None:
        raise NotFound()
    if run.status is not RunStatus.PLANNED:
        raise RunHasLeft()
    return run


def demand_own_truck(session: Session, run_id: int, by: Reach) -> None:
    if not may_send(session, run_id, by):
        raise NotYourTruck()


def advance_run(
    session: Session, run_id: int, before: RunStatus, after: RunStatus, **moment: datetime | None
) -> bool:
    """Move a run on, unless somebody else was faster; its row is locked from here on."""
    changed = session.execute(
        sa.update(Run).where(Run.id == run_id, Run.status == before).values(status=after, **moment)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]


def lock_orders_of_run(session: Session, run_id: int) -> None:
    lock_orders(session, set(session.scalars(sa.select(Parcel.order_id).where(Parcel.run_id == run_id))))


def parcels_of_run(session: Session, run_id: int, status: ParcelStatus) -> list[Parcel]:
    ids = session.scalars(sa.select(Parcel.id).where(Parcel.run_id == run_id, Parcel.status == status))
    return parcels_by_id(session, list(ids))
