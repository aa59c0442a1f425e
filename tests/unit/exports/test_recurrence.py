"""When planned files are due, and which days they have."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from shop.exports.recurrence import WEEKDAYS, Every, Recurrence, days_of, next_after
from shop.exports.schedule_models import Period
from shop.kit.clock import SHANGHAI, in_shanghai
from shop.kit.errors import InvalidInput

RECURRENCES = st.builds(
    Recurrence,
    every=st.sampled_from(Every),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    weekday=st.sampled_from(WEEKDAYS),
    monthday=st.integers(1, 28),
)
MOMENTS = st.integers(0, 30 * 366 * 24 * 60).map(
    lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@pytest.mark.parametrize(
    ("recurrence", "rule"),
    [
        (Recurrence(Every.DAY, 7, 30), "FREQ=DAILY;BYHOUR=7;BYMINUTE=30;BYSECOND=0"),
        (Recurrence(Every.WEEK, 0, 5, "FR"), "FREQ=WEEKLY;BYDAY=FR;BYHOUR=0;BYMINUTE=5;BYSECOND=0"),
        (
            Recurrence(Every.MONTH, 23, monthday=28),
            "FREQ=MONTHLY;BYMONTHDAY=28;BYHOUR=23;BYMINUTE=0;BYSECOND=0",
        ),
    ],
)
def test_a_plain_form_writes_a_rule(recurrence: Recurrence, rule: str):
    assert recurrence.rule() == rule
    assert rrulestr(rule)


@pytest.mark.parametrize(
    "wrong",
    [
        Recurrence(Every.DAY, 24),
        Recurrence(Every.DAY, 1, 60),
        Recurrence(Every.WEEK, 1, weekday="XX"),
        Recurrence(Every.MONTH, 1, monthday=29),
        Recurrence(Every.MONTH, 1, monthday=0),
    ],
)
def test_what_is_no_time_is_refused(wrong: Recurrence):
    with pytest.raises(InvalidInput):
        wrong.rule()


@given(RECURRENCES, MOMENTS)
def test_the_next_date_is_the_first_that_fits_on_shanghais_clock(recurrence: Recurrence, moment: datetime):
    following = next_after(recurrence.rule(), moment)
    local = in_shanghai(following)
    assert following > moment
    assert (local.hour, local.minute, local.second) == (recurrence.hour, recurrence.minute, 0)
    longest = {Every.DAY: 1, Every.WEEK: 7, Every.MONTH: 31}[recurrence.every]
    assert following - moment <= timedelta(days=longest)
    if recurrence.every is Every.WEEK:
        assert WEEKDAYS[local.weekday()] == recurrence.weekday
    if recurrence.every is Every.MONTH:
        assert local.day == recurrence.monthday


@given(RECURRENCES, MOMENTS)
def test_dates_follow_each_other_whenever_one_asks(recurrence: Recurrence, moment: datetime):
    rule = recurrence.rule()
    first = next_after(rule, moment)
    assert next_after(rule, first - timedelta(seconds=1)) == first
    assert next_after(rule, first) > first


@pytest.mark.parametrize(
    ("period", "due", "first", "last"),
    [
        (Period.YESTERDAY, "2026-03-01", "2026-02-28", "2026-02-28"),
        (Period.LAST_WEEK, "2026-11-30", "2026-11-23", "2026-11-29"),
        (Period.LAST_WEEK, "2026-12-06", "2026-11-23", "2026-11-29"),
        (Period.LAST_MONTH, "2026-01-15", "2025-12-01", "2025-12-31"),
        (Period.LAST_MONTH, "2028-03-31", "2028-02-01", "2028-02-29"),
        (Period.MONTH_SO_FAR, "2026-11-01", "2026-11-01", "2026-11-01"),
        (Period.YEAR_SO_FAR, "2026-11-30", "2026-01-01", "2026-11-30"),
        (Period.LAST_YEAR, "2026-02-28", "2025-01-01", "2025-12-31"),
        (Period.LAST_YEAR, "2028-02-29", "2027-01-01", "2027-12-31"),
    ],
)
def test_days_are_counted_back_from_the_date(period: Period, due: str, first: str, last: str):
    assert days_of(period, date.fromisoformat(due)) == (date.fromisoformat(first), date.fromisoformat(last))


def test_a_date_just_after_midnight_in_shanghai_is_that_day():
    following = next_after(Recurrence(Every.DAY, 0, 5).rule(), datetime(2026, 11, 30, 15, 0, tzinfo=UTC))
    assert in_shanghai(following) == datetime(2026, 12, 1, 0, 5, tzinfo=SHANGHAI)
