"""What is there goes before what is to be harvested."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from shop.inventory.allocation import Candidate, Demand, Share, allocate
from shop.inventory.errors import OutOfStock
from shop.inventory.forecasts import promisable

TODAY = date(2026, 11, 23)


def lot(
    number: int, units: int, *, in_days: int | None = None, variant: int = 1, place: int = 1
) -> Candidate:
    expected = None if in_days is None else TODAY + timedelta(days=in_days)
    good_until = TODAY + timedelta(days=100 + (in_days or 0))
    return Candidate(
        number, variant, number, place, units, good_until, (Share(number, 10_000),), expected_on=expected
    )


def served(demands, lots, income=None, *, few_parcels=False):
    found = allocate(demands, lots, income or {}, few_parcels=few_parcels)
    return [(one.lot.lot_id, one.units) for one in found]


@pytest.mark.parametrize("few_parcels", [True, False])
def test_nobody_waits_for_a_harvest_while_enough_is_there(few_parcels):
    lots = [lot(1, 10, in_days=5, place=1), lot(2, 10, place=2)]
    assert served([Demand(0, 1, 10)], lots, {2: 900_000}, few_parcels=few_parcels) == [(2, 10)]


def test_what_is_there_goes_first_and_the_rest_is_of_the_harvest_that_comes_first():
    lots = [lot(1, 9, in_days=20), lot(2, 4, in_days=5), lot(3, 3)]
    assert served([Demand(0, 1, 10)], lots, {2: 900_000, 3: 900_000}) == [(3, 3), (2, 4), (1, 3)]


def test_one_line_that_waits_does_not_make_another_wait():
    lots = [lot(1, 9, in_days=5), lot(2, 9, in_days=5, variant=2), lot(3, 2, variant=2)]
    assert served([Demand(0, 1, 1), Demand(1, 2, 2)], lots) == [(1, 1), (3, 2)]


def test_no_more_is_served_than_there_is_and_will_be():
    with pytest.raises(OutOfStock) as refused:
        served([Demand(0, 1, 10)], [lot(1, 5, in_days=5), lot(2, 4)])
    assert refused.value.left == 9


@pytest.mark.parametrize(("units", "pct", "promised"), [(30, 80, 24), (7, 50, 3), (1, 90, 0), (10, 100, 10)])
def test_as_much_is_promised_as_is_likely_to_come_and_never_half_a_unit(units, pct, promised):
    assert promisable(units, pct) == promised
