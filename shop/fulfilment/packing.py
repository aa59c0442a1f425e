"""Tasks of one order at one packing place become a parcel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Variant
from shop.fulfilment.errors import BoxNotWhole, NotAllHere, NothingToPack, StillLoaded, TooLateToUndo
from shop.fulfilment.finding import lock_orders, lock_parcel, tasks_of_order
from shop.fulfilment.hub.models import HubStepKind
from shop.fulfilment.hub.steps import assembling_of, is_hub, note_work, take_work_back
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskStatus
from shop.fulfilment.parcel_numbers import is_to_pack, planned_numbers
from shop.fulfilment.reach import Reach
from shop.fulfilment.take_outs import demand_opened
from shop.fulfilment.transitions import LIVE_TASKS, TASK_STATES
from shop.fulfilment.unmade_parcels import UNPACKED, note_unmade
from shop.fulfilment.waybills.cancelling import drop_waybill
from shop.fulfilment.whole_boxes import waits_for_its_box
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.references import random_code
from shop.kit.text import msg
from shop.ordering.history import note
from shop.ordering.models import Order

UNDO_FOR = timedelta(minutes=10)
CODE_LENGTH = 10
HEAVIEST_G = 1_000_000


def pack_parcel(
    session: Session,
    order_id: int,
    packing_place_id: int,
    *,
    weight_g: int | None = None,
    partly: bool = False,
    by: Reach,
    now: datetime,
) -> str:
    """Put what has come in of this order at this place into a parcel, and return the parcel's code.

    Pressing again returns the same parcel. Without a weight, the goods' gross weights count.
    A gift box goes into a parcel whole, also partly: its parts wait for one another.
    Raises NotFound out of reach, NothingToPack, BoxNotWhole when nothing is here but parts of boxes, or NotAllHere
    when goods are missing and ``partly`` is not said.
    """
    if not by.packs_at(packing_place_id) or not (order := lock_orders(session, [order_id]).get(order_id)):
        raise NotFound()
    of_order = tasks_of_order(session, order_id)
    tasks = [
        task for task in of_order if task.packing_place_id == packing_place_id and task.status in LIVE_TASKS
    ]
    here = [task for task in tasks if task.status is TaskStatus.READY and task.received_at is not None]
    if not here:
        return _packed_before(session, tasks)
    demand_opened(session, order_id, here)
    missing = sum(task.status is not TaskStatus.PACKED for task in tasks) - len(here)
    held = waits_for_its_box(session, order_id)
    whole = [task for task in here if task.id not in held]
    if missing and whole and not partly:
        raise NotAllHere(missing=missing)
    if not whole or (held and not partly):
        raise BoxNotWhole()
    number = _number(session, of_order, packing_place_id)
    return _new_parcel(session, order, whole, number, weight_g, by=by, now=now)


def unpack(session: Session, parcel_code: str, *, by: Reach, now: datetime) -> None:
    """Packed by mistake: the goods lie open again, within ten minutes and before the parcel moves.

    Raises NotFound (also the second time: the parcel is no more), StillLoaded or TooLateToUndo.
    """
    parcel = lock_parcel(session, parcel_code, by)
    if not by.packs_at(parcel.packing_place_id):
        raise NotFound()
    demand_still_here(parcel, now)
    for task in parcel.tasks:
        task.status = TASK_STATES.step(task.status, TaskStatus.READY)
        task.packed_at = None
    note_unmade(session, parcel, UNPACKED, parcel.tasks, now, actor_id=by.user_id)
    take_work_back(session, parcel.code, HubStepKind.ASSEMBLE, by_id=by.user_id, now=now)
    dissolve(session, parcel, now=now)


def demand_still_here(parcel: Parcel, now: datetime) -> None:
    """It was packed minutes ago and has not moved. Raises StillLoaded or TooLateToUndo."""
    if parcel.status is not ParcelStatus.PACKED or now - parcel.packed_at > UNDO_FOR:
        raise TooLateToUndo()
    if parcel.loaded_at is not None:
        raise StillLoaded()


def dissolve(session: Session, parcel: Parcel, *, now: datetime) -> None:
    """Take a parcel that never left out of the world; its tasks stay, its waybill is given back."""
    drop_waybill(session, parcel.id, now=now)
    session.execute(sa.update(Task).where(Task.parcel_id == parcel.id).values(parcel_id=None))
    session.flush()
    session.execute(sa.delete(Parcel).where(Parcel.id == parcel.id))
    session.expunge(parcel)


def goods_weight(session: Session, tasks: Sequence[Task]) -> int:
    """Gross weight in grams of the units in these tasks."""
    units = [(item.allocation.variant_id, item.allocation.units) for task in tasks for item in task.items]
    weights = sa.select(Variant.id, Variant.gross_weight_g).where(Variant.id.in_({one for one, _ in units}))
    grams = {row.id: row.gross_weight_g for row in session.execute(weights)}
    return sum(grams[variant] * count for variant, count in units)


def _packed_before(session: Session, tasks: Sequence[Task]) -> str:
    """The latest parcel of these tasks: a second press finds what the first one made."""
    parcel_ids = [task.parcel_id for task in tasks if task.parcel_id is not None]
    if not parcel_ids or any(task.status is not TaskStatus.PACKED for task in tasks):
        raise NothingToPack()
    return session.scalars(sa.select(Parcel.code).where(Parcel.id == max(parcel_ids))).one()


def _number(session: Session, of_order: Sequence[Task], packing_place_id: int) -> int:
    """What the parcel was called while it was planned."""
    taken = session.scalars(sa.select(Parcel.number).where(Parcel.order_id == of_order[0].order_id)).all()
    places = [task.packing_place_id for task in of_order if is_to_pack(task)]
    return planned_numbers(taken, places)[packing_place_id]


def _new_parcel(
    session: Session,
    order: Order,
    tasks: Sequence[Task],
    number: int,
    weight_g: int | None,
    *,
    by: Reach,
    now: datetime,
) -> str:
    if weight_g is not None and not 0 < weight_g <= HEAVIEST_G:
        raise InvalidInput(msg("A parcel weighs between 1 g and 1,000 kg."), field="weight_g")
    parcel = Parcel(
        code=random_code(CODE_LENGTH),
        order_id=order.id,
        number=number,
        packing_place_id=tasks[0].packing_place_id,
        pickup_point_id=order.pickup_point_id,
        weight_g=weight_g or goods_weight(session, tasks),
        packed_at=now,
        packed_by_id=by.user_id,
    )
    session.add(parcel)
    session.flush()
    for task in tasks:
        task.status = TASK_STATES.step(task.status, TaskStatus.PACKED)
        task.packed_at = now
        task.parcel_id = parcel.id
    note(session, order.id, "parcel_packed", now, by.user_id, parcel=parcel.code)
    if is_hub(session, parcel.packing_place_id) and (work := assembling_of(session, parcel, tasks)):
        note_work(session, work, by_id=by.user_id, now=now)
    return parcel.code
