"""The truck: which journeys can still be ordered for, and how much room they have."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.delivery.errors import RunClosed, RunFull
from shop.delivery.models import PickupPoint, Run, RunStatus, RunStop


def _stops_at() -> sa.ColumnElement[bool]:
    return sa.exists().where(
        RunStop.run_id == Run.id,
        RunStop.pickup_point_id == sa.bindparam("point_id"),
        PickupPoint.id == RunStop.pickup_point_id,
        PickupPoint.active,
    )


# Made once: building a statement takes as long as running it.
_TAKES_ORDERS: Final = sa.and_(Run.status == RunStatus.PLANNED, Run.cutoff_at > sa.bindparam("now"))
_OPEN: Final = (
    sa.select(Run)
    .where(_TAKES_ORDERS)
    .order_by(Run.arrives_at, Run.id)
    .limit(sa.bindparam("most"))
    .options(selectinload(Run.stops))
)
_OPEN_TO_POINT: Final = _OPEN.where(_stops_at())
_POINTS: Final = (
    sa.select(PickupPoint).where(PickupPoint.active).order_by(PickupPoint.position, PickupPoint.id)
)
_ONE: Final = sa.select(Run).where(Run.id == sa.bindparam("run_id"), _TAKES_ORDERS, _stops_at())
_BOOK: Final = (
    sa.update(Run)
    .where(Run.id == sa.bindparam("run_id"), _TAKES_ORDERS, _stops_at())
    .where(Run.booked_g + sa.bindparam("weight_g") <= Run.capacity_g)
    .values(booked_g=Run.booked_g + sa.bindparam("weight_g"))
)
_UNBOOK: Final = (
    sa.update(Run)
    .where(Run.id == sa.bindparam("run_id"), Run.booked_g >= sa.bindparam("weight_g"))
    .values(booked_g=Run.booked_g - sa.bindparam("weight_g"))
)


def open_runs(
    session: Session, *, now: datetime, point_id: int | None = None, limit: int = 20
) -> Sequence[Run]:
    """Runs that take orders (to one point, if given), soonest first, with their stops."""
    if point_id is None:
        return session.scalars(_OPEN, {"now": now, "most": limit}).all()
    return session.scalars(_OPEN_TO_POINT, {"now": now, "most": limit, "point_id": point_id}).all()


def active_points(session: Session) -> Sequence[PickupPoint]:
    return session.scalars(_POINTS).all()


def book(session: Session, run_id: int, *, point_id: int, weight_g: int, now: datetime) -> None:
    """Take room on a run. The run's row stays locked until the commit, so this comes late in a transaction.

    Raises RunClosed or RunFull; then nothing is booked, and the caller may try another run.
    """
    asked = {"run_id": run_id, "point_id": point_id, "weight_g": weight_g, "now": now}
    if session.connection().execute(_BOOK, asked).rowcount == 0:
        check_room(session, run_id, point_id=point_id, weight_g=weight_g, now=now)
        raise RunFull(field="run")


def check_room(session: Session, run_id: int, *, point_id: int, weight_g: int, now: datetime) -> Run:
    """The run, when it takes this order as things are now. Raises RunClosed or RunFull. Books nothing."""
    run = session.scalar(_ONE, {"run_id": run_id, "point_id": point_id, "now": now})
    if run is None:
        raise RunClosed(field="run")
    if run.booked_g + weight_g > run.capacity_g:
        raise RunFull(field="run")
    return run


def unbook(session: Session, run_id: int, *, weight_g: int) -> None:
    """Give room on a run back."""
    session.connection().execute(_UNBOOK, {"run_id": run_id, "weight_g": weight_g})


def lock_runs(session: Session, run_ids: Collection[int]) -> Sequence[Run]:
    """By id, so that two who move orders between the same trucks never wait for each other in a ring."""
    statement = sa.select(Run).where(Run.id.in_(run_ids)).order_by(Run.id).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def stops_of(session: Session, run_id: int) -> frozenset[int]:
    return frozenset(session.scalars(sa.select(RunStop.pickup_point_id).where(RunStop.run_id == run_id)))
