from datetime import date

import pytest

from shop.kit.errors import InvalidInput
from shop.reports.definition import Span, Unit
from shop.reports.periods import period_before, periods_of, weeks_until


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        ("2026-11-01", "2026-11-22", ("2026-10-01", "2026-10-22")),
        ("2026-03-01", "2026-03-31", ("2026-02-01", "2026-02-28")),
        ("2026-01-01", "2026-01-31", ("2025-12-01", "2025-12-31")),
        ("2026-01-01", "2026-11-22", ("2025-01-01", "2025-11-22")),
        ("2024-01-01", "2024-02-29", ("2023-01-01", "2023-02-28")),
        ("2026-11-16", "2026-11-22", ("2026-11-09", "2026-11-15")),
    ],
)
def test_a_range_is_compared_with_the_same_days_before(first, last, before):
    span = period_before(Span(date.fromisoformat(first), date.fromisoformat(last)))
    assert (span.first.isoformat(), span.last.isoformat()) == before


def test_there_is_nothing_before_the_first_day():
    assert period_before(Span(date(2000, 1, 1), date(2000, 1, 31))) is None


def test_weeks_begin_on_monday_and_end_with_this_one():
    weeks = weeks_until(date(2026, 11, 22), 3)
    assert [one.isoformat() for one in weeks] == ["2026-11-02", "2026-11-09", "2026-11-16"]


@pytest.mark.parametrize(
    ("first", "last"), [((1, 1, 1), (1, 1, 2)), ((9999, 12, 1), (9999, 12, 31)), ((2026, 2, 1), (2026, 1, 1))]
)
def test_days_that_cannot_be_are_refused(first, last):
    with pytest.raises(InvalidInput):
        Span(date(*first), date(*last))


def test_every_period_of_a_range_is_named_and_no_day_that_has_not_come():
    span = Span(date(2026, 1, 30), date(2026, 3, 2))
    assert len(periods_of(span, Unit.DAY, today=date(2027, 1, 1))) == 32
    assert periods_of(span, Unit.WEEK, today=date(2027, 1, 1))[0] == date(2026, 1, 26)
    months = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]
    assert periods_of(span, Unit.MONTH, today=date(2027, 1, 1)) == months
    assert periods_of(span, Unit.DAY, today=date(2026, 2, 1))[-1] == date(2026, 2, 1)
    assert periods_of(span, Unit.DAY, today=date(2025, 1, 1)) == [span.first]
