"""How goods come to a canteen: by a truck that stops at a point, or by courier to one of its addresses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.canteens.errors import DayTooSoon, NoTruckThatDay
from shop.delivery.models import PickupPoint, Run, RunStatus, RunStop
from shop.kit.clock import day_range, shanghai_date
from shop.ordering.keeping import find_route
from shop.ordering.wish import Courier, Pickup

MOST_STOPS: Final = 40
FURTHEST: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Stop:
    """A truck that takes orders, at one of its points."""

    run_id: int
    point_id: int
    name_zh: str
    name_en: str
    cutoff_at: datetime
    arrives_at: datetime

    @property
    def day(self) -> date:
        return shanghai_date(self.arrives_at)


def open_stops(session: Session, *, now: datetime) -> Sequence[Stop]:
    """Soonest first. Three statements."""
    runs = session.scalars(
        sa.select(Run)
        .where(Run.status == RunStatus.PLANNED, Run.cutoff_at > now)
        .order_by(Run.arrives_at, Run.id)
        .limit(MOST_STOPS)
        .options(selectinload(Run.stops).joinedload(RunStop.pickup_point))
    ).all()
    return [
        Stop(run.id, stop.pickup_point_id, stop.pickup_point.name_zh, stop.pickup_point.name_en, run.cutoff_at, run.arrives_at)
        for run in runs
        for stop in run.stops
        if stop.pickup_point.active
    ]  # fmt: skip


def truck_on(session: Session, point_id: int, day: date, *, now: datetime) -> Pickup:
    """The first one of the day that still takes orders. Raises NoTruckThatDay."""
    begins, ends = day_range(day, day)
    run_id = session.scalar(
        sa.select(Run.id)
        .join(RunStop, RunStop.run_id == Run.id)
        .join(PickupPoint, PickupPoint.id == RunStop.pickup_point_id)
        .where(
            RunStop.pickup_point_id == point_id,
            PickupPoint.active,
            Run.status == RunStatus.PLANNED,
            Run.cutoff_at > now,
            Run.arrives_at >= begins,
            Run.arrives_at < ends,
        )
        .order_by(Run.arrives_at, Run.id)
        .limit(1)
    )
    if run_id is None:
        raise NoTruckThatDay(field="delivery")
    return Pickup(point_id, run_id)


def earliest_by_courier(
    session: Session, to: Courier, ready_hours: Collection[int], *, now: datetime
) -> date | None:
    """When the slowest courier has brought what is ordered now; None where no courier goes."""
    route = find_route(session, to.province, ready_hours, now=now)
    if route is None:
        return None
    calendar = route.keeping.calendar
    return calendar.add_courier_days(route.keeping.sent_on(ready_hours), route.zone.days_max)


def refuse_too_soon(
    session: Session, to: Pickup | Courier, day: date, ready_hours: Collection[int], *, now: datetime
) -> None:
    """A truck has its own day. Raises DayTooSoon; where nobody goes, placing the order says it."""
    if isinstance(to, Pickup):
        return
    earliest = earliest_by_courier(session, to, ready_hours, now=now)
    if earliest is not None and not earliest <= day <= earliest + FURTHEST:
        raise DayTooSoon(field="deliver_on", day=earliest.isoformat())
