"""When a planned export is due, as an RRULE, and which days it has then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from dateutil.rrule import rrulestr

from shop.exports.schedule_models import Period
from shop.kit.clock import SHANGHAI, in_shanghai, iso_week_start, months_before
from shop.kit.errors import InvalidInput
from shop.kit.text import msg

WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LAST_MONTHDAY: Final = 28  # every month has it
_LOOK_BACK: Final = timedelta(days=40)  # longer than any of the rules skips


class Every(StrEnum):
    DAY = "DAILY"
    WEEK = "WEEKLY"
    MONTH = "MONTHLY"


@dataclass(frozen=True)
class Recurrence:
    """`weekday` is one of WEEKDAYS, `monthday` 1 to 28; each counts only where it is asked for. Shanghai's clock."""

    every: Every
    hour: int
    minute: int = 0
    weekday: str = "MO"
    monthday: int = 1

    def rule(self) -> str:
        """Raises InvalidInput."""
        if not (0 <= self.hour < 24 and 0 <= self.minute < 60):
            raise InvalidInput(msg("A time is written like 07:30."), field="at")
        if self.weekday not in WEEKDAYS or not 1 <= self.monthday <= LAST_MONTHDAY:
            raise InvalidInput(msg("Please choose from the list."), field="every")
        on = {
            Every.DAY: "",
            Every.WEEK: f"BYDAY={self.weekday};",
            Every.MONTH: f"BYMONTHDAY={self.monthday};",
        }[self.every]
        return f"FREQ={self.every};{on}BYHOUR={self.hour};BYMINUTE={self.minute};BYSECOND=0"


def next_after(rule: str, moment: datetime) -> datetime:
    """In UTC. Shanghai has no daylight saving, so its wall clock can be counted on."""
    local = in_shanghai(moment).replace(tzinfo=None)
    begins = (local - _LOOK_BACK).replace(hour=0, minute=0, second=0, microsecond=0)
    found: datetime | None = rrulestr(rule, dtstart=begins).after(local)
    if found is None:
        raise ValueError("our rules never end")
    return found.replace(tzinfo=SHANGHAI).astimezone(UTC)


def days_of(period: Period, due: date) -> tuple[date, date]:
    """The first and the last day of a file that is due on this day."""
    month, year = due.replace(day=1), due.replace(month=1, day=1)
    before = timedelta(days=1)
    monday = iso_week_start(due)
    return {
        Period.YESTERDAY: (due - before, due - before),
        Period.LAST_WEEK: (monday - timedelta(days=7), monday - before),
        Period.LAST_MONTH: (months_before(month, 1), month - before),
        Period.MONTH_SO_FAR: (month, due),
        Period.YEAR_SO_FAR: (year, due),
        Period.LAST_YEAR: (year.replace(year=year.year - 1), year - before),
    }[period]
