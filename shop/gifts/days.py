"""On which day a gift can arrive, and when each parcel leaves for it. Pure; couriers' days of rest count nowhere."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from shop.delivery.calendar import Calendar

OFFERED: Final = 6
FRIDAY: Final = 4
FURTHEST: Final = timedelta(days=120)


def earliest_day(calendar: Calendar, sent_on: date, travel_days: int) -> date:
    """What leaves on `sent_on` is there by then, where the slowest courier takes so many days."""
    return calendar.add_courier_days(sent_on, travel_days)


def can_arrive(calendar: Calendar, day: date, earliest: date, latest: date | None) -> bool:
    """`latest`: until then the goods are fresh; None where nothing spoils before long."""
    in_time = earliest <= day <= earliest + FURTHEST
    return in_time and calendar.couriers_go(day) and (latest is None or day <= latest)


def days_to_offer(calendar: Calendar, earliest: date, latest: date | None) -> list[date]:
    """The first day, then Fridays, on which things like to arrive before a weekend."""
    days: list[date] = []
    day = earliest
    while len(days) < OFFERED and day <= earliest + FURTHEST:
        if can_arrive(calendar, day, earliest, latest) and (not days or day.weekday() == FRIDAY):
            days.append(day)
        day += timedelta(days=1)
    return days


def leaves_on(calendar: Calendar, deliver_on: date, travel_days: int) -> date:
    """The last day on which a parcel may leave to be there on `deliver_on`."""
    day = deliver_on
    while not calendar.couriers_go(day) or calendar.add_courier_days(day, travel_days) > deliver_on:
        day -= timedelta(days=1)
    return day
