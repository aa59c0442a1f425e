"""Until when to order before trucks or couriers rest: Spring Festival, vacations, other days of the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.shop_settings import setting_in_sql, setting_value
from shop.delivery.freight import zones
from shop.delivery.models import CalendarKind, CalendarSpan, FreightZone, PickupPoint, Run
from shop.delivery.runs import active_points, open_runs
from shop.kit.clock import shanghai_date

FARTHEST: Final = timedelta(days=60)  # before a rest begins, buyers are told of it
_AHEAD: Final = "rest_ahead_days"
A_WEEK: Final = timedelta(days=8)  # the next truck comes as usual, some hours later perhaps
MOST_RUNS: Final = 60
_RESTS: Final = (CalendarKind.HOLIDAY, CalendarKind.VACATION, CalendarKind.COURIER_STOP)


@dataclass(frozen=True, slots=True)
class Named:
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class LastTruck:
    """The last one before the rest, to these points; `everywhere`: they are all that there are."""

    cutoff_at: datetime
    arrives_at: datetime
    points: tuple[Named, ...]
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class LastParcels:
    """To these zones a parcel arrives before the rest that is ordered on `day`; None: none does any more."""

    day: date | None
    zones: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class LastOrders:
    """One rest that begins soon; `trucks` or `parcels` say what ends with it."""

    name_zh: str
    name_en: str
    first_day: date
    last_day: date
    trucks: tuple[LastTruck, ...] = ()
    parcels: tuple[LastParcels, ...] = ()


def last_orders(session: Session, *, ready_hours: int, now: datetime) -> list[LastOrders]:
    """The rests that begin within the days of the settings and change something, the nearest first.

    `ready_hours`: how long households have to make goods ready. One statement when no rest is near, else five.
    """
    today = shanghai_date(now)
    rows = session.execute(
        sa.select(CalendarSpan, setting_in_sql(_AHEAD))
        .where(
            CalendarSpan.kind.in_(_RESTS),
            CalendarSpan.first_day > today,
            CalendarSpan.first_day <= today + FARTHEST,
        )
        .order_by(CalendarSpan.first_day, CalendarSpan.id)
    ).all()
    spans = [span for span, said in rows if span.first_day <= today + timedelta(setting_value(_AHEAD, said))]
    if not spans:
        return []
    runs = open_runs(session, now=now, limit=MOST_RUNS)
    points, areas = active_points(session), [zone for zone in zones(session) if zone.served]
    found = [_of_span(span, runs, points, areas, ready_hours, today) for span in spans]
    return [one for one in found if one.trucks or one.parcels]


def _of_span(
    span: CalendarSpan,
    runs: Sequence[Run],
    points: Sequence[PickupPoint],
    areas: Sequence[FreightZone],
    ready_hours: int,
    today: date,
) -> LastOrders:
    stops = span.kind is CalendarKind.COURIER_STOP
    return LastOrders(
        span.name_zh,
        span.name_en,
        span.first_day,
        span.last_day,
        trucks=() if stops else tuple(last_trucks(span.first_day, runs, points)),
        parcels=tuple(last_parcels(span.first_day, areas, ready_hours, today=today)) if stops else (),
    )


def last_trucks(begins: date, runs: Sequence[Run], points: Sequence[PickupPoint]) -> list[LastTruck]:
    """The last truck of each point before a rest begins, where the one after it does not come within a week. Pure."""
    found: dict[int, tuple[Run, list[Named]]] = {}
    for point in points:
        own = [run for run in runs if any(stop.pickup_point_id == point.id for stop in run.stops)]
        before = [run for run in own if shanghai_date(run.arrives_at) < begins]
        after = [run for run in own if shanghai_date(run.arrives_at) >= begins]
        if not before or (after and after[0].arrives_at - before[-1].arrives_at <= A_WEEK):
            continue
        _run, names = found.setdefault(before[-1].id, (before[-1], []))
        names.append(_named(point))
    return [
        LastTruck(run.cutoff_at, run.arrives_at, tuple(names), everywhere=len(names) == len(points))
        for run, names in found.values()
    ]


def last_parcels(
    begins: date, areas: Iterable[FreightZone], ready_hours: int, *, today: date
) -> list[LastParcels]:
    """Zones by the last day on which to order, so that even a slow parcel arrives the day before the rest. Pure."""
    found: dict[date | None, list[Named]] = {}
    for zone in areas:
        day = begins - timedelta(days=1 + zone.days_max + -(-ready_hours // 24))
        found.setdefault(day if day >= today else None, []).append(_named(zone))
    latest_first = sorted(found.items(), key=lambda one: one[0] or date.min, reverse=True)
    return [LastParcels(day, tuple(names)) for day, names in latest_first]


def _named(row: PickupPoint | FreightZone) -> Named:
    return Named(row.name_zh, row.name_en)
