"""Shares that follow from intakes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.inventory.intake.pooling import is_far_off, shares_of_points, yield_bp
from shop.inventory.models import WHOLE_BP

points = st.dictionaries(st.integers(1, 10**6), st.integers(1, 10**9), min_size=1, max_size=300)


@given(points)
def test_the_shares_are_whole_and_nobody_who_brought_something_goes_without(points):
    shares = shares_of_points(points)
    assert sum(shares.values()) == WHOLE_BP
    assert shares.keys() == points.keys()
    assert min(shares.values()) >= 1


@given(points)
def test_who_brought_more_never_has_less(points):
    shares = shares_of_points(points)
    by_points = sorted(points, key=lambda one: points[one])
    for less, more in pairwise(by_points):
        assert shares[less] <= shares[more] + 1 + len(points) * (shares[less] == 1)


@given(points)
def test_a_share_is_within_one_basis_point_of_what_was_brought_unless_others_needed_their_one(points):
    shares, whole = shares_of_points(points), sum(points.values())
    small = sum(count * WHOLE_BP < whole for count in points.values())
    for household, share in shares.items():
        assert abs(share * whole - points[household] * WHOLE_BP) <= whole * (1 + small)


def test_three_equal_households_divide_the_odd_point_in_their_order():
    assert shares_of_points({7: 5, 3: 5, 5: 5}) == {3: 3334, 5: 3333, 7: 3333}


def test_a_lot_of_nobody_cannot_be():
    with pytest.raises(ValueError, match="somebody"):
        shares_of_points({1: 0})


def test_a_quarter_more_or_less_than_usual_is_looked_at_again():
    assert yield_bp(250, 1000) == 2500
    assert not is_far_off(2500, 2000)
    assert is_far_off(2501, 2000)
    assert not is_far_off(1500, 2000)
    assert is_far_off(1499, 2000)
