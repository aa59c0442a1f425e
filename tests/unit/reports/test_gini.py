import pytest

from shop.reports.fairness import gini


def test_equal_incomes_are_perfectly_even():
    assert gini([500, 500, 500, 500]) == pytest.approx(0)


def test_one_household_with_everything_is_nearly_one():
    assert gini([0] * 99 + [1000]) == pytest.approx(0.99)


def test_nobody_and_nothing_are_even():
    assert gini([]) == 0
    assert gini([0, 0]) == 0


def test_scaling_every_income_changes_nothing():
    assert gini([1, 2, 3]) == pytest.approx(gini([100, 200, 300]))
