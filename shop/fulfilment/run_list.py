"""The trucks, and what own packing places put on each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PackingPlace
from shop.delivery.models import PickupPoint, Run, RunStatus, RunStop
from shop.fulfilment.board import STANDING
from shop.fulfilment.models import Parcel, ParcelStatus, Task
from shop.fulfilment.reach import Reach
from shop.fulfilment.recalled_parcels import holds_recalled
from shop.kit.errors import NotFound
from shop.ordering.models import Order

LOOK_BACK = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class RunRow:
    """``packed`` and ``loaded`` count own places' parcels, ``booked_g`` everybody's orders."""

    id: int
    code: str
    status: RunStatus
    cutoff_at: datetime
    departs_at: datetime
    arrives_at: datetime
    departed_at: datetime | None
    arrived_at: datetime | None
    booked_g: int
    capacity_g: int
    packed: int = 0
    loaded: int = 0
    loaded_g: int = 0
    to_come: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    point_id: int
    name_zh: str
    name_en: str
    address_zh: str
    address_en: str


@dataclass(frozen=True, slots=True)
class LoadRow:
    """One parcel on a load list: no phone, no pickup code."""

    id: int
    code: str
    order_number: str
    point_id: int
    point_zh: str
    point_en: str
    place_id: int
    place_zh: str
    place_en: str
    weight_g: int
    status: ParcelStatus
    loaded_at: datetime | None
    arrived_at: datetime | None
    on_this_run: bool
    missed_its_run: bool
    is_recalled: bool


@dataclass(frozen=True, slots=True)
class RunPage:
    run: RunRow
    stops: tuple[Stop, ...]
    waiting: tuple[LoadRow, ...]
    loaded: tuple[LoadRow, ...]

    def by_place(self) -> list[tuple[LoadRow, list[LoadRow]]]:
        """Loaded parcels by packing place, each with its first row to name the place by."""
        groups: dict[int, list[LoadRow]] = defaultdict(list)
        for row in self.loaded:
            groups[row.place_id].append(row)
        return [(rows[0], rows) for rows in groups.values()]

    @property
    def loaded_g(self) -> int:
        return sum(row.weight_g for row in self.loaded)


def runs(session: Session, by: Reach, *, now: datetime) -> list[RunRow]:
    """Runs of the last two weeks and to come: who is on the road, the next ones, those that arrived. Three statements."""
    rows = session.execute(
        sa.select(*_RUN).where(sa.or_(Run.departs_at >= now - LOOK_BACK, Run.status == RunStatus.PLANNED))
    ).all()
    ids = [row.id for row in rows]
    parcels = _parcel_counts(session, ids, by)
    to_come = _tasks_to_come(session, ids, by)
    found = [_counted(RunRow(*row), parcels.get(row.id, (0, 0, 0)), to_come.get(row.id, 0)) for row in rows]
    return sorted(found, key=lambda run: _nearest_first(run, now))


def next_run(session: Session, *, now: datetime) -> RunRow | None:
    """The next truck that has not left. One statement."""
    statement = sa.select(*_RUN).where(
        Run.status == RunStatus.PLANNED, Run.departs_at >= now - timedelta(days=1)
    )
    row = session.execute(statement.order_by(Run.departs_at).limit(1)).one_or_none()
    return None if row is None else RunRow(*row)


def run_page(session: Session, run_code: str, by: Reach) -> RunPage:
    """One run with its stops and own places' parcels, loaded or waiting for it. Raises NotFound. Three statements."""
    row = session.execute(sa.select(*_RUN).where(Run.code == run_code)).one_or_none()
    if row is None:
        raise NotFound()
    run = RunRow(*row)
    stops = tuple(Stop(*stop) for stop in session.execute(_stops(run.id)))
    listed = [LoadRow(*load) for load in session.execute(_loads(run, by))]
    return RunPage(
        run=run,
        stops=stops,
        waiting=tuple(one for one in listed if not one.on_this_run),
        loaded=tuple(one for one in listed if one.on_this_run),
    )


def count_loaded(session: Session, run_id: int) -> int:
    """Everybody's parcels that stand on the truck, or went with it. One statement."""
    loaded = sa.select(sa.func.count(Parcel.id)).where(Parcel.run_id == run_id, Parcel.loaded_at.is_not(None))
    return session.scalar(loaded) or 0


