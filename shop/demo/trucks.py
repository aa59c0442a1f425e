"""The weekly truck of the demo's year: past journeys are made, those to come are the seeded ones."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.models import PickupPoint, Run, RunStatus, RunStop
from shop.demo.rows import Rows
from shop.demo.year import weeks
from shop.kit.clock import shanghai_date, shanghai_moment

CAPACITY_G = 1_500_000


@dataclass(frozen=True)
class Trip:
    run_id: int
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

    def book(self, trip: Trip, grams: int) -> None:
        self._booked[trip.run_id] += grams

    def settle(self, session: Session, rows: Rows) -> None:
        """Write down the booked weight. A week heavier than the truck gets a larger one."""
        before = dict(session.execute(sa.select(Run.id, Run.booked_g)).tuples().all())
        room = dict(session.execute(sa.select(Run.id, Run.capacity_g)).tuples().all())
        for run_id, grams in self._booked.items():
            booked = before.get(run_id, 0) + grams
            capacity = max(booked, room.get(run_id, CAPACITY_G))
            rows.change(Run, run_id, booked_g=booked, capacity_g=capacity)


def read_trucks(
    session: Session, rows: Rows, points: list[PickupPoint], first: datetime, now: datetime
) -> Trucks:
    """Seeded journeys still to come, and a journey for every week before them."""
    coming = session.scalars(
        sa.select(Run).where(Run.cutoff_at > now, Run.status == RunStatus.PLANNED).order_by(Run.cutoff_at)
    ).all()
    trips = [Trip(run.id, run.cutoff_at, run.departs_at, run.arrives_at) for run in coming]
    first_coming = coming[0].cutoff_at if coming else now
    for monday in weeks(shanghai_date(first), shanghai_date(now)):
        cutoff = shanghai_moment(monday + timedelta(days=2), time(18))
        departs = shanghai_moment(monday + timedelta(days=3), time(14))
        arrives = shanghai_moment(monday + timedelta(days=4), time(11))
        if cutoff < min(first_coming, now):
            trips.append(_past_trip(rows, points, Trip(0, cutoff, departs, arrives), now))
    return Trucks(trips)


def _past_trip(rows: Rows, points: list[PickupPoint], plan: Trip, now: datetime) -> Trip:
    has_arrived, has_departed = plan.arrives <= now, plan.departs <= now
    status = RunStatus.ARRIVED if has_arrived else RunStatus.DEPARTED if has_departed else RunStatus.PLANNED
    run_id = rows.add(
        Run,
        code=f"demo-{shanghai_date(plan.arrives):%Y%m%d}",
        cutoff_at=plan.cutoff,
        departs_at=plan.departs,
        arrives_at=plan.arrives,
        capacity_g=CAPACITY_G,
        booked_g=0,
        status=status,
        departed_at=plan.departs if has_departed else None,
        arrived_at=plan.arrives if has_arrived else None,
    )
    for position, point in enumerate(points):
        rows.link(RunStop, run_id=run_id, pickup_point_id=point.id, position=position)
    return Trip(run_id, plan.cutoff, plan.departs, plan.arrives)
