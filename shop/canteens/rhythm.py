"""On which days a standing order falls. Pure.

Every n weeks, on some weekdays. Weeks begin on Monday and are counted from the week of the first day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from shop.kit.clock import iso_week_start

_WEEK: Final = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`weekdays`: 0 for Monday. `until`: the last day on which it may fall; None for no end."""

    first_on: date
    every_weeks: int
    weekdays: frozenset[int]
    until: date | None = None

    def falls_on(self, day: date) -> bool:
        if day < self.first_on or (self.until is not None and day > self.until):
            return False
        weeks = (iso_week_start(day) - iso_week_start(self.first_on)) // _WEEK
        return day.weekday() in self.weekdays and weeks % self.every_weeks == 0

    def days(self, first: date, last: date) -> Iterator[date]:
        """All from the first to the last one."""
        day = max(first, self.first_on)
        last = last if self.until is None else min(last, self.until)
        while day <= last:
            if self.falls_on(day):
                yield day
            day += timedelta(days=1)
