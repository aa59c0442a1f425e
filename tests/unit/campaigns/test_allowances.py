"""What a union pays of a choice never goes beyond the allowance, the yearly cap, or what the goods cost."""

from __future__ import annotations

from collections import Counter
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from shop.campaigns.allowances import covered_units, total_of, usable_fen
from shop.campaigns.top_ups import Live, sort_out
from shop.ordering.models import OrderStatus

FEN = st.integers(min_value=0, max_value=10_000_000)


@given(allowance=FEN, cap=FEN, spent=FEN)
def test_no_more_is_usable_than_allowance_and_cap_leave(allowance, cap, spent):
    usable = usable_fen(allowance, cap_fen=cap, spent_elsewhere_fen=spent)
    assert 0 <= usable <= allowance
    if cap:
        assert usable + spent <= max(cap, spent)


GOODS = st.dictionaries(
    st.integers(1, 9), st.tuples(st.integers(1, 30_000), st.integers(1, 12)), min_size=1, max_size=5
)


def worth(prices, units):
    return sum(prices[key] * count for key, count in units.items())


@given(goods=GOODS, usable=st.integers(0, 100_000))
def test_the_allowance_pays_whole_units_and_never_more_than_it_is(goods, usable):
    prices, units = (
        {key: price for key, (price, _) in goods.items()},
        {key: n for key, (_, n) in goods.items()},
    )
    covered = covered_units(prices, units, usable)
    assert worth(prices, covered) <= usable
    assert all(0 < count <= units[key] for key, count in covered.items())
    assert covered == covered_units(prices, dict(reversed(units.items())), usable)


@given(
    goods=st.dictionaries(
        st.integers(1, 9), st.tuples(st.integers(1, 40), st.integers(1, 3)), min_size=1, max_size=3
    ),
    usable=st.integers(0, 200),
)
def test_no_other_units_would_use_more_of_it(goods, usable):
    """Compared with every way that there is."""
    prices, units = (
        {key: price for key, (price, _) in goods.items()},
        {key: n for key, (_, n) in goods.items()},
    )
    ways = product(*(range(count + 1) for count in units.values()))
    sums = [sum(prices[key] * count for key, count in zip(units, way, strict=True)) for way in ways]
    assert worth(prices, covered_units(prices, units, usable)) == max(one for one in sums if one <= usable)


def test_large_numbers_are_judged_at_once():
    prices = {key: 9_973 + key for key in range(40)}
    covered = covered_units(prices, dict.fromkeys(prices, 99), 500_000)
    assert 490_000 < worth(prices, covered) <= 500_000


UNITS = st.dictionaries(st.integers(1, 4), st.integers(1, 4), max_size=3)
PAID, UNPAID, ENDED = OrderStatus.CONFIRMED, OrderStatus.AWAITING_PAYMENT, OrderStatus.CANCELLED
LIVES = st.lists(
    st.tuples(
        st.dictionaries(st.integers(1, 4), st.integers(1, 4), min_size=1, max_size=3),
        st.sampled_from([PAID, UNPAID, ENDED]),
        st.booleans(),
    ),
    max_size=4,
)


@given(lives=LIVES, wanted=UNITS)
def test_kept_orders_and_the_new_one_are_together_what_is_wanted(lives, wanted):
    here, there = ("point", 1), ("point", 2)
    live = [
        Live(number, str(number), status, 0, 0, here if is_here else there, units)
        for number, (units, status, is_here) in enumerate(lives)
    ]
    found = sort_out(live, wanted, here)
    together = Counter(found.rest)
    for one in found.kept:
        together.update(one.units)
    assert together == Counter(wanted)
    assert len(found.kept) + len(found.dropped) == len(live)
    assert all(one.place == here and one.status is not ENDED for one in found.kept)
    assert sum(one.is_unpaid for one in found.kept) <= 1


@given(lines=st.lists(st.tuples(st.integers(1, 100_000), st.integers(1, 99)), max_size=20))
def test_goods_cost_price_times_quantity(lines):
    assert total_of(lines) == sum(price * count for price, count in lines)