_RUN = (
    Run.id,
    Run.code,
    Run.status,
    Run.cutoff_at,
    Run.departs_at,
    Run.arrives_at,
    Run.departed_at,
    Run.arrived_at,
    Run.booked_g,
    Run.capacity_g,
)


def _counted(run: RunRow, parcels: tuple[int, int, int], to_come: int) -> RunRow:
    packed, loaded, loaded_g = parcels
    return replace(run, packed=packed, loaded=loaded, loaded_g=loaded_g, to_come=to_come)


def _nearest_first(run: RunRow, now: datetime) -> tuple[int, float]:
    place = {RunStatus.DEPARTED: 0, RunStatus.PLANNED: 1}.get(run.status, 2)
    return place, abs((run.departs_at - now).total_seconds())


def _parcel_counts(session: Session, run_ids: list[int], by: Reach) -> dict[int, tuple[int, int, int]]:
    run_id = sa.func.coalesce(Parcel.run_id, Order.run_id)
    statement = (
        sa.select(
            run_id,
            sa.func.count(Parcel.id),
            sa.func.count(Parcel.loaded_at),
            sa.func.sum(sa.case((Parcel.loaded_at.is_not(None), Parcel.weight_g), else_=0)),
        )
        .join(Order, Order.id == Parcel.order_id)
        .where(by.parcels(), run_id.in_(run_ids))
        .group_by(run_id)
    )
    return {row[0]: (row[1], row[2], int(row[3])) for row in session.execute(statement)}


def _tasks_to_come(session: Session, run_ids: list[int], by: Reach) -> dict[int, int]:
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(Order.run_id, sa.func.count(sa.distinct(Task.order_id)))
        .join(Task, Task.order_id == Order.id)
        .where(Order.run_id.in_(run_ids), by.takes_in(), Task.status.in_(STANDING))
        .group_by(Order.run_id)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def _stops(run_id: int) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            PickupPoint.id,
            PickupPoint.name_zh,
            PickupPoint.name_en,
            PickupPoint.address_zh,
            PickupPoint.address_en,
        )
        .join(RunStop, RunStop.pickup_point_id == PickupPoint.id)
        .where(RunStop.run_id == run_id)
        .order_by(RunStop.position, PickupPoint.id)
    )


def _loads(run: RunRow, by: Reach) -> sa.Select[*tuple[Any, ...]]:
    """Parcels on this run; while it has not left, also packed ones for its stops that stand on no truck."""
    wanted = Parcel.run_id == run.id
    if run.status is RunStatus.PLANNED:
        stops = sa.select(RunStop.pickup_point_id).where(RunStop.run_id == run.id)
        free = sa.and_(
            Parcel.status == ParcelStatus.PACKED, Parcel.run_id.is_(None), Order.money_back_at.is_(None)
        )
        due = sa.or_(
            Order.run_id == run.id, Order.run_id.in_(sa.select(Run.id).where(Run.status != RunStatus.PLANNED))
        )
        wanted = sa.or_(wanted, sa.and_(free, due, Parcel.pickup_point_id.in_(stops)))
    return (
        sa.select(
            Parcel.id,
            Parcel.code,
            Order.number,
            Parcel.pickup_point_id,
            PickupPoint.name_zh,
            PickupPoint.name_en,
            Parcel.packing_place_id,
            PackingPlace.name_zh,
            PackingPlace.name_en,
            Parcel.weight_g,
            Parcel.status,
            Parcel.loaded_at,
            Parcel.arrived_at,
            sa.cast(sa.case((Parcel.run_id == run.id, 1), else_=0), sa.Boolean),
            sa.cast(sa.case((Order.run_id == run.id, 0), else_=1), sa.Boolean),
            holds_recalled(),
        )
        .join(Order, Order.id == Parcel.order_id)
        .join(PickupPoint, PickupPoint.id == Parcel.pickup_point_id)
        .join(PackingPlace, PackingPlace.id == Parcel.packing_place_id)
        .where(by.parcels(), wanted)
        .order_by(Parcel.packing_place_id, Parcel.pickup_point_id, Parcel.id)
    )
