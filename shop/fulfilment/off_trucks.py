"""Boxes on a truck that nobody is to get: their order was called off, or its money goes back. They are taken off first.

In software a box of a cancelled order is no parcel any more, and the truck knows nothing of it; so it is on the run's
page, the load list and the page before the truck leaves until somebody says that it is off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import PackingPlace
from shop.delivery.models import Run, RunStatus
from shop.fulfilment.errors import BoxesToTakeOff, RunHasLeft
from shop.fulfilment.finding import lock_orders
from shop.fulfilment.left_behind import mark_of, may_send
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskStatus
from shop.fulfilment.reach import Reach
from shop.fulfilment.unmade_parcels import CALLED_OFF
from shop.kit.errors import NotFound
from shop.kit.references import normalise_code
from shop.ordering.history import note
from shop.ordering.models import Order, OrderEvent

OFF_TRUCK: Final = "box_off_truck"


@dataclass(frozen=True, slots=True)
class ToTakeOff:
    """`is_parcel`: it stands in the software still, and all its money goes back; else its order was called off."""

    parcel_code: str
    order_id: int
    order_number: str
    place_id: int
    place_zh: str
    place_en: str
    is_parcel: bool


def to_take_off(session: Session, run: Run) -> Sequence[ToTakeOff]:
    """What stands on a truck that has not left, by place. Two statements, three where orders were called off."""
    if run.status is not RunStatus.PLANNED:
        return ()
    found = [*_called_off(session, run.code), *_paid_back(session, run.id)]
    return sorted(found, key=lambda one: (one.place_id, one.parcel_code))


def mark_of_boxes(boxes: Sequence[ToTakeOff]) -> str:
    """Tells whether these are the boxes that somebody has seen. Empty for none."""
    return mark_of([one.parcel_code for one in boxes])


def say_off(session: Session, run_code: str, parcel_code: str, *, by: Reach, now: datetime) -> None:
    """A person has taken it off. Saying so again changes nothing. Locks the order.

    Raises NotFound for a box that was never on this truck, or that is no matter of theirs; RunHasLeft.
    """
    run, code = _run(session, run_code), normalise_code(parcel_code)
    order_id = _order_of(session, run, code)
    if order_id is None:
        raise NotFound()
    lock_orders(session, [order_id])
    if _run(session, run_code).status is not RunStatus.PLANNED:
        raise RunHasLeft()
    box = next((one for one in to_take_off(session, run) if one.parcel_code == code), None)
    if box is None and _stands(session, run, code):
        raise NotFound()  # somebody is to get it: it is taken off by whoever packed it
    if box is None:
        return
    if not (by.packs_at(box.place_id) or may_send(session, run.id, by)):
        raise NotFound()
    _off(session, run, box, by=by, now=now)


def take_all_off(session: Session, run: Run, boxes: Sequence[ToTakeOff], *, by: Reach, now: datetime) -> None:
    """The truck leaves, and whoever sends it off has read that these are off it."""
    for one in boxes:
        _off(session, run, one, by=by, now=now)


def demand_seen(boxes: Sequence[ToTakeOff], mark: str) -> None:
    """Raises BoxesToTakeOff where others stand on the truck than those that somebody has read of."""
    if mark_of_boxes(boxes) != mark:
        raise BoxesToTakeOff(parcels=", ".join(one.parcel_code for one in boxes))


def _off(session: Session, run: Run, one: ToTakeOff, *, by: Reach, now: datetime) -> None:
    kind = "parcel_unloaded" if one.is_parcel else OFF_TRUCK
    if one.is_parcel:
        parcel = session.scalars(sa.select(Parcel).where(Parcel.code == one.parcel_code)).one()
        parcel.run_id, parcel.loaded_at = None, None
    note(session, one.order_id, kind, now, by.user_id, parcel=one.parcel_code, run=run.code)
    session.flush()


def _run(session: Session, run_code: str) -> Run:
    statement = sa.select(Run).where(Run.code == run_code).with_for_update(read=True)
    run = session.scalar(statement.execution_options(populate_existing=True))
    if run is None:
        raise NotFound()
    return run


def _order_of(session: Session, run: Run, code: str) -> int | None:
    called_off = sa.select(OrderEvent.order_id).where(
        *_of_truck(OrderEvent, run.code), _parcel(OrderEvent) == code
    )
    return _stands(session, run, code) or session.scalar(called_off.limit(1))


def _stands(session: Session, run: Run, code: str) -> int | None:
    """The order of a parcel that is on this truck."""
    return session.scalar(sa.select(Parcel.order_id).where(Parcel.code == code, Parcel.run_id == run.id))


def _called_off(session: Session, run_code: str) -> list[ToTakeOff]:
    """Those that nobody has said to be off, and whose goods nobody has given back."""
    off = aliased(OrderEvent)
    is_off = sa.exists().where(
        off.order_id == OrderEvent.order_id, off.kind == OFF_TRUCK, _parcel(off) == _parcel(OrderEvent)
    )
    rows = session.execute(
        sa.select(OrderEvent.facts, Order.id, Order.number)
        .join(Order, Order.id == OrderEvent.order_id)
        .where(*_of_truck(OrderEvent, run_code), ~is_off)
    ).all()
    if not rows:
        return []
    task_ids = {task_id for row in rows for task_id in row.facts.get("task_ids", ())}
    lies = sa.and_(Task.status == TaskStatus.CANCELLED, Task.received_at.is_not(None))
    waiting = set(session.scalars(sa.select(Task.id).where(Task.id.in_(task_ids), lies)))
    places = {
        one.id: one
        for one in session.scalars(
            sa.select(PackingPlace).where(
                PackingPlace.id.in_({row.facts["packing_place_id"] for row in rows})
            )
        )
    }
    return [
        ToTakeOff(
            row.facts["parcel"], row.id, row.number, place.id, place.name_zh, place.name_en, is_parcel=False
        )
        for row in rows
        if waiting & set(row.facts.get("task_ids", ()))
        for place in [places[row.facts["packing_place_id"]]]
    ]


def _paid_back(session: Session, run_id: int) -> list[ToTakeOff]:
    rows = session.execute(
        sa.select(
            *(Parcel.code, Order.id, Order.number),
            *(PackingPlace.id, PackingPlace.name_zh, PackingPlace.name_en),
        )
        .join(Order, Order.id == Parcel.order_id)
        .join(PackingPlace, PackingPlace.id == Parcel.packing_place_id)
        .where(
            Parcel.run_id == run_id, Parcel.status == ParcelStatus.PACKED, Order.money_back_at.is_not(None)
        )
    )
    return [ToTakeOff(*row, is_parcel=True) for row in rows]


def _of_truck(event: type[OrderEvent], run_code: str) -> tuple[sa.ColumnElement[bool], ...]:
    # Written out, so that the index over this kind is used.
    kind = event.kind == sa.literal_column(f"'{CALLED_OFF}'")
    return kind, event.facts["run"].as_string() == run_code


def _parcel(event: type[OrderEvent]) -> sa.ColumnElement[str]:
    code: sa.ColumnElement[str] = event.facts["parcel"].as_string()
    return code
