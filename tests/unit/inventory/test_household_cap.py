"""One household's part of a large order is capped, as long as others have the goods."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.inventory.allocation import WHOLE_BP, Cap, Demand, Share, allocate, cap_of
from shop.inventory.errors import OutOfStock
from tests.unit.inventory.test_allocation import chosen, lot

POOREST = {1: 100_00, 2: 500_00, 3: 900_00}


def allocate_capped(demands, lots, incomes, *, few_parcels, cap_bp):
    wanted = Counter()
    for one in demands:
        wanted[one.variant_id] += one.units
    return allocate(demands, lots, incomes, few_parcels=few_parcels, cap=Cap(cap_of(wanted, cap_bp)))


def supplied(choices) -> Counter[int]:
    """Units × 10,000 by household."""
    units = Counter()
    for choice in choices:
        for share in choice.lot.shares:
            units[share.household_id] += choice.units * share.share_bp
    return units


def test_nobody_supplies_more_than_the_cap_while_others_have_the_goods():
    lots = [lot(1, 100), lot(2, 100), lot(3, 100)]
    choices = allocate_capped([Demand(0, 1, 100)], lots, POOREST, few_parcels=False, cap_bp=4000)
    assert chosen(choices) == {1: 40, 2: 40, 3: 20}


def test_several_lots_of_one_household_count_together():
    lots = [
        lot(1, 30, household=1),
        lot(2, 30, household=1),
        lot(3, 60, household=2),
        lot(4, 60, household=3),
    ]
    choices = allocate_capped([Demand(0, 1, 100)], lots, POOREST, few_parcels=False, cap_bp=4000)
    assert supplied(choices) == {1: 40 * WHOLE_BP, 2: 40 * WHOLE_BP, 3: 20 * WHOLE_BP}


def test_what_nobody_else_has_comes_from_the_capped_household_after_all():
    choices = allocate_capped(
        [Demand(0, 1, 10)], [lot(1, 10), lot(2, 2)], POOREST, few_parcels=False, cap_bp=3000
    )
    assert chosen(choices) == {1: 8, 2: 2}


def test_a_workshops_lot_is_capped_by_the_household_with_the_largest_share():
    pooled = replace(lot(1, 100), shares=(Share(1, 7000), Share(2, 3000)))
    choices = allocate_capped(
        [Demand(0, 1, 100)],
        [pooled, lot(3, 100), lot(4, 100)],
        POOREST,
        few_parcels=False,
        cap_bp=3500,
    )
    assert chosen(choices) == {1: 50, 4: 35, 3: 15}  # 70 % of 50 are of household 1: 35 of 100


def test_two_lines_of_the_same_goods_share_one_cap():
    choices = allocate_capped(
        [Demand(0, 1, 50), Demand(1, 1, 50)],
        [lot(1, 100), lot(2, 100)],
        POOREST,
        few_parcels=False,
        cap_bp=5000,
    )
    assert chosen(choices) == {1: 50, 2: 50}


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 40)), min_size=1, max_size=8),
    st.integers(1, 120),
    st.integers(500, 10_000),
)
def test_a_cap_never_makes_goods_short_and_is_kept_where_it_can_be(lots, wanted, cap_bp):
    offered = [lot(number, units, household=home) for number, (home, units) in enumerate(lots, 1)]
    there = sum(one.available for one in offered)
    if wanted > there:
        with pytest.raises(OutOfStock):
            allocate_capped([Demand(0, 1, wanted)], offered, {}, few_parcels=False, cap_bp=cap_bp)
        return
    choices = allocate_capped([Demand(0, 1, wanted)], offered, {}, few_parcels=False, cap_bp=cap_bp)
    assert sum(choice.units for choice in choices) == wanted
    cap = -(-wanted * cap_bp // WHOLE_BP)
    by_home = Counter()
    for one in offered:
        by_home[one.shares[0].household_id] += one.available
    if sum(min(units, cap) for units in by_home.values()) >= wanted:
        assert max(supplied(choices).values()) <= cap * WHOLE_BP


def test_what_earlier_orders_of_a_purchase_took_counts():
    """Of 10 units of all orders nobody supplies more than 5; the poorest gave 4 of them already."""
    cap = Cap(cap_of({1: 10}, 5000), {(1, 1): 4 * WHOLE_BP})
    choices = allocate([Demand(0, 1, 6)], [lot(1, 50), lot(2, 50)], POOREST, few_parcels=False, cap=cap)
    assert chosen(choices) == {1: 1, 2: 5}


def test_a_cap_is_worth_a_parcel_more():
    """One place has all of it, of one household; the cap sends a second parcel."""
    lots = [lot(1, 50, place=1), lot(2, 2, place=2)]
    cap = Cap(cap_of({1: 10}, 2000))
    choices = allocate([Demand(0, 1, 3)], lots, POOREST, few_parcels=True, cap=cap)
    assert chosen(choices) == {1: 2, 2: 1}


def test_within_the_cap_parcels_stay_few():
    lots = [lot(1, 50, place=1), lot(2, 50, place=2), lot(3, 50, place=3)]
    cap = Cap(cap_of({1: 10}, 3000), {(1, 1): 3 * WHOLE_BP})
    choices = allocate([Demand(0, 1, 3)], lots, POOREST, few_parcels=True, cap=cap)
    assert chosen(choices) == {2: 3}


def test_where_nobody_else_has_the_goods_parcels_stay_few_beyond_the_cap():
    lots = [lot(1, 50, household=1, place=1), lot(2, 50, household=1, place=2)]
    cap = Cap(cap_of({1: 10}, 3000), {(1, 1): 3 * WHOLE_BP})
    choices = allocate([Demand(0, 1, 4)], lots, POOREST, few_parcels=True, cap=cap)
    assert chosen(choices) == {1: 4}


SHARES = st.sampled_from(
    [(Share(1, WHOLE_BP),), (Share(2, WHOLE_BP),), (Share(3, WHOLE_BP),), (Share(1, 7000), Share(2, 3000))]
)


@given(
    st.lists(st.tuples(SHARES, st.integers(1, 12), st.integers(1, 3)), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(1, 8), st.booleans()), min_size=1, max_size=6),
    st.integers(500, 10_000),
)
def test_over_all_orders_nobody_is_above_the_cap_while_others_below_it_have_the_goods(lots, orders, cap_bp):
    """To points and home in any order; the rest of what a household has is of no use to the cap of another."""
    there = [
        replace(lot(number, units, place=place), shares=shares)
        for number, (shares, units, place) in enumerate(lots, 1)
    ]
    most, given_away = cap_of({1: sum(units for units, _ in orders)}, cap_bp), Counter()
    for units, goes_home in orders:
        left = sum(one.available for one in there)
        cap = Cap(most, {(1, home): count for home, count in given_away.items()})
        if units > left:
            with pytest.raises(OutOfStock):
                allocate([Demand(0, 1, units)], there, POOREST, few_parcels=goes_home, cap=cap)
            continue
        choices = allocate([Demand(0, 1, units)], there, POOREST, few_parcels=goes_home, cap=cap)
        assert sum(one.units for one in choices) == units
        given_away.update(supplied(choices))
        taken = chosen(choices)
        there = [replace(one, available=one.available - taken.get(one.lot_id, 0)) for one in there]
    if max(given_away.values(), default=0) > most[1]:
        for one in there:
            below = all(given_away[share.household_id] + share.share_bp <= most[1] for share in one.shares)
            assert not (one.available and below)
