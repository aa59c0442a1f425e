"""The fairness rule, as sentences and as properties that hold for any lots and any demands."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.inventory.allocation import Candidate, Demand, Share, allocate, lot_income
from shop.inventory.errors import OutOfStock

TODAY = date(2026, 11, 22)


def lot(
    lot_id: int,
    available: int,
    *,
    variant: int = 1,
    place: int = 1,
    household: int | None = None,
    days: int = 30,
) -> Candidate:
    return Candidate(
        lot_id=lot_id,
        variant_id=variant,
        producer_id=lot_id,
        packing_place_id=place,
        available=available,
        best_before=TODAY + timedelta(days=days),
        shares=(Share(household if household is not None else lot_id, 10_000),),
    )


def chosen(choices) -> dict[int, int]:
    units = Counter()
    for choice in choices:
        units[choice.lot.lot_id] += choice.units
    return dict(units)


def test_the_household_with_the_lowest_income_per_head_comes_first():
    choices = allocate([Demand(0, 1, 3)], [lot(1, 10), lot(2, 10)], {1: 900_00, 2: 100_00}, few_parcels=False)
    assert chosen(choices) == {2: 3}


def test_of_two_equal_households_the_goods_that_spoil_first_go_first():
    choices = allocate([Demand(0, 1, 3)], [lot(1, 10, days=60), lot(2, 10, days=5)], {}, few_parcels=False)
    assert chosen(choices) == {2: 3}


def test_a_line_is_split_over_lots_when_one_does_not_suffice():
    choices = allocate(
        [Demand(0, 1, 12)], [lot(1, 10), lot(2, 10)], {1: 900_00, 2: 100_00}, few_parcels=False
    )
    assert chosen(choices) == {2: 10, 1: 2}


def test_a_courier_order_takes_one_village_that_has_all_before_the_poorest_of_each():
    lots = [
        lot(1, 5, place=1),
        lot(2, 5, variant=2, place=2),
        lot(3, 5, place=3),
        lot(4, 5, variant=2, place=3),
    ]
    incomes = {1: 0, 2: 0, 3: 500_00, 4: 500_00}
    demands = [Demand(0, 1, 2), Demand(1, 2, 2)]
    assert {choice.packing_place_id for choice in allocate(demands, lots, incomes, few_parcels=True)} == {3}
    assert chosen(allocate(demands, lots, incomes, few_parcels=False)) == {1: 2, 2: 2}


def test_of_two_villages_that_have_all_the_poorer_households_come_first():
    lots = [lot(1, 1, place=1), lot(2, 50, place=1), lot(3, 50, place=2)]
    incomes = {1: 1_00, 2: 900_00, 3: 10_00}
    assert chosen(allocate([Demand(0, 1, 10)], lots, incomes, few_parcels=True)) == {3: 10}


def test_a_village_that_sends_a_parcel_anyway_is_taken_for_a_courier_order():
    lots = [lot(1, 5, place=1), lot(2, 5, place=2)]
    choices = allocate([Demand(0, 1, 2)], lots, {1: 900_00, 2: 0}, few_parcels=True, open_places={1})
    assert chosen(choices) == {1: 2}


def test_the_parts_of_a_gift_box_are_packed_at_the_hub_from_any_village():
    lots = [lot(1, 5, place=1), lot(2, 5, variant=2, place=2)]
    choices = allocate(
        [Demand(0, 1, 2, packed_at=9), Demand(0, 2, 1, packed_at=9)], lots, {}, few_parcels=True
    )
    assert {choice.packing_place_id for choice in choices} == {9}
    assert chosen(choices) == {1: 2, 2: 1}


def test_a_pooled_lot_counts_each_household_by_its_share():
    pooled = Candidate(1, 1, 1, 1, 10, TODAY, (Share(1, 7500), Share(2, 2500)))
    assert lot_income(pooled, {1: 100, 2: 500}) == 7500 * 100 + 2500 * 500


def test_what_is_short_is_named_with_what_is_left():
    with pytest.raises(OutOfStock) as refused:
        allocate([Demand(7, 1, 12)], [lot(1, 10)], {}, few_parcels=True)
    assert (refused.value.line, refused.value.variant_id, refused.value.left) == (7, 1, 10)


lots_of_a_shop = st.lists(
    st.builds(
        lambda available, variant, place, household, days, producer: (
            available,
            variant,
            place,
            household,
            days,
            producer,
        ),
        st.integers(1, 20),
        st.integers(1, 3),
        st.integers(1, 5),
        st.integers(1, 8),
        st.integers(1, 90),
        st.integers(1, 6),
    ),
    max_size=14,
).map(
    lambda rows: [
        Candidate(
            number,
            variant,
            producer,
            place,
            available,
            TODAY + timedelta(days=days),
            (Share(household, 10_000),),
        )
        for number, (available, variant, place, household, days, producer) in enumerate(rows, start=1)
    ]
)
demands_of_a_buyer = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 25), st.sampled_from([None, None, 9])), min_size=1, max_size=4
).map(
    lambda rows: [
        Demand(line, variant, units, packed_at) for line, (variant, units, packed_at) in enumerate(rows)
    ]
)
incomes = st.dictionaries(st.integers(1, 8), st.integers(0, 500_00))


def wanted_of(demands) -> Counter:
    wanted = Counter()
    for demand in demands:
        wanted[demand.variant_id] += demand.units
    return wanted


def units_there(lots, excluded=()) -> Counter:
    there = Counter()
    for one in lots:
        if one.producer_id not in excluded:
            there[one.variant_id] += one.available
    return there


@given(demands_of_a_buyer, lots_of_a_shop, incomes, st.booleans(), st.sets(st.integers(1, 6), max_size=2))
def test_it_serves_exactly_what_is_asked_or_refuses_only_when_units_are_missing(
    demands, lots, income, few_parcels, excluded
):
    enough = all(units_there(lots, excluded)[variant] >= n for variant, n in wanted_of(demands).items())
    try:
        choices = allocate(demands, lots, income, few_parcels=few_parcels, excluded_producers=excluded)
    except OutOfStock:
        assert not enough
        return
    assert enough
    taken = chosen(choices)
    assert all(
        units <= {one.lot_id: one.available for one in lots}[lot_id] for lot_id, units in taken.items()
    )
    assert all(choice.lot.producer_id not in excluded for choice in choices)
    assert all(choice.units > 0 for choice in choices)
    for demand in demands:
        served = [choice for choice in choices if choice.line == demand.line]
        assert sum(choice.units for choice in served) == demand.units
        assert all(choice.lot.variant_id == demand.variant_id for choice in served)


def outcome_of(demands, lots, income, few_parcels):
    try:
        return allocate(demands, lots, income, few_parcels=few_parcels)
    except OutOfStock as refused:
        return refused.facts


@given(demands_of_a_buyer, lots_of_a_shop, incomes, st.booleans(), st.randoms())
def test_the_order_in_which_lots_are_read_changes_nothing(demands, lots, income, few_parcels, random):
    shuffled = random.sample(lots, len(lots))
    assert outcome_of(demands, lots, income, few_parcels) == outcome_of(
        demands, shuffled, income, few_parcels
    )


@given(st.integers(1, 25), lots_of_a_shop, incomes)
def test_on_a_truck_nobody_richer_sells_while_somebody_poorer_has_units_left(units, lots, income):
    try:
        taken = chosen(allocate([Demand(0, 1, units)], lots, income, few_parcels=False))
    except OutOfStock:
        return
    of_variant = [one for one in lots if one.variant_id == 1]
    richest_sold = max(lot_income(one, income) for one in of_variant if taken.get(one.lot_id))
    assert all(
        taken.get(one.lot_id, 0) == one.available
        for one in of_variant
        if lot_income(one, income) < richest_sold
    )


@given(st.integers(1, 25), lots_of_a_shop, incomes)
def test_a_courier_line_travels_in_one_parcel_whenever_one_village_has_it_all(units, lots, income):
    by_place = Counter()
    for one in lots:
        if one.variant_id == 1:
            by_place[one.packing_place_id] += one.available
    if not any(there >= units for there in by_place.values()):
        return
    choices = allocate([Demand(0, 1, units)], lots, income, few_parcels=True)
    assert len({choice.packing_place_id for choice in choices}) == 1


def first(lot_id: int, available: int, units: int, *, place: int = 1) -> Candidate:
    """A lot with so many units that stand prepared for an order which others serve."""
    return replace(lot(lot_id, available, place=place), goes_first=units)


def test_goods_that_stand_prepared_go_before_those_of_poorer_households_and_no_further():
    lots = [first(1, 10, 2), lot(2, 10)]
    incomes = {1: 900_00, 2: 0}
    assert chosen(allocate([Demand(0, 1, 2)], lots, incomes, few_parcels=False)) == {1: 2}
    assert chosen(allocate([Demand(0, 1, 5)], lots, incomes, few_parcels=False)) == {1: 2, 2: 3}
    assert chosen(allocate([Demand(0, 1, 2)] * 2, lots, incomes, few_parcels=False)) == {1: 2, 2: 2}


def test_of_two_lots_with_prepared_goods_the_poorer_household_comes_first():
    choices = allocate(
        [Demand(0, 1, 3)], [first(1, 5, 5), first(2, 5, 2)], {1: 9_00, 2: 0}, few_parcels=False
    )
    assert chosen(choices) == {2: 2, 1: 1}


def test_a_courier_order_travels_in_few_parcels_before_it_takes_prepared_goods():
    lots = [first(1, 1, 1, place=1), lot(2, 9, place=2)]
    assert chosen(allocate([Demand(0, 1, 3)], lots, {}, few_parcels=True)) == {2: 3}


def test_of_two_villages_that_have_all_the_one_with_prepared_goods_is_taken():
    lots = [lot(1, 9, place=1), first(2, 9, 1, place=2)]
    assert chosen(allocate([Demand(0, 1, 3)], lots, {2: 900_00}, few_parcels=True)) == {2: 3}
