"""What is booked on a truck and does not stand on it, and who may send it off without."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PackingPlace, PackingPlaceKind, Village
from shop.delivery.models import Run, RunStatus
from shop.fulfilment.models import Parcel, ParcelStatus, Task
from shop.fulfilment.reach import Reach
from shop.fulfilment.transitions import LIVE_TASKS
from shop.ordering.models import Order


@dataclass(frozen=True, slots=True)
class Behind:
    """So many orders of a truck of which one village has something that is not loaded."""

    village_zh: str
    village_en: str
    orders: int


@dataclass(frozen=True, slots=True)
class LeftBehind:
    villages: tuple[Behind, ...] = ()
    order_ids: tuple[int, ...] = ()  # one order may have goods of several villages

    @property
    def orders(self) -> int:
        return len(self.order_ids)

    @property
    def is_counted_twice(self) -> bool:
        """An order with goods of two villages stands with each of them."""
        return sum(one.orders for one in self.villages) > self.orders

    @property
    def mark(self) -> str:
        """Tells whether these are the orders that somebody has seen: a count cannot. Empty for none."""
        return mark_of(self.order_ids)


def mark_of(ids: Collection[int] | Collection[str]) -> str:
    said = " ".join(sorted(str(one) for one in ids))
    return sha256(said.encode()).hexdigest()[:32] if said else ""


def may_send(session: Session, run_id: int, by: Reach) -> bool:
    """Whether somebody answers for this truck: for the hub, or for a village with orders on it. One statement."""
    if by.everything:
        return True
    hub = sa.exists().where(
        PackingPlace.id.in_(by.packing_place_ids), PackingPlace.kind == PackingPlaceKind.HUB
    )
    on_it = (
        sa.select(Task.id)
        .join(Order, Order.id == Task.order_id)
        .outerjoin(Parcel, Parcel.id == Task.parcel_id)
        .where(
            sa.or_(Order.run_id == run_id, Parcel.run_id == run_id), by.sees(), Task.status.in_(LIVE_TASKS)
        )
    )
    return bool(session.scalar(sa.select(sa.or_(hub, on_it.exists()))))


def left_behind(session: Session, run_id: int) -> LeftBehind:
    """Orders that would miss this truck if it left now, everybody's. One statement."""
    rows = session.execute(
        sa.select(Task.order_id, Village.id, Village.name_zh, Village.name_en)
        .join(Order, Order.id == Task.order_id)
        .join(Village, Village.id == Task.village_id)
        .outerjoin(Parcel, Parcel.id == Task.parcel_id)
        .where(
            Order.run_id == run_id, has_not_left(), sa.or_(Parcel.run_id.is_(None), Parcel.run_id != run_id)
        )
        .distinct()
        .order_by(Village.id)
    ).all()
    return LeftBehind(_by_village(rows), tuple(sorted({row.order_id for row in rows})))


def without_truck(session: Session, order_ids: Collection[int]) -> list[int]:
    """Those of the orders that have goods which no coming truck takes either. One statement."""
    rows = session.scalars(
        sa.select(Task.order_id)
        .outerjoin(Parcel, Parcel.id == Task.parcel_id)
        .where(Task.order_id.in_(order_ids), has_not_left(), on_no_coming_truck())
        .distinct()
        .order_by(Task.order_id)
    )
    return list(rows)


def has_not_left() -> sa.ColumnElement[bool]:
    """SQL: goods of a task, joined with its parcel if it has one, that are still in the village and are to leave it."""
    given_back = sa.exists().where(Order.id == Task.order_id, Order.money_back_at.is_not(None))
    return sa.and_(
        Task.status.in_(LIVE_TASKS),
        sa.or_(Parcel.id.is_(None), Parcel.status == ParcelStatus.PACKED),
        ~given_back.correlate(Task),
    )


def on_no_coming_truck() -> sa.ColumnElement[bool]:
    """SQL: its parcel does not stand on a truck that is still to leave."""
    coming = sa.select(Run.id).where(Run.status == RunStatus.PLANNED)
    return sa.or_(Parcel.run_id.is_(None), Parcel.run_id.not_in(coming))


def stands_on(run_id: int) -> sa.ColumnElement[bool]:
    """SQL: some parcel is loaded on this truck, which has not left."""
    return sa.exists().where(Parcel.run_id == run_id, Parcel.status == ParcelStatus.PACKED)


def _by_village(rows: Collection[Any]) -> tuple[Behind, ...]:
    orders: dict[tuple[str, str], set[int]] = {}
    for row in rows:
        orders.setdefault((row.name_zh, row.name_en), set()).add(row.order_id)
    return tuple(Behind(zh, en, len(found)) for (zh, en), found in orders.items())
