"""Days counted back from the loading lead into the season of the goods."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shop.kit.seasons import SPREAD_DAYS, harvest_day, in_season

AUTUMN = 1 << 9 | 1 << 10  # October and November
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


def test_a_day_in_season_stays():
    assert harvest_day(date(2026, 10, 8), AUTUMN, latest=date(2026, 11, 28)) == date(2026, 10, 8)


def test_a_day_before_the_season_moves_into_it():
    moved = harvest_day(date(2026, 7, 6), AUTUMN, latest=date(2026, 11, 28))
    assert date(2026, 10, 1) <= moved < date(2026, 10, 1) + timedelta(days=SPREAD_DAYS)


def test_a_season_that_has_not_begun_again_is_last_years():
    assert harvest_day(date(2026, 7, 6), AUTUMN, latest=date(2026, 9, 1)) == date(2025, 11, 30)


@given(DAYS, st.integers(1, 4095), st.integers(0, 400))
def test_every_harvest_lies_in_season_and_has_been(counted, mask, days):
    latest = counted + timedelta(days=days)
    moved = harvest_day(counted, mask, latest=latest)
    assert in_season(mask, moved.month)
    assert moved <= latest
