"""Parcels of one order that lie at the hub become one: one label, one hand at the pickup point, one courier's fee."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.errors import NothingToMerge, StillToPack
from shop.fulfilment.finding import lock_orders, lock_parcel, parcels_by_id, tasks_of_order
from shop.fulfilment.hub.models import HubStep, HubStepKind, MergedParcel
from shop.fulfilment.hub.steps import Work, is_hub, note_work, take_work_back, village_weights
from shop.fulfilment.models import Parcel, ParcelStatus, Task
from shop.fulfilment.packing import CODE_LENGTH, demand_still_here, dissolve, unpack
from shop.fulfilment.parcel_numbers import is_to_pack
from shop.fulfilment.reach import Reach
from shop.kit.errors import NotFound
from shop.kit.references import normalise_code, random_code
from shop.ordering.history import note
from shop.ordering.models import DeliveryKind, Order

MERGED: Final = "parcels_merged"
PARTED: Final = "parcels_parted"


def merge_parcels(session: Session, order_id: int, hub_id: int, *, by: Reach, now: datetime) -> str:
    """Put every parcel of the order that has not left into one new parcel of the hub; returns its code.

    The parcels inside keep no row of their own, but their labels lead to the new one. Pressing again returns the same
    parcel, also where it is on a truck by now. Locks the order. Raises NotFound out of reach and for what does not come by the hub, StillToPack while goods of the order are to be packed yet,
    NothingToMerge where fewer than two parcels are here.
    """
    if not by.packs_at(hub_id) or not is_hub(session, hub_id):
        raise NotFound()
    order = lock_orders(session, [order_id]).get(order_id)
    tasks = tasks_of_order(session, order_id)
    parcels = parcels_by_id(session, _standing_ids(session, order_id))
    if len(parcels) < 2 and (whole := _merged_before(session, order_id, hub_id, parcels)) is not None:
        return whole
    if order is None or not _comes_by(order, tasks, parcels, hub_id):
        raise NotFound()
    if len(parcels) < 2:
        raise NothingToMerge()
    if any(map(is_to_pack, tasks)):
        raise StillToPack()
    inside = {one.id: [task for task in tasks if task.parcel_id == one.id] for one in parcels}
    merged = _one_parcel(session, parcels, hub_id, by=by, now=now)
    packed = [task for own in inside.values() for task in own]
    work = Work(HubStepKind.MERGE, hub_id, merged.code, 1, village_weights(packed), order_id=order_id)
    step_id = note_work(session, work, by_id=by.user_id, now=now)
    for task in packed:
        task.parcel_id = merged.id
    session.flush()
    for one in parcels:
        session.add(_kept(one, step_id, [task.id for task in inside[one.id]]))
        dissolve(session, one, now=now)
    codes = ", ".join(one.code for one in parcels)
    note(session, order_id, MERGED, now, by.user_id, parcel=merged.code, parcels=codes)
    return merged.code


def unpack_or_part(session: Session, parcel_code: str, *, by: Reach, now: datetime) -> list[str]:
    """Packed or merged by mistake, within ten minutes and before the parcel moves: a merged one falls into the parcels
    that lie in it, with the codes on their labels, which are returned; the goods of any other lie open again.

    Raises NotFound (also the second time: the parcel is no more), StillLoaded or TooLateToUndo.
    """
    parcel = lock_parcel(session, parcel_code, by)
    if not by.packs_at(parcel.packing_place_id):
        raise NotFound()
    kept = _parts_of(session, parcel.code)
    if not kept:
        unpack(session, parcel_code, by=by, now=now)
        return []
    demand_still_here(parcel, now)
    for one in kept:
        _as_it_was(session, one, parcel)
    note(session, parcel.order_id, PARTED, now, by.user_id, parcel=parcel.code)
    take_work_back(session, parcel.code, HubStepKind.MERGE, by_id=by.user_id, now=now)
    dissolve(session, parcel, now=now)
    return [one.code for one in kept]


def merged_into(session: Session, code: str, by: Reach) -> str | None:
    """The parcel of own reach in which the parcel of this code lies now; None for any other code. One statement."""
    return session.scalar(
        sa.select(Parcel.code)
        .join(HubStep, sa.and_(HubStep.subject == Parcel.code, HubStep.kind == HubStepKind.MERGE))
        .join(MergedParcel, MergedParcel.step_id == HubStep.id)
        .where(MergedParcel.code == normalise_code(code), HubStep.undone_at.is_(None), by.parcels())
        .order_by(MergedParcel.id.desc())
        .limit(1)
    )


def parts_inside(session: Session, code: str) -> Sequence[str]:
    """Codes of the parcels that the hub put into this one, by their number. One statement."""
    return [one.code for one in _parts_of(session, code)]


def _standing_ids(session: Session, order_id: int) -> list[int]:
    standing = sa.select(Parcel.id).where(
        Parcel.order_id == order_id, Parcel.status == ParcelStatus.PACKED, Parcel.loaded_at.is_(None)
    )
    return list(session.scalars(standing.order_by(Parcel.id)))


def _comes_by(order: Order, tasks: Sequence[Task], parcels: Sequence[Parcel], hub_id: int) -> bool:
    """What is packed here, and what the truck takes from here; any other order is none of the hub's."""
    places = {task.packing_place_id for task in tasks} | {parcel.packing_place_id for parcel in parcels}
    return hub_id in places or (order.delivery is DeliveryKind.PICKUP and len(parcels) > 1)


