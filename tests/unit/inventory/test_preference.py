"""Pairing in the fairness rule: who comes first by it, and the bound that it never breaks."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.inventory.allocation import Candidate, Demand, Share, allocate, lot_income
from shop.inventory.candidates import Offer
from shop.inventory.errors import OutOfStock
from shop.inventory.preference import MOST_PERCENT, Favour, favoured, shifted

WHOLE = 10_000
A_DAY = date(2026, 12, 1)


def lot(lot_id: int, available: int, *shares: Share, place: int = 1) -> Candidate:
    return Candidate(lot_id, 1, lot_id, place, available, A_DAY, shares or (Share(lot_id, WHOLE),))


def sold(units, lots, incomes, favour, *, few_parcels=False):
    choices = allocate([Demand(0, 1, units)], lots, favoured(incomes, favour), few_parcels=few_parcels)
    return {choice.lot.lot_id: choice.units for choice in choices}


def test_a_paired_household_that_is_a_little_ahead_comes_first():
    lots, incomes = [lot(1, 5), lot(2, 5)], {1: 1_000_00, 2: 1_090_00}
    assert sold(3, lots, incomes, Favour()) == {1: 3}
    assert sold(3, lots, incomes, Favour(frozenset({2}), 10)) == {2: 3}


def test_a_paired_household_that_is_far_ahead_waits_as_everybody_does():
    lots, incomes = [lot(1, 5), lot(2, 5)], {1: 1_000_00, 2: 1_110_00}
    assert sold(3, lots, incomes, Favour(frozenset({2}), 10)) == {1: 3}


def test_of_two_that_have_nothing_yet_the_paired_one_comes_first():
    assert sold(3, [lot(1, 5), lot(2, 5)], {}, Favour(frozenset({2}), 10)) == {2: 3}


def test_while_the_setting_is_nothing_pairing_moves_nothing():
    lots, incomes = [lot(1, 5), lot(2, 5)], {1: 100, 2: 100}
    assert sold(3, lots, incomes, Favour(frozenset({2}), 0)) == {1: 3}


def test_pairing_adds_no_parcel_to_a_line_that_one_village_has():
    lots = [lot(1, 5, place=1), lot(2, 2, place=2)]
    assert sold(5, lots, {}, Favour(frozenset({2}), 20), few_parcels=True) == {1: 5}


def test_what_pairing_moved_adds_up_to_nothing():
    lots, incomes, favour = [lot(1, 5), lot(2, 2)], {1: 1_000_00, 2: 1_050_00}, Favour(frozenset({2}), 10)
    offer = Offer(tuple(lots), incomes)
    by_pairing, without = (
        allocate([Demand(0, 1, 4)], lots, one.income_per_head, few_parcels=False)
        for one in (offer.favouring(favour), offer)
    )
    assert shifted(by_pairing, without) == {(0, 2): 2, (0, 1): -2}
    assert shifted(without, without) == {}


shares_of_a_lot = st.lists(st.integers(1, 8), min_size=1, max_size=3, unique=True).flatmap(
    lambda households: st.just(
        tuple(
            Share(one, WHOLE // len(households) + (WHOLE % len(households)) * (number == 0))
            for number, one in enumerate(households)
        )
    )
)
lots_of_a_shop = st.lists(
    st.tuples(st.integers(1, 9), shares_of_a_lot, st.integers(1, 3)), min_size=1, max_size=10
).map(
    lambda rows: [
        lot(number, available, *shares, place=place)
        for number, (available, shares, place) in enumerate(rows, 1)
    ]
)
# Near each other, since that is where the cap decides.
incomes_of_households = st.fixed_dictionaries(
    {household: st.integers(0, 40) | st.integers(900_00, 1_300_00) for household in range(1, 9)}
)
favours = st.builds(
    Favour, st.frozensets(st.integers(1, 8), min_size=2, max_size=5), st.integers(0, MOST_PERCENT)
)


@given(st.integers(1, 30), lots_of_a_shop, incomes_of_households, favours)
def test_nobody_sells_before_somebody_who_has_less_by_more_than_the_cap(units, lots, incomes, favour):
    try:
        taken = sold(units, lots, incomes, favour)
    except OutOfStock:
        return
    left = [one for one in lots if taken.get(one.lot_id, 0) < one.available]
    for preferred in (one for one in lots if taken.get(one.lot_id)):
        for passed_over in left:
            bound = (100 + favour.percent) * (lot_income(passed_over, incomes) + WHOLE)
            assert 100 * lot_income(preferred, incomes) <= bound


@given(st.integers(1, 30), lots_of_a_shop, incomes_of_households, favours, st.booleans())
def test_pairing_serves_whatever_can_be_served_without_it(units, lots, incomes, favour, few_parcels):
    try:
        without = sold(units, lots, incomes, Favour(), few_parcels=few_parcels)
    except OutOfStock:
        with pytest.raises(OutOfStock):
            sold(units, lots, incomes, favour, few_parcels=few_parcels)
        return
    assert sum(sold(units, lots, incomes, favour, few_parcels=few_parcels).values()) == sum(without.values())


@given(st.integers(1, 30), lots_of_a_shop, incomes_of_households, st.frozensets(st.integers(1, 8)))
def test_a_buyer_whose_paired_households_have_no_lots_is_served_as_everybody(units, lots, incomes, strangers):
    favour = Favour(frozenset(one + 100 for one in strangers), MOST_PERCENT)
    try:
        assert sold(units, lots, incomes, favour) == sold(units, lots, incomes, Favour())
    except OutOfStock:
        return
