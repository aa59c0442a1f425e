"""When people order: more at the week's cut-off, much before the festivals, little in the vacations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from shop.kit.clock import shanghai_date, shanghai_moment

BY_WEEKDAY = (1.1, 1.3, 1.7, 0.9, 0.8, 0.6, 0.7)  # Wednesday is the cut-off
BY_MONTH = (2.2, 0.5, 1.0, 1.3, 1.1, 1.0, 0.4, 0.4, 1.6, 1.0, 1.1, 1.5)  # festivals and vacations
BY_HOUR = tuple(accumulate((0, 0, 0, 0, 0, 0, 1, 3, 6, 8, 9, 10, 12, 9, 7, 7, 8, 9, 9, 10, 12, 11, 6, 2)))


def moments(count: int, days: int, random: Random, now: datetime) -> list[datetime]:
    """`count` moments at which orders were placed in the `days` days before `now`, the earliest first."""
    today = shanghai_date(now)
    calendar = [today - timedelta(days=back) for back in range(days, -1, -1)]
    weights = list(accumulate(BY_WEEKDAY[day.weekday()] * BY_MONTH[day.month - 1] for day in calendar))
    chosen = random.choices(calendar, cum_weights=weights, k=count)
    return sorted(_moment(day, random, now) for day in chosen)


def _moment(day: date, random: Random, now: datetime) -> datetime:
    hour = random.choices(range(24), cum_weights=BY_HOUR)[0]
    moment = shanghai_moment(day, time(hour, random.randrange(60), random.randrange(60)))
    return min(moment, now - timedelta(minutes=random.randrange(5, 300)))


def weeks(first: date, last: date) -> Iterator[date]:
    """The Mondays of all weeks that these days touch."""
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        yield monday
        monday += timedelta(days=7)