def _merged_before(session: Session, order_id: int, hub_id: int, standing: Sequence[Parcel]) -> str | None:
    """The parcel into which this hub merged the order's: the one that stands here, or the last one, when none does."""
    made_here = sa.and_(
        HubStep.subject == Parcel.code,
        HubStep.kind == HubStepKind.MERGE,
        HubStep.packing_place_id == hub_id,
        HubStep.undone_at.is_(None),
    )
    merged = sa.select(Parcel.code).join(HubStep, made_here).where(Parcel.order_id == order_id)
    if standing:
        merged = merged.where(Parcel.id.in_([one.id for one in standing]))
    return session.scalar(merged.order_by(Parcel.id.desc()).limit(1))


def _one_parcel(
    session: Session, parcels: Sequence[Parcel], hub_id: int, *, by: Reach, now: datetime
) -> Parcel:
    merged = Parcel(
        code=random_code(CODE_LENGTH),
        order_id=parcels[0].order_id,
        number=min(one.number for one in parcels),
        packing_place_id=hub_id,
        pickup_point_id=parcels[0].pickup_point_id,
        weight_g=sum(one.weight_g for one in parcels),
        packed_at=now,
        packed_by_id=by.user_id,
    )
    session.add(merged)
    session.flush()
    return merged


def _kept(parcel: Parcel, step_id: int | None, task_ids: list[int]) -> MergedParcel:
    return MergedParcel(
        step_id=step_id,
        code=parcel.code,
        number=parcel.number,
        packing_place_id=parcel.packing_place_id,
        weight_g=parcel.weight_g,
        packed_at=parcel.packed_at,
        packed_by_id=parcel.packed_by_id,
        task_ids=task_ids,
    )


def _as_it_was(session: Session, kept: MergedParcel, merged: Parcel) -> None:
    parcel = Parcel(
        code=kept.code,
        order_id=merged.order_id,
        number=kept.number,
        packing_place_id=kept.packing_place_id,
        pickup_point_id=merged.pickup_point_id,
        weight_g=kept.weight_g,
        packed_at=kept.packed_at,
        packed_by_id=kept.packed_by_id,
    )
    session.add(parcel)
    session.flush()
    session.execute(sa.update(Task).where(Task.id.in_(kept.task_ids)).values(parcel_id=parcel.id))


def _parts_of(session: Session, code: str) -> Sequence[MergedParcel]:
    return session.scalars(
        sa.select(MergedParcel)
        .join(HubStep, HubStep.id == MergedParcel.step_id)
        .where(HubStep.subject == code, HubStep.kind == HubStepKind.MERGE, HubStep.undone_at.is_(None))
        .order_by(MergedParcel.number, MergedParcel.id)
    ).all()
