"""On which days a standing order falls."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shop.canteens.rhythm import Rhythm

FRIDAY = date(2026, 12, 4)
days_of_year = st.dates(date(2026, 1, 1), date(2028, 12, 31))
rhythms = st.builds(
    Rhythm,
    first_on=days_of_year,
    every_weeks=st.integers(1, 12),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
)


def test_every_second_week_on_two_weekdays():
    rhythm = Rhythm(FRIDAY, 2, frozenset({1, 4}))
    found = list(rhythm.days(FRIDAY, FRIDAY + timedelta(days=30)))
    assert found == [FRIDAY, date(2026, 12, 15), date(2026, 12, 18), date(2026, 12, 29), date(2027, 1, 1)]


def test_it_ends_with_its_last_day():
    rhythm = Rhythm(FRIDAY, 1, frozenset({4}), until=FRIDAY + timedelta(days=7))
    assert list(rhythm.days(date(2020, 1, 1), date(2030, 1, 1))) == [FRIDAY, FRIDAY + timedelta(days=7)]


@given(rhythms, days_of_year)
def test_a_list_of_days_is_every_day_on_which_it_falls(rhythm, first):
    last = first + timedelta(days=200)
    every = [first + timedelta(days=n) for n in range(201)]
    assert list(rhythm.days(first, last)) == [day for day in every if rhythm.falls_on(day)]


@given(rhythms)
def test_between_two_turns_of_a_weekday_lie_whole_weeks(rhythm):
    days = list(rhythm.days(rhythm.first_on, rhythm.first_on + timedelta(days=400)))
    for weekday in rhythm.weekdays:
        own = [day for day in days if day.weekday() == weekday]
        gaps = {(later - before).days for before, later in itertools.pairwise(own)}
        assert gaps <= {7 * rhythm.every_weeks}
