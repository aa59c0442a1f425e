"""Villages as mountains."""

from __future__ import annotations

from shop.web.peaks import GROUND, HIGHEST, LOWEST, peaks, picture_width


def test_the_village_that_got_most_is_the_highest_mountain():
    low, high = peaks([100, 400])
    assert (high.top, low.top) == (GROUND - HIGHEST, GROUND - HIGHEST // 4)
    assert low.x < high.x < picture_width(2)


def test_a_village_that_got_little_is_still_to_be_seen():
    assert peaks([1, 1_000_000])[0].top == GROUND - LOWEST


def test_nothing_is_drawn_of_nothing():
    assert peaks([]) == []
    assert picture_width(0) > 0
