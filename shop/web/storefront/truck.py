"""The next truck, as public pages announce it, all ways to a buyer, and the harvests that are waited for: read once a
minute by each process.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from flask import current_app
from sqlalchemy.orm import Session

from shop.catalogue.cards import Card
from shop.delivery.last_orders import LastOrders, last_orders
from shop.delivery.models import PickupPoint, RunStop
from shop.delivery.runs import active_points, open_runs
from shop.inventory.stock import harvest_days
from shop.kit.clock import shanghai_date, utc_now
from shop.ordering.harvest_days import BEFORE_TRUCK
from shop.ordering.keeping import Journeys, read_journeys
from shop.web.database import read_session
from shop.web.shop_settings import catalogue_version, current_shop_settings

_KEPT: Final = "shop.kept_for_a_minute"
Kept = TypeVar("Kept")


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
    departs_at: datetime

    def waits_for(self, harvested_on: date | None) -> bool:
        """Whether it leaves late enough for what is harvested on that day."""
        return harvested_on is None or shanghai_date(self.departs_at) - BEFORE_TRUCK >= harvested_on

    def left(self, now: datetime) -> timedelta:
        """How long orders are still taken."""
        return max(self.cutoff_at - now, timedelta())


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What most pages say of days to come."""

    truck: Truck | None
    harvests: dict[str, date]


def version_and_minute() -> Hashable:
    """What pages with a clock on them are kept under: the catalogue version, and the minute."""
    return catalogue_version(), int(utc_now().timestamp()) // 60


def next_truck() -> Truck | None:
    """The next one that takes orders, or None when none is planned."""
    return kept_for_a_minute("ahead", _read_ahead).truck


def all_journeys() -> Journeys:
    """Every truck and courier that could bring an order: the basket says by them what stays fresh."""
    return kept_for_a_minute("journeys", lambda session: read_journeys(session, now=utc_now()))


def rests_ahead() -> list[LastOrders]:
    """Until when to order before trucks or couriers rest, where that is near."""
    hours = current_shop_settings().ready_within_hours
    return kept_for_a_minute("rests", lambda session: last_orders(session, ready_hours=hours, now=utc_now()))


def preorder_days() -> dict[str, date]:
    """By SKU the day of the harvest that is waited for; what is there already has none."""
    return kept_for_a_minute("ahead", _read_ahead).harvests


def version_and_harvests() -> Hashable:
    """What lists of goods are kept under: the catalogue version, and what of them can only be pre-ordered."""
    return catalogue_version(), tuple(sorted(preorder_days().items()))


def with_harvests(cards: Sequence[Card]) -> list[Card]:
    """The cards, those that can only be pre-ordered with the day of their harvest."""
    days = preorder_days()
    return [card._replace(expected_on=days.get(card.sku)) for card in cards]


def kept_for_a_minute(name: str, read: Callable[[Session], Kept]) -> Kept:
    """What many pages say, read by each process once a minute and whenever the catalogue changes."""
    moment = version_and_minute()
    shelf = current_app.extensions.setdefault(_KEPT, {})
    kept_at, found = shelf.get(name, (None, None))
    if kept_at != moment:
        found = read(read_session())
        shelf[name] = (moment, found)
    kept: Kept = found
    return kept


def _read_ahead(session: Session) -> _Ahead:
    return _Ahead(_read_truck(session), harvest_days(session, now=utc_now()))


def _read_truck(session: Session) -> Truck | None:
    now = utc_now()
    runs = open_runs(session, now=now, limit=1)
    if not runs:
        return None
    points = {point.id: point for point in active_points(session)}
    return Truck(runs[0].cutoff_at, runs[0].arrives_at, _stops(runs[0].stops, points), runs[0].departs_at)


def _stops(stops: list[RunStop], points: dict[int, PickupPoint]) -> tuple[Stop, ...]:
    served = (points[stop.pickup_point_id] for stop in stops if stop.pickup_point_id in points)
    return tuple(Stop(point.name_zh, point.name_en) for point in served)
