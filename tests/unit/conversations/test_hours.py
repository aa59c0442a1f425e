"""Working time: what is counted, and when so many hours of it are over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.conversations.hours import WorkingTime

HOLIDAYS = {date(2026, 10, day) for day in range(1, 8)}
WORKING = WorkingTime(lambda day: day.weekday() < 5 and day not in HOLIDAYS, 9, 18)
FIRST = datetime(2026, 8, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 150 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))


def shanghai(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.parametrize(
    ("written", "hours", "due"),
    [
        (shanghai(23, 10), 4, shanghai(23, 14)),  # a Monday
        (shanghai(23, 6), 4, shanghai(23, 13)),  # before they open
        (shanghai(23, 16), 4, shanghai(24, 11)),  # over night
        (shanghai(23, 14), 4, shanghai(23, 18)),  # to the very end of the day
        (shanghai(27, 17), 2, shanghai(30, 10)),  # over the weekend
        (shanghai(30, 17, month=9), 2, shanghai(8, 10, month=10)),  # over the holidays
    ],
)
def test_an_answer_is_due_after_working_hours_alone(written, hours, due):
    assert WORKING.add(written, hours) == due


def test_nights_weekends_and_holidays_take_no_time():
    assert WORKING.minutes(shanghai(27, 17, 30), shanghai(30, 9, 15)) == 45
    assert WORKING.minutes(shanghai(28, 10), shanghai(29, 20)) == 0
    assert WORKING.minutes(shanghai(1, 9, month=10), shanghai(7, 18, month=10)) == 0


@given(MOMENTS, st.integers(1, 90))
def test_until_it_is_due_just_so_much_working_time_goes_by(start, hours):
    assert WORKING.minutes(start, WORKING.add(start, hours)) == hours * 60


@given(MOMENTS, st.integers(0, 20_000), st.integers(0, 20_000))
def test_what_is_spent_adds_up(start, first, second):
    middle, end = start + timedelta(minutes=first), start + timedelta(minutes=first + second)
    whole = WORKING.minutes(start, end)
    parts = WORKING.minutes(start, middle) + WORKING.minutes(middle, end)
    assert whole - parts in {0, 1}  # each part is rounded down
    assert 0 <= whole <= first + second


def test_a_calendar_without_working_days_hangs_nobody():
    start = shanghai(23, 10)
    assert WorkingTime(lambda _day: False, 9, 18).add(start, 4) > start + timedelta(days=300)
