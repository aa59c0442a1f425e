"""Months of harvest as bits of a number, the lowest for January; and days that seed and demo make up within them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

KEEPS_LONG: Final = timedelta(days=60)  # shorter, and the goods are fresh: their season is now
SELLS_FOR: Final = timedelta(days=30)  # a lot that was moved into its season still keeps so long
SPREAD_DAYS: Final = 21


def in_season(season_mask: int, month: int) -> bool:
    return bool(season_mask >> (month - 1) & 1)


def harvest_day(counted: date, season_mask: int, *, latest: date) -> date:
    """The day that was counted back to, or the nearest one in season: after it and not after `latest`, else before.

    What a file counts back from the day of loading would be picked out of season on most days of a year. Lots keep
    apart: each is moved into the season by as many days as it lay outside, within three weeks.
    """
    if in_season(season_mask, counted.month):
        return counted
    later = next(
        (day for day in _days(counted, 1) if day > latest or in_season(season_mask, day.month)), latest
    )
    if later <= latest and in_season(season_mask, later.month):
        spread = later + timedelta(days=counted.toordinal() % SPREAD_DAYS)
        return spread if spread <= latest and in_season(season_mask, spread.month) else later
    return next(day for day in _days(counted, -1) if in_season(season_mask, day.month))


def _days(start: date, step: int) -> Iterator[date]:
    return (start + timedelta(days=step * count) for count in range(1, 366))
