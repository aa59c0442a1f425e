"""The weekly truck of the demo's year: past journeys are made, those to come are the seeded ones."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.models import PickupPoint, Run, RunStatus, RunStop
from shop.demo.rows import Rows
from shop.demo.year import weeks
from shop.kit.clock import shanghai_date, shanghai_moment

CAPACITY_G = 1_500_000


@dataclass(frozen=True, slots=True)
class Trip:
    run_id: int
    code: str
    cutoff: datetime
    departs: datetime
    arrives: datetime


class Trucks:
    """Finds the next truck for an order, and counts the weight that was booked on it."""

    def __init__(self, trips: list[Trip]) -> None:
        self._trips = sorted(trips, key=lambda trip: trip.cutoff)
        self._cutoffs = [trip.cutoff for trip in self._trips]
        self._booked: dict[int, int] = defaultdict(int)

    def next_after(self, moment: datetime) -> Trip | None:
        place = bisect_right(self._cutoffs, moment)
        return self._trips[place] if place < len(self._trips) else None

    def last_arrived(self, now: datetime) -> Trip | None:
        arrived = [trip for trip in self._trips if trip.arrives <= now]
        return arrived[-1] if arrived else None

    def book(self, trip: Trip, grams: int) -> None:
        self._booked[trip.run_id] += grams

    def settle(self, session: Session, rows: Rows) -> None:
        """Write down the booked weight. A week heavier than the truck gets a larger one."""
        known = session.execute(sa.select(Run.id, Run.booked_g, Run.capacity_g)).all()
        before = {run.id: (run.booked_g, run.capacity_g) for run in known}
        for run_id, grams in self._booked.items():
            booked_before, room = before[run_id]
            booked = booked_before + grams
            rows.change(Run, run_id, booked_g=booked, capacity_g=max(booked, room))


def read_trucks(
    session: Session, rows: Rows, points: list[PickupPoint], first: datetime, now: datetime
) -> Trucks:
    """Journeys still to come, and a journey for every week before them."""
    coming = session.scalars(
        sa.select(Run).where(Run.cutoff_at > now, Run.status == RunStatus.PLANNED).order_by(Run.cutoff_at)
    ).all()
    trips = [_trip(run) for run in coming]
    known = {run.code: run for run in session.scalars(sa.select(Run).where(Run.code.like("demo-%")))}
    before = min(coming[0].cutoff_at if coming else now, now)
    for monday in weeks(shanghai_date(first), shanghai_date(now)):
        plan = _plan(monday)
        if plan.cutoff >= before:
            continue
        if (run := known.get(plan.code)) is None:
            trips.append(_past_trip(rows, points, plan, now))
        elif run.status is _status(plan, now):  # what an earlier demo left on the way is not ours to move
            trips.append(_trip(run))
    return Trucks(trips)


def _trip(run: Run) -> Trip:
    return Trip(run.id, run.code, run.cutoff_at, run.departs_at, run.arrives_at)


def _plan(monday: date) -> Trip:
    """Orders until Wednesday evening, off on Thursday, on campus on Friday."""
    arrives = shanghai_moment(monday + timedelta(days=4), time(11))
    return Trip(
        run_id=0,
        code=f"demo-{shanghai_date(arrives):%Y%m%d}",
        cutoff=shanghai_moment(monday + timedelta(days=2), time(18)),
        departs=shanghai_moment(monday + timedelta(days=3), time(14)),
        arrives=arrives,
    )


def _status(plan: Trip, now: datetime) -> RunStatus:
    if plan.arrives <= now:
        return RunStatus.ARRIVED
    return RunStatus.DEPARTED if plan.departs <= now else RunStatus.PLANNED


def _past_trip(rows: Rows, points: list[PickupPoint], plan: Trip, now: datetime) -> Trip:
    status = _status(plan, now)
    run_id = rows.add(
        Run,
        code=plan.code,
        cutoff_at=plan.cutoff,
        departs_at=plan.departs,
        arrives_at=plan.arrives,
        capacity_g=CAPACITY_G,
        booked_g=0,
        status=status,
        departed_at=None if status is RunStatus.PLANNED else plan.departs,
        arrived_at=plan.arrives if status is RunStatus.ARRIVED else None,
    )
    for position, point in enumerate(points):
        rows.put(RunStop, run_id=run_id, pickup_point_id=point.id, position=position)
    return Trip(run_id, plan.code, plan.cutoff, plan.departs, plan.arrives)
