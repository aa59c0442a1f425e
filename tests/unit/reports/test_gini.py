import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.reports.lorenz import EVEN, gini, lorenz, thinned

households = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 10**9)), max_size=60)


def of(*incomes: int) -> float:
    return gini(lorenz([(1, one) for one in incomes]))


def test_equal_incomes_are_perfectly_even():
    assert of(500, 500, 500, 500) == pytest.approx(0)


def test_equal_incomes_per_head_are_even_however_large_the_households():
    assert gini(lorenz([(1, 100), (4, 400), (7, 700)])) == pytest.approx(0)


def test_one_person_with_everything_is_nearly_one():
    assert of(*[0] * 99, 1000) == pytest.approx(0.99)


def test_nobody_and_nothing_are_even():
    assert gini(lorenz([])) == 0
    assert of(0, 0) == 0


def test_scaling_every_income_changes_nothing():
    assert of(1, 2, 3) == pytest.approx(of(100, 200, 300))


@given(households)
def test_a_curve_goes_from_corner_to_corner_and_never_above_the_diagonal(some):
    points = lorenz(some)
    assert (points[0], points[-1]) == EVEN
    assert all(y <= x + 1e-9 for x, y in points)
    assert -1e-9 <= gini(points) < 1


@given(households)
def test_a_thinned_curve_keeps_its_ends_and_is_short(some):
    points = thinned(lorenz(some * 20))
    assert (points[0], points[-1]) == EVEN
    assert len(points) <= 122
