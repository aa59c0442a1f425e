from __future__ import annotations

from datetime import UTC, date, datetime

from shop.delivery.calendar import Calendar
from shop.delivery.models import CalendarKind

CALENDAR = Calendar(
    (
        (CalendarKind.HOLIDAY, date(2026, 10, 1), date(2026, 10, 7)),
        (CalendarKind.WORKDAY, date(2026, 10, 10), date(2026, 10, 10)),
        (CalendarKind.COURIER_STOP, date(2027, 2, 4), date(2027, 2, 12)),
    )
)


def test_holidays_and_weekends_are_not_worked_and_exchanged_saturdays_are():
    assert not CALENDAR.is_working_day(date(2026, 10, 1))
    assert CALENDAR.is_working_day(date(2026, 10, 10))
    assert not CALENDAR.is_working_day(date(2026, 10, 11))


def test_working_days_are_counted_over_the_holiday():
    assert CALENDAR.add_working_days(date(2026, 9, 30), 3) == date(2026, 10, 10)


def test_a_term_in_working_days_ends_with_the_day_in_shanghai():
    late_on_wednesday = datetime(2026, 9, 30, 15, 0, tzinfo=UTC)
    assert CALENDAR.end_of_working_day(late_on_wednesday, 1) == datetime(2026, 10, 8, 15, 59, 59, tzinfo=UTC)


def test_couriers_that_stop_go_again_afterwards():
    assert CALENDAR.next_courier_day(date(2027, 2, 5)) == date(2027, 2, 13)
