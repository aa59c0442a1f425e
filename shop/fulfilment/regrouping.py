"""Packed goods of one order go from one parcel into another of the same packing place, or into one of their own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.errors import StillLoaded
from shop.fulfilment.finding import lock_parcels
from shop.fulfilment.goods import add_up, goods_of_tasks
from shop.fulfilment.hub.steps import is_hub
from shop.fulfilment.models import Parcel, ParcelStatus, Task
from shop.fulfilment.packing import CODE_LENGTH, dissolve, goods_weight
from shop.fulfilment.reach import Reach
from shop.fulfilment.take_outs import demand_opened
from shop.fulfilment.unmade_parcels import UNPACKED, note_unmade
from shop.fulfilment.waybills.cancelling import drop_waybill
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.references import random_code
from shop.kit.text import msg
from shop.ordering.history import note
from shop.ordering.models import OrderLine, OrderStatus

REGROUPED: Final = "parcel_regrouped"


class PackedElsewhere(Conflict):
    code = "packed_elsewhere"
    default_message = msg("These goods lie in another parcel by now. Please look at the parcel again.")


class NotToRegroup(Conflict):
    code = "not_to_regroup"
    default_message = msg(
        "Only parcels that stand packed in a village are split or put together. What lies at the hub is merged and unpacked there."
    )


class BoxStaysWhole(Conflict):
    code = "box_stays_whole"
    default_message = msg("What lies in one gift box stays in one parcel. Please choose all of it.")


@dataclass(frozen=True, slots=True)
class Inside:
    """The goods of one task in a parcel."""

    task_id: int
    goods: Sequence[object]  # as `goods_phrase` says them


def inside_of(session: Session, parcel_id: int) -> list[Inside]:
    """Two statements."""
    ids = list(session.scalars(sa.select(Task.id).where(Task.parcel_id == parcel_id).order_by(Task.id)))
    goods = goods_of_tasks(session, ids)
    return [Inside(task_id, add_up(goods.get(task_id, []))) for task_id in ids]


def others_beside(session: Session, parcel_id: int) -> Sequence[str]:
    """Codes of the other parcels of its order that stand packed at the same place. One statement."""
    own = sa.select(Parcel.order_id, Parcel.packing_place_id).where(Parcel.id == parcel_id).subquery()
    beside = sa.select(Parcel.code).join(
        own, sa.and_(own.c.order_id == Parcel.order_id, own.c.packing_place_id == Parcel.packing_place_id)
    )
    stands = beside.where(
        Parcel.id != parcel_id, Parcel.status == ParcelStatus.PACKED, Parcel.loaded_at.is_(None)
    )
    return session.scalars(stands.order_by(Parcel.number, Parcel.id)).all()


def regroup(
    session: Session, code: str, task_ids: Collection[int], into: str | None, *, by: Reach, now: datetime
) -> str:
    """Put the goods of these tasks of a parcel into another one, or without one into a new one; returns its code.

    A parcel of which nothing is left is no more: its label leads to what became of it. Weights follow the goods, and
    waybills of what is not what it was are given back. Pressing again finds the goods where they are. Locks the order.
    Raises NotFound out of reach, InvalidInput when nothing, or all of it without another parcel, is chosen, StillLoaded,
    NotToRegroup, PackedElsewhere, BoxStaysWhole.
    """
    wanted = set(task_ids)
    if not wanted:
        raise InvalidInput(msg("Please choose what goes into the other parcel."), field="task")
    if into is not None and _lies_in(session, wanted, into, by):
        return into
    codes = {code} if into is None else {code, into}
    parcels = {one.code: one for one in lock_parcels(session, codes, by)}
    source, target = parcels[code], parcels[into] if into is not None else None
    for one in parcels.values():
        _demand_standing(session, one, by)
    moving = [task for task in source.tasks if task.id in wanted]
    staying = [task for task in source.tasks if task.id not in wanted]
    if len(moving) != len(wanted):
        raise PackedElsewhere()
    if target is not None and (
        target.order_id != source.order_id or target.packing_place_id != source.packing_place_id
    ):
        raise NotFound()
    if target is None and not staying:
        raise InvalidInput(msg("All of it is in a parcel of its own already."), field="task")
    demand_opened(session, source.order_id, source.tasks)
    _demand_whole_boxes(session, moving, staying)
    return _move(session, source, target, moving, staying, by=by, now=now)


def _move(
    session: Session,
    source: Parcel,
    target: Parcel | None,
    moving: Sequence[Task],
    staying: Sequence[Task],
    *,
    by: Reach,
    now: datetime,
) -> str:
    moved_g = source.weight_g if not staying else goods_weight(session, moving)
    drop_waybill(session, source.id, now=now)
    if target is None:
        target = _new_parcel(session, source, moved_g, by=by, now=now)
    else:
        drop_waybill(session, target.id, now=now)
        target.weight_g += moved_g
    for task in moving:
        task.parcel_id = target.id
    session.flush()
    note(session, source.order_id, REGROUPED, now, by.user_id, parcel=source.code, into=target.code)
    if staying:
        source.weight_g = max(source.weight_g - moved_g, goods_weight(session, staying))
    else:
        note_unmade(session, source, UNPACKED, moving, now, actor_id=by.user_id)
        dissolve(session, source, now=now)
    return target.code


def _new_parcel(session: Session, source: Parcel, weight_g: int, *, by: Reach, now: datetime) -> Parcel:
    highest = sa.select(sa.func.max(Parcel.number)).where(Parcel.order_id == source.order_id)
    parcel = Parcel(
        code=random_code(CODE_LENGTH),
        order_id=source.order_id,
        number=int(session.scalar(highest) or 0) + 1,
        packing_place_id=source.packing_place_id,
        pickup_point_id=source.pickup_point_id,
        weight_g=weight_g,
        packed_at=now,
        packed_by_id=by.user_id,
    )
    session.add(parcel)
    session.flush()
    return parcel


def _demand_standing(session: Session, parcel: Parcel, by: Reach) -> None:
    if not by.packs_at(parcel.packing_place_id):
        raise NotFound()
    if parcel.loaded_at is not None:
        raise StillLoaded()
    is_over = parcel.order.status is not OrderStatus.CONFIRMED or parcel.order.money_back_at is not None
    if parcel.status is not ParcelStatus.PACKED or is_over or is_hub(session, parcel.packing_place_id):
        raise NotToRegroup()


def _demand_whole_boxes(session: Session, moving: Sequence[Task], staying: Sequence[Task]) -> None:
    boxes = set(
        session.scalars(
            sa.select(OrderLine.id).where(
                OrderLine.order_id == moving[0].order_id, OrderLine.is_bundle.is_(True)
            )
        )
    )
    gone, left = (
        {item.allocation.order_line_id for task in tasks for item in task.items} & boxes
        for tasks in (moving, staying)
    )
    if gone & left:
        raise BoxStaysWhole()


def _lies_in(session: Session, task_ids: Collection[int], code: str, by: Reach) -> bool:
    """Pressed before: all of it lies there."""
    there = (
        sa.select(sa.func.count())
        .select_from(Task)
        .join(Parcel, Parcel.id == Task.parcel_id)
        .where(Task.id.in_(task_ids), Parcel.code == code, by.parcels())
    )
    return session.scalar(there) == len(task_ids)
