"""The week of the county's truck, and the one after it."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from shop.delivery.models import Run, RunStop
from tests.factories.villages import NOW

CUTOFF, DEPARTS = NOW + timedelta(days=2), NOW + timedelta(days=4)
FRIDAY = DEPARTS + timedelta(minutes=5)


def tasks_of(see, order_id):
    from_order = sa.text("SELECT id FROM tasks WHERE order_id = :id").bindparams(id=order_id)
    return see(from_order)


def run_of(see, code) -> Run:
    return see(sa.select(Run).where(Run.code == code))[0]


def next_week(county, *, capacity_g: int = 2_500_000) -> Run:
    week = timedelta(days=7)
    times = {"cutoff_at": CUTOFF + week, "departs_at": DEPARTS + week, "arrives_at": FRIDAY + week}
    stops = [RunStop(pickup_point_id=point_id) for point_id in county.points]
    return Run(code="NEXT", capacity_g=capacity_g, stops=stops, **times)
