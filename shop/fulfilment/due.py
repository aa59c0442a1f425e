"""When a producer's goods must be ready. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from shop.catalogue.models import PackingPlaceKind
from shop.kit.clock import in_shanghai, shanghai_date, shanghai_moment

SHORTEST = timedelta(hours=2)  # nobody is asked for less, whatever truck is waiting
FIRST_HOUR: Final = time(8)
LAST_HOUR: Final = time(20)


@dataclass(frozen=True, slots=True)
class Truck:
    cutoff_at: datetime
    departs_at: datetime


def before_truck(village_hours: int, hub_hours: int) -> dict[PackingPlaceKind, timedelta]:
    """So long before its truck goods are ready: packed in the evening before, or first brought to the county."""
    return {
        PackingPlaceKind.VILLAGE: timedelta(hours=village_hours),
        PackingPlaceKind.HUB: timedelta(hours=hub_hours),
    }


USUALLY: Final = before_truck(12, 24)


def deadline(
    opened_at: datetime,
    ready_hours: int,
    place: PackingPlaceKind,
    truck: Truck | None,
    earlier: Mapping[PackingPlaceKind, timedelta] = USUALLY,
) -> datetime:
    """So many hours after the order, or after the truck's cut-off, and in time for the truck; a full hour.

    For a courier it lies in the day's work, on the same day in Shanghai: no courier comes at night.
    Goods for a truck are prepared after its cut-off and not days before it, so that fresh goods stay fresh.
    """
    prepared = timedelta(hours=ready_hours)
    if truck is not None and opened_at < truck.departs_at <= opened_at + SHORTEST:
        return truck.departs_at  # a truck that was moved to today: nothing later helps it
    if truck is None or truck.departs_at <= opened_at + SHORTEST:
        return _by_day(_full_hour(opened_at + prepared), earliest=opened_at + min(prepared, SHORTEST))
    wished = max(opened_at, truck.cutoff_at) + prepared
    latest = truck.departs_at - earlier[place]
    return max(_full_hour(min(wished, latest)), opened_at + SHORTEST)


def _by_day(moment: datetime, *, earliest: datetime) -> datetime:
    """The nearest hour of the same day at which people work; as it is where that would be too early."""
    day, at = shanghai_date(moment), in_shanghai(moment).time()
    by_day = shanghai_moment(day, min(max(at, FIRST_HOUR), LAST_HOUR))
    return by_day if by_day >= earliest else moment


def _full_hour(moment: datetime) -> datetime:
    """The hour that has begun: people say "before nine", not "before 9:31"."""
    return moment.replace(minute=0, second=0, microsecond=0)
