"""Until when goods must keep: some days longer than they travel. Lots that spoil before may not serve the order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings, setting_in_sql, setting_value
from shop.catalogue.models import Product
from shop.delivery.calendar import Calendar, calendar_from
from shop.delivery.freight import zone_of, zones
from shop.delivery.models import FreightZone, Run
from shop.delivery.runs import open_runs
from shop.kit.clock import shanghai_date
from shop.ordering.models import DeliveryKind, Order, OrderLine

MOST_RUNS: Final = 4  # so many trucks are offered at checkout
_NAME: Final = "keep_days_after_arrival"
_DAYS: Final = setting_in_sql(_NAME)
_ARRIVAL: Final = sa.select(Run.arrives_at, _DAYS, Run.departs_at).where(Run.id == sa.bindparam("run_id"))
_NO_CALENDAR: Final = Calendar(())  # trucks have days of their own


@dataclass(frozen=True)
class Keeping:
    """The rule at one moment: goods keep for at least `days` after the day on which they arrive."""

    now: datetime
    days: int
    calendar: Calendar

    def by_truck(self, arrives_at: datetime) -> date:
        """The day on which goods of this journey must still be good."""
        return self._after(shanghai_date(max(arrives_at, self.now)))

    def by_courier(self, zone: FreightZone, ready_hours: Collection[int]) -> date:
        """The same for a parcel to a zone."""
        return self.in_days(zone.days_max, ready_hours)

    def in_days(self, days: int, ready_hours: Collection[int]) -> date:
        """A parcel is made ready, sent on the next day on which couriers go, and is as slow as its zone."""
        return self._after(self.calendar.add_courier_days(self.sent_on(ready_hours), days))

    def after_harvest(self, day: date, days: int, ready_hours: Collection[int]) -> date:
        """The same for a parcel whose goods are harvested on a day to come."""
        return self._after(self.calendar.add_courier_days(self.sent_after(day, ready_hours), days))

    def sent_after(self, day: date, ready_hours: Collection[int]) -> date:
        """The day on which a parcel is expected to be handed to its courier whose goods are harvested on `day`."""
        ready = day + timedelta(days=-(-max(ready_hours, default=0) // 24))
        return self.calendar.next_courier_day(ready)

    def sent_on(self, ready_hours: Collection[int]) -> date:
        """The day on which a parcel that is ordered now is expected to be handed to its courier."""
        ready = shanghai_date(self.now + timedelta(hours=max(ready_hours, default=0)))
        return self.calendar.next_courier_day(ready)

    def _after(self, arrival: date) -> date:
        return arrival + timedelta(days=self.days)


@dataclass(frozen=True)
class Route:
    """A courier's zone, and until when goods must keep that are sent there."""

    zone: FreightZone
    keeps_until: date
    keeping: Keeping


@dataclass(frozen=True)
class TruckRoute:
    """A run, as far as goods are concerned."""

    keeps_until: date
    departs_at: datetime


@dataclass(frozen=True)
class Journeys:
    """Every truck and courier that could bring an order, kept apart from the database for a minute."""

    days: int
    calendar: Calendar
    arrivals: tuple[datetime, ...]  # of the trucks that are offered
    courier_days: tuple[int, ...]  # at most, of each zone that couriers serve

    def deadlines(self, ready_hours: Collection[int], *, now: datetime) -> frozenset[tuple[date, bool]]:
        """Until when goods must keep on each way, and whether it is a courier's."""
        keeping = Keeping(now, self.days, self.calendar)
        trucks = {(keeping.by_truck(arrives_at), False) for arrives_at in self.arrivals}
        return frozenset(trucks | {(keeping.in_days(days, ready_hours), True) for days in self.courier_days})

    def sent_on(self, ready_hours: Collection[int], *, now: datetime) -> date:
        """When a courier is expected to be given what is ordered now."""
        return Keeping(now, self.days, self.calendar).sent_on(ready_hours)


def read_journeys(session: Session, *, now: datetime) -> Journeys:
    """Five statements."""
    keeping = read_keeping(session, now=now)
    return Journeys(
        days=keeping.days,
        calendar=keeping.calendar,
        arrivals=tuple(run.arrives_at for run in open_runs(session, now=now, limit=MOST_RUNS)),
        courier_days=tuple(zone.days_max for zone in zones(session) if zone.served),
    )


def read_keeping(session: Session, *, now: datetime) -> Keeping:
    """For every run and zone. Two statements."""
    days = read_shop_settings(session).keep_days_after_arrival
    return Keeping(now, days, calendar_from(session, shanghai_date(now)))


def until_after_run(session: Session, run_id: int | None, *, now: datetime) -> date | None:
    """Until when goods must keep that travel on this run; None for no such run. One statement."""
    route = find_truck(session, run_id, now=now)
    return route.keeps_until if route is not None else None


def find_truck(session: Session, run_id: int | None, *, now: datetime) -> TruckRoute | None:
    """None for no such run. One statement."""
    row = session.execute(_ARRIVAL, {"run_id": run_id}).one_or_none()
    if row is None:
        return None
    keeping = Keeping(now, setting_value(_NAME, row[1]), _NO_CALENDAR)
    return TruckRoute(keeping.by_truck(row[0]), row[2])


def find_route(
    session: Session, province: str, ready_hours: Collection[int], *, now: datetime
) -> Route | None:
    """How a parcel that is ordered now goes to a province; None where no courier goes. Two statements."""
    rows = session.execute(
        sa.select(FreightZone, _DAYS).order_by(FreightZone.first_fen, FreightZone.id)
    ).all()
    zone = zone_of([row[0] for row in rows], province)
    if zone is None:
        return None
    keeping = Keeping(now, setting_value(_NAME, rows[0][1]), calendar_from(session, shanghai_date(now)))
    return Route(zone, keeping.by_courier(zone, ready_hours), keeping)


def keeps_until(session: Session, order: Order, *, now: datetime) -> date:
    """Until when goods must keep that are given to this order now: on its run, or sent from now."""
    if order.delivery is DeliveryKind.PICKUP:
        return until_after_run(session, order.run_id, now=now) or shanghai_date(now)
    hours = session.scalars(
        sa.select(Product.ready_hours)
        .join(OrderLine, OrderLine.product_id == Product.id)
        .where(OrderLine.order_id == order.id)
    ).all()
    route = find_route(session, order.province or "", hours, now=now)
    return route.keeps_until if route is not None else shanghai_date(now)
