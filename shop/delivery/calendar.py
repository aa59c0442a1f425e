"""Which days are worked: weekends, public holidays, and weekend days worked in exchange."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.models import CalendarKind, CalendarSpan
from shop.kit.clock import shanghai_date, shanghai_moment

_SATURDAY = 5
_END_OF_DAY = time(23, 59, 59)


@dataclass(frozen=True)
class Calendar:
    """The days on which something is different; `kind` → those days."""

    spans: tuple[tuple[CalendarKind, date, date], ...]

    def is_working_day(self, day: date) -> bool:
        if self._is(CalendarKind.WORKDAY, day):
            return True
        return day.weekday() < _SATURDAY and not self._is(CalendarKind.HOLIDAY, day)

    def couriers_go(self, day: date) -> bool:
        return not self._is(CalendarKind.COURIER_STOP, day)

    def add_working_days(self, day: date, count: int) -> date:
        """The day that is `count` working days after `day`."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_working_day(day)
        return day

    def end_of_working_day(self, moment: datetime, count: int) -> datetime:
        """The last second, in Shanghai, of the working day `count` after the day of `moment`."""
        return shanghai_moment(self.add_working_days(shanghai_date(moment), count), _END_OF_DAY)

    def next_courier_day(self, day: date) -> date:
        while not self.couriers_go(day):
            day += timedelta(days=1)
        return day

    def add_courier_days(self, day: date, count: int) -> date:
        """The day that is `count` days of travelling after `day`."""
        for _ in range(count):
            day = self.next_courier_day(day + timedelta(days=1))
        return day

    def _is(self, kind: CalendarKind, day: date) -> bool:
        return any(kind == of and first <= day <= last for of, first, last in self.spans)


_SPAN: Final = CalendarSpan.__table__.c
_SPANS: Final = sa.select(_SPAN.kind, _SPAN.first_day, _SPAN.last_day).where(
    _SPAN.last_day >= sa.bindparam("day")
)


def calendar_from(session: Session, day: date) -> Calendar:
    """The calendar from `day` on."""
    return Calendar(tuple((kind, first, last) for kind, first, last in session.execute(_SPANS, {"day": day})))
