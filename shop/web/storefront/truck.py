"""The next truck, as public pages announce it: read once a minute by each process."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import current_app

from shop.delivery.models import PickupPoint, RunStop
from shop.delivery.runs import active_points, open_runs
from shop.kit.clock import utc_now
from shop.web.database import read_session
from shop.web.shop_settings import catalogue_version

_KEPT: Final = "shop.next_truck"


@dataclass(frozen=True, slots=True)
class Stop:
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Truck:
    """Times are aware UTC."""

    cutoff_at: datetime
    arrives_at: datetime
    stops: tuple[Stop, ...]

    def left(self, now: datetime) -> timedelta:
        """How long orders are still taken."""
        return max(self.cutoff_at - now, timedelta())


def version_and_minute() -> Hashable:
    """What pages with a clock on them are kept under: the catalogue version, and the minute."""
    return catalogue_version(), int(utc_now().timestamp()) // 60


def next_truck() -> Truck | None:
    """The next one that takes orders, or None when none is planned."""
    moment = version_and_minute()
    kept_at, truck = current_app.extensions.get(_KEPT, (None, None))
    if kept_at != moment:
        truck = _read(utc_now())
        current_app.extensions[_KEPT] = (moment, truck)
    found: Truck | None = truck
    return found


def _read(now: datetime) -> Truck | None:
    session = read_session()
    runs = open_runs(session, now=now, limit=1)
    if not runs:
        return None
    points = {point.id: point for point in active_points(session)}
    return Truck(runs[0].cutoff_at, runs[0].arrives_at, _stops(runs[0].stops, points))


def _stops(stops: list[RunStop], points: dict[int, PickupPoint]) -> tuple[Stop, ...]:
    served = (points[stop.pickup_point_id] for stop in stops if stop.pickup_point_id in points)
    return tuple(Stop(point.name_zh, point.name_en) for point in served)
