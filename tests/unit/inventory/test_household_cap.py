"""One household's part of a large order is capped, as long as others have the goods."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.inventory.allocation import WHOLE_BP, Demand, Share, allocate
from shop.inventory.errors import OutOfStock
from tests.unit.inventory.test_allocation import chosen, lot

POOREST = {1: 100_00, 2: 500_00, 3: 900_00}


def supplied(choices) -> Counter[int]:
    """Units × 10,000 by household."""
    units = Counter()
    for choice in choices:
        for share in choice.lot.shares:
            units[share.household_id] += choice.units * share.share_bp
    return units


def test_nobody_supplies_more_than_the_cap_while_others_have_the_goods():
    lots = [lot(1, 100), lot(2, 100), lot(3, 100)]
    choices = allocate([Demand(0, 1, 100)], lots, POOREST, few_parcels=False, household_cap_bp=4000)
    assert chosen(choices) == {1: 40, 2: 40, 3: 20}


def test_several_lots_of_one_household_count_together():
    lots = [
        lot(1, 30, household=1),
        lot(2, 30, household=1),
        lot(3, 60, household=2),
        lot(4, 60, household=3),
    ]
    choices = allocate([Demand(0, 1, 100)], lots, POOREST, few_parcels=False, household_cap_bp=4000)
    assert supplied(choices) == {1: 40 * WHOLE_BP, 2: 40 * WHOLE_BP, 3: 20 * WHOLE_BP}


def test_what_nobody_else_has_comes_from_the_capped_household_after_all():
    choices = allocate(
        [Demand(0, 1, 10)], [lot(1, 10), lot(2, 2)], POOREST, few_parcels=False, household_cap_bp=3000
    )
    assert chosen(choices) == {1: 8, 2: 2}


def test_a_workshops_lot_is_capped_by_the_household_with_the_largest_share():
    pooled = replace(lot(1, 100), shares=(Share(1, 7000), Share(2, 3000)))
    choices = allocate(
        [Demand(0, 1, 100)],
        [pooled, lot(3, 100), lot(4, 100)],
        POOREST,
        few_parcels=False,
        household_cap_bp=3500,
    )
    assert chosen(choices) == {1: 50, 4: 35, 3: 15}  # 70 % of 50 are of household 1: 35 of 100


def test_two_lines_of_the_same_goods_share_one_cap():
    choices = allocate(
        [Demand(0, 1, 50), Demand(1, 1, 50)],
        [lot(1, 100), lot(2, 100)],
        POOREST,
        few_parcels=False,
        household_cap_bp=5000,
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
            allocate([Demand(0, 1, wanted)], offered, {}, few_parcels=False, household_cap_bp=cap_bp)
        return
    choices = allocate([Demand(0, 1, wanted)], offered, {}, few_parcels=False, household_cap_bp=cap_bp)
    assert sum(choice.units for choice in choices) == wanted
    cap = -(-wanted * cap_bp // WHOLE_BP)
    by_home = Counter()
    for one in offered:
        by_home[one.shares[0].household_id] += one.available
    if sum(min(units, cap) for units in by_home.values()) >= wanted:
        assert max(supplied(choices).values()) <= cap * WHOLE_BP
