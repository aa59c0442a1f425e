"""Parcels that are no more while the box may stand about, or on a truck: its label leads to what is to be done.

An order that is called off takes its packed parcels with it, and a coordinator unpacks one for ten minutes. The history
of the order keeps which parcel it was, where it was packed and on which truck it stood.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.models import Parcel, Task, TaskStatus
from shop.fulfilment.reach import Reach
from shop.kit.errors import NotFound
from shop.kit.references import normalise_code
from shop.ordering.history import note
from shop.ordering.models import Order, OrderEvent, OrderStatus

CALLED_OFF: Final = "parcel_called_off"
UNPACKED: Final = "parcel_unpacked"


@dataclass(frozen=True, slots=True)
class UnmadeParcel:
    """``run_code`` is the truck on which it stood; ``is_open``: goods of it were not given back yet."""

    code: str
    order_number: str
    place_id: int
    run_code: str
    at: datetime
    called_off: bool
    is_open: bool
    task_ids: tuple[int, ...]
    is_recalled: bool = False  # it was unmade since goods of a recalled lot lie in it
    is_over: bool = False  # nothing of its order is packed any more


def note_unmade(
    session: Session, parcel: Parcel, kind: str, tasks: Collection[Task], now: datetime, **facts: Any
) -> None:
    """Keep in the order's history what the label of this parcel will lead to."""
    ids = [task.id for task in tasks]
    place = {"packing_place_id": parcel.packing_place_id, "task_ids": ids}
    note(
        session, parcel.order_id, kind, now, facts.pop("actor_id", None), parcel=parcel.code, **place, **facts
    )


def unmade_parcel(session: Session, code: str, by: Reach) -> UnmadeParcel:
    """What became of it, the last time that it was unmade. Raises NotFound for another place's, as for none."""
    wanted = OrderEvent.facts["parcel"].as_string() == normalise_code(code)
    found = session.execute(_unmade().where(wanted).order_by(OrderEvent.id.desc()).limit(1)).one_or_none()
    if found is None or not by.packs_at(found.facts.get("packing_place_id", 0)):
        raise NotFound()
    task_ids = found.facts.get("task_ids", ())
    lies_here = sa.and_(Task.status == TaskStatus.CANCELLED, Task.received_at.is_not(None))
    is_open = session.scalar(sa.select(Task.id).where(Task.id.in_(task_ids), lies_here).limit(1)) is not None
    return _said(found, is_open=is_open)


def unmade_by_task(session: Session, order_numbers: Collection[str]) -> dict[int, UnmadeParcel]:
    """In which parcel the goods of these cancelled orders lie, by task. One statement, none without orders."""
    if not order_numbers:
        return {}
    kind = OrderEvent.kind == sa.literal_column(f"'{CALLED_OFF}'")
    rows = session.execute(_unmade().where(Order.number.in_(order_numbers), kind).order_by(OrderEvent.id))
    found = [_said(row, is_open=True) for row in rows]
    return {task_id: parcel for parcel in found for task_id in parcel.task_ids}


def orders_of_unmade(code: str) -> sa.Select[str]:
    """SQL: numbers of the orders that a parcel of this code was of."""
    wanted = OrderEvent.facts["parcel"].as_string() == code
    return _unmade().where(wanted).with_only_columns(Order.number, maintain_column_froms=True)


def is_over() -> sa.ColumnElement[bool]:
    """SQL, of Order: nothing of it is packed any more."""
    return sa.or_(Order.status == OrderStatus.CANCELLED, Order.money_back_at.is_not(None))


def _unmade() -> sa.Select[*tuple[Any, ...]]:
    # Written out, so that the index over these kinds alone is used.
    kinds: list[sa.ColumnElement[str]] = [sa.literal_column(f"'{kind}'") for kind in (CALLED_OFF, UNPACKED)]
    return (
        sa.select(OrderEvent.kind, OrderEvent.facts, OrderEvent.at, Order.number, is_over().label("is_over"))
        .join(Order, Order.id == OrderEvent.order_id)
        .where(OrderEvent.kind.in_(kinds))
    )


def _said(row: Any, *, is_open: bool) -> UnmadeParcel:
    return UnmadeParcel(
        code=row.facts["parcel"],
        order_number=row.number,
        place_id=row.facts.get("packing_place_id", 0),  # parcels unpacked before this was kept say none
        run_code=row.facts.get("run", ""),
        at=row.at,
        called_off=row.kind == CALLED_OFF,
        is_open=is_open,
        task_ids=tuple(row.facts.get("task_ids", ())),
        is_recalled="recall" in row.facts,
        is_over=row.is_over,
    )
