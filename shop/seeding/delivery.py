"""Pickup points, couriers' zones, the calendar, and the weekly trucks of the coming weeks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.models import CalendarKind, CalendarSpan, FreightZone, PickupPoint, Run, RunStop
from shop.kit.clock import iso_week_start, shanghai_date, shanghai_moment
from shop.seeding.keyed import Keyed, ids_by
from shop.seeding.read import Record, Seed

_NO_RUNS = (CalendarKind.HOLIDAY, CalendarKind.VACATION)
_LONGEST_LOOK_AHEAD = 60  # weeks: over any vacation


def write_delivery(session: Session, seed: Seed, *, now: datetime) -> None:
    points = Keyed(session, PickupPoint, "slug")
    for position, record in enumerate(seed.records("pickup_points")):
        points.put(**record, position=position)
    zones = Keyed(session, FreightZone, "slug")
    for record in seed.records("freight_zones"):
        zones.put(**record)
    spans = Keyed(session, CalendarSpan, "kind", "first_day", "name_zh")
    for record in seed.records("calendar"):
        spans.put(**_span_values(record))
    session.flush()
    for record in seed.records("weekly_runs"):
        plan_runs(session, record, now=now)


def plan_runs(session: Session, weekly: Record, *, now: datetime) -> None:
    """Add the runs of the coming weeks that are not planned yet; a run once planned is left alone."""
    known = set(session.scalars(sa.select(Run.code)))
    closed = session.scalars(sa.select(CalendarSpan).where(CalendarSpan.kind.in_(_NO_RUNS))).all()
    point_ids = ids_by(session, PickupPoint, "slug")
    for monday in _weeks(weekly, closed, now):
        run = _run(weekly, monday)
        if run.code not in known:
            run.stops = [
                RunStop(pickup_point_id=point_ids[slug], position=position)
                for position, slug in enumerate(weekly["stops"])
            ]
            session.add(run)
    session.flush()


def _weeks(weekly: Record, closed: Sequence[CalendarSpan], now: datetime) -> Iterator[date]:
    """The Mondays of the next weeks whose orders are still open and whose arrival is on an ordinary day."""
    left = weekly["weeks_ahead"]
    first = iso_week_start(shanghai_date(now))
    for week in range(_LONGEST_LOOK_AHEAD):
        monday = first + timedelta(weeks=week)
        arrival = _day(monday, weekly["arrives_weekday"])
        is_closed = any(span.first_day <= arrival <= span.last_day for span in closed)
        if left and not is_closed and _moment(weekly, "cutoff", monday) > now:
            left -= 1
            yield monday


def _run(weekly: Record, monday: date) -> Run:
    year, week, _ = _day(monday, weekly["arrives_weekday"]).isocalendar()
    return Run(
        code=f"{weekly['code_prefix']}-{year}-{week:02d}",
        cutoff_at=_moment(weekly, "cutoff", monday),
        departs_at=_moment(weekly, "departs", monday),
        arrives_at=_moment(weekly, "arrives", monday),
        capacity_g=weekly["capacity_kg"] * 1000,
    )


def _moment(weekly: Record, step: str, monday: date) -> datetime:
    day = _day(monday, weekly[f"{step}_weekday"])
    return shanghai_moment(day, time.fromisoformat(weekly[f"{step}_time"]))


def _day(monday: date, weekday: int) -> date:
    return monday + timedelta(days=weekday - 1)


def _span_values(record: Record) -> Record:
    return {
        "kind": CalendarKind(record["kind"]),
        "first_day": date.fromisoformat(record["first_day"]),
        "last_day": date.fromisoformat(record["last_day"]),
        "name_zh": record["name_zh"],
        "name_en": record["name_en"],
    }
