"""Working time: what the shop's people are there for, by the calendar's working days. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from shop.kit.clock import shanghai_date, shanghai_moment

_DAY: Final = timedelta(days=1)
_FARTHEST: Final = timedelta(days=400)  # a calendar without working days must not hang anybody


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """From `opens` to `closes` o'clock in Shanghai, on the days of which `works` is true."""

    works: Callable[[date], bool]
    opens: int
    closes: int

    def add(self, start: datetime, hours: int) -> datetime:
        """The moment at which `hours` of working time are over."""
        left, day = timedelta(hours=hours), shanghai_date(start)
        last = day + _FARTHEST
        while day < last:
            begins, ends = self._of(day)
            begins = max(begins, start)
            if begins < ends:
                if left <= ends - begins:
                    return begins + left
                left -= ends - begins
            day += _DAY
        return start + _FARTHEST

    def minutes(self, start: datetime, end: datetime) -> int:
        """Whole minutes of working time between the two."""
        spent, day, last = timedelta(), shanghai_date(start), shanghai_date(end)
        while day <= last:
            begins, ends = self._of(day)
            spent += max(timedelta(), min(ends, end) - max(begins, start))
            day += _DAY
        return int(spent.total_seconds()) // 60

    def _of(self, day: date) -> tuple[datetime, datetime]:
        if not self.works(day):
            begins = shanghai_moment(day, time(self.opens))
            return begins, begins
        begins = shanghai_moment(day, time(self.opens))
        return begins, begins + timedelta(hours=self.closes - self.opens)
