"""On which day a gift can arrive, and when each parcel leaves for it. Pure; couriers' days of rest count nowhere."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from shop.delivery.calendar import Calendar
from shop.kit.errors import InvalidInput
from shop.kit.text import msg

OFFERED: Final = 6
FRIDAY: Final = 4
FURTHEST: Final = timedelta(days=120)
NOT_A_DAY: Final = msg("Please write the day of the gift like 2026-11-30.")
TOO_SOON: Final = msg(
    "The gift is there on %(earliest)s at the earliest. Please choose that day or a later one."
)
NOT_FRESH: Final = msg("The goods are fresh until %(latest)s. Please choose an earlier day, or other goods.")
TOO_FAR: Final = msg("A gift can be ordered for a day until %(latest)s. Please choose an earlier one.")
COURIERS_REST: Final = msg("Couriers rest on %(day)s. Please choose another day.")


def earliest_day(calendar: Calendar, sent_on: date, travel_days: int) -> date:
    """What leaves on `sent_on` is there by then, where the slowest courier takes so many days."""
    return calendar.add_courier_days(sent_on, travel_days)


def refuse_day(calendar: Calendar, day: date, earliest: date, latest: date | None) -> None:
    """Raises InvalidInput for `day`: which of the things that make a day possible is not so."""
    if day < earliest:
        raise InvalidInput(TOO_SOON, field="day", earliest=earliest.isoformat())
    if latest is not None and day > latest:
        raise InvalidInput(NOT_FRESH, field="day", latest=latest.isoformat())
    if day > earliest + FURTHEST:
        raise InvalidInput(TOO_FAR, field="day", latest=(earliest + FURTHEST).isoformat())
    if not calendar.couriers_go(day):
        raise InvalidInput(COURIERS_REST, field="day", day=day.isoformat())


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
