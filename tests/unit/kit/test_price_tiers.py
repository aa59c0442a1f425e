"""Prices by quantity: more never costs more a unit, and every quantity is in exactly one tier."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.kit.price_tiers import Tier, is_sound, steps, tier_for

MUSHROOMS = [Tier(1, 7_800), Tier(50, 7_500), Tier(200, 7_200)]


@st.composite
def sound_tiers(draw):
    begins = draw(st.lists(st.integers(2, 2_000), max_size=5, unique=True).map(sorted))
    prices = sorted(
        draw(st.lists(st.integers(1, 10**6), min_size=len(begins) + 1, max_size=len(begins) + 1)),
        reverse=True,
    )
    return [Tier(first, price) for first, price in zip([1, *begins], prices, strict=True)]


@pytest.mark.parametrize(
    ("quantity", "fen"), [(1, 7_800), (49, 7_800), (50, 7_500), (199, 7_500), (200, 7_200), (204, 7_200)]
)
def test_the_price_falls_where_the_next_tier_begins(quantity, fen):
    assert tier_for(MUSHROOMS, quantity).unit_price_fen == fen


@given(sound_tiers(), st.integers(1, 3_000), st.integers(0, 3_000))
def test_more_never_costs_more_a_unit(tiers, quantity, more):
    assert is_sound(tiers)
    assert tier_for(tiers, quantity + more).unit_price_fen <= tier_for(tiers, quantity).unit_price_fen


@given(sound_tiers(), st.integers(1, 3_000))
def test_a_table_shows_every_quantity_once_and_marks_the_one_that_applies(tiers, quantity):
    shown = steps(tiers, quantity)
    inside = [one for one in shown if one.first <= quantity and (one.to is None or quantity <= one.to)]
    assert inside == [one for one in shown if one.applies]
    assert [one.unit_price_fen for one in inside] == [tier_for(tiers, quantity).unit_price_fen]


@pytest.mark.parametrize(
    "tiers",
    [[], [Tier(2, 100)], [Tier(1, 100), Tier(1, 90)], [Tier(1, 100), Tier(9, 110)], [Tier(1, 0)]],
    ids=["none", "not from one", "twice", "dearer", "for nothing"],
)
def test_tiers_that_make_no_sense_are_refused(tiers):
    assert not is_sound(tiers)
    with pytest.raises(ValueError, match="sound tiers"):
        tier_for(tiers, 5)
