from __future__ import annotations

from datetime import UTC, date, datetime, time

from shop.kit.clock import (
    day_range,
    iso_week_start,
    month_of,
    months_before,
    shanghai_date,
    shanghai_midnight,
    shanghai_moment,
)


def test_a_shanghai_day_begins_at_four_in_the_afternoon_before_in_utc():
    assert shanghai_midnight(date(2026, 3, 1)) == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert shanghai_date(datetime(2026, 2, 28, 16, tzinfo=UTC)) == date(2026, 3, 1)
    assert shanghai_moment(date(2026, 3, 1), time(9, 30)) == datetime(2026, 3, 1, 1, 30, tzinfo=UTC)


def test_a_range_of_days_holds_its_last_day():
    start, end = day_range(date(2028, 2, 29), date(2028, 2, 29))
    assert (end - start).total_seconds() == 24 * 3600


def test_the_last_evening_of_the_year_in_utc_is_already_january_in_shanghai():
    assert month_of(datetime(2026, 12, 31, 17, tzinfo=UTC)) == date(2027, 1, 1)
    assert months_before(date(2027, 1, 1), 12) == date(2026, 1, 1)
    assert months_before(date(2027, 3, 1), 3) == date(2026, 12, 1)


def test_weeks_begin_on_monday():
    assert iso_week_start(date(2026, 3, 1)) == date(2026, 2, 23)
    assert iso_week_start(date(2026, 3, 2)) == date(2026, 3, 2)
