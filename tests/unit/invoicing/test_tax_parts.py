"""Amounts by rate: to the fen, whatever goes back in which order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shop.invoicing.tax_parts import TaxKey, refund_parts, sale_parts, tax_in

TEA, EGGS, OTHERS = TaxKey(1, 900, False), TaxKey(1, 0, True), TaxKey(2, 1300, False)
KEYS = st.sampled_from([TEA, EGGS, OTHERS])
LINES = st.lists(st.tuples(KEYS, st.integers(1, 500_000)), min_size=1, max_size=6)


def test_freight_is_shared_by_what_the_goods_cost():
    assert sale_parts([(TEA, 600), (EGGS, 300)], 100) == {TEA: 667, EGGS: 333}


def test_a_refund_for_units_is_taken_at_their_rate_and_the_rest_from_all():
    assert refund_parts({TEA: 600, EGGS: 300}, [(EGGS, 300)], 100) == {EGGS: 300, TEA: 100}
    assert refund_parts({TEA: 600, EGGS: 300}, [], 90) == {TEA: 60, EGGS: 30}


def test_what_a_rate_cannot_give_any_more_comes_from_the_others():
    """A free amount was refunded before, so that the line has less left than it cost."""
    assert refund_parts({TEA: 600, EGGS: 100}, [(EGGS, 300)], 0) == {EGGS: 100, TEA: 200}


def test_more_than_stands_takes_all_of_it():
    assert refund_parts({TEA: 600}, [(TEA, 700)], 50) == {TEA: 600}


def test_tax_is_part_of_the_price():
    assert tax_in(10_900, 900) == 900
    assert tax_in(100, 0) == 0
    assert tax_in(-10_900, 900) == -900


@given(LINES, st.integers(0, 5_000))
def test_a_sale_is_its_lines_and_its_freight(lines, freight):
    assert sum(sale_parts(lines, freight).values()) == sum(fen for _, fen in lines) + freight


@given(LINES, st.integers(0, 5_000), st.lists(st.tuples(LINES, st.integers(0, 300_000)), max_size=4))
def test_refunds_take_what_they_say_and_no_rate_goes_below_zero(lines, freight, refunds):
    standing = sale_parts(lines, freight)
    for back, rest in refunds:
        before = sum(standing.values())
        asked = sum(fen for _, fen in back) + rest
        for key, fen in refund_parts(standing, back, rest).items():
            standing[key] -= fen
        assert before - sum(standing.values()) == min(asked, before)
        assert min(standing.values()) >= 0
