"""What weighed goods cost, and how a lower price is shared: rounding and sums."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from shop.canteens.cases import is_unusual, most_for_unit, weighed_fen
from shop.ledger.models import Account
from shop.ledger.posting import Place, gather
from shop.ledger.weights import Kept, share_less

fen = st.integers(1, 1_000_000)
grams = st.integers(1, 1_000_000)
RULE = SimpleNamespace(
    household_bp=7600, packing_bp=800, freight_bp=700, payment_fee_bp=100, village_fund_bp=500, shop_bp=300
)


@given(fen, grams, grams)
def test_it_is_rounded_half_up_to_a_whole_fen(price, expected, received):
    exact = (Decimal(price) * received / expected).quantize(Decimal(1), ROUND_HALF_UP)
    assert weighed_fen(price, expected, received) == int(exact)


@given(fen, st.integers(1, 500), grams)
def test_up_to_a_fifth_more_than_was_ordered_never_costs_more_than_the_most(price, units, expected):
    received = expected * units * 12 // 10
    assert weighed_fen(price, expected, received) <= most_for_unit(price, 20) * units


@given(fen, st.integers(1, 500), grams)
def test_what_weighs_as_expected_costs_the_price(price, units, expected):
    assert weighed_fen(price, expected, expected * units) == price * units


def test_more_than_a_fifth_off_needs_a_word():
    assert [is_unusual(1_000, one) for one in (799, 800, 1_200, 1_201)] == [True, False, False, True]


@given(
    st.integers(2, 1_000_000).flatmap(lambda was: st.tuples(st.just(was), st.integers(1, was - 1))),
    st.lists(st.integers(1, 50), max_size=5),
    st.lists(st.integers(1, 1_000), max_size=4),
)
def test_everybody_gives_in_proportion_and_together_exactly_the_difference(amounts, households, villages):
    was, less = amounts
    whole, total = was * 76 // 100, sum(households)
    earned = {
        Place(Account.HOUSEHOLD_PAYABLE, number, 1, 1, number): whole * weight // total
        for number, weight in enumerate(households, 1)
        if whole * weight // total
    }
    kept = [Kept(number, weight) for number, weight in enumerate(villages, 1)]
    given_by = gather(share_less(RULE, was, less, earned, kept))
    assert sum(given_by.values()) == less
    for place, had in earned.items():
        assert 0 <= given_by.get(place, 0) <= had
