"""When a producer's goods must be ready. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shop.catalogue.models import PackingPlaceKind

SHORTEST = timedelta(hours=2)  # nobody is asked for less, whatever truck is waiting
BEFORE_TRUCK = {
    PackingPlaceKind.VILLAGE: timedelta(hours=12),  # packed in the evening before the truck
    PackingPlaceKind.HUB: timedelta(hours=24),  # first travels to the county, then is assembled
}


@dataclass(frozen=True, slots=True)
class Truck:
    cutoff_at: datetime
    departs_at: datetime


def deadline(opened_at: datetime, ready_hours: int, place: PackingPlaceKind, truck: Truck | None) -> datetime:
    """So many hours after the order, or after the truck's cut-off, and in time for the truck; a full hour.

    Goods for a truck are prepared after its cut-off and not days before it, so that fresh goods stay fresh.
    """
    prepared = timedelta(hours=ready_hours)
    if truck is None or truck.departs_at <= opened_at + SHORTEST:
        return _full_hour(opened_at + prepared)
    wished = max(opened_at, truck.cutoff_at) + prepared
    latest = truck.departs_at - BEFORE_TRUCK[place]
    return max(_full_hour(min(wished, latest)), opened_at + SHORTEST)


def _full_hour(moment: datetime) -> datetime:
    """The hour that has begun: people say "before nine", not "before 9:31"."""
    return moment.replace(minute=0, second=0, microsecond=0)
