from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.kit.money import format_yuan, parse_yuan, plain_yuan, share, split, typed_yuan

weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any)


@given(st.integers(-(10**12), 10**12), weights)
def test_the_parts_sum_to_the_whole_and_are_within_one_fen_of_their_share(total, weights):
    parts = split(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)


@given(st.integers(0, 10**9), weights)
def test_a_refund_splits_as_the_mirror_of_its_sale(total, weights):
    assert split(-total, weights) == [-part for part in split(total, weights)]


def test_equal_remainders_go_to_the_earlier_place():
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(1, [1, 1]) == [1, 0]


def test_nothing_is_shared_among_nobody_and_something_cannot_be():
    assert split(0, [0, 0]) == [0, 0]
    with pytest.raises(ValueError, match="nobody"):
        split(1, [0, 0])
    with pytest.raises(ValueError, match="negative"):
        split(1, [2, -1])


def test_a_single_share_rounds_half_away_from_zero():
    assert share(5, 1, 2) == 3
    assert share(-5, 1, 2) == -3
    assert share(100, 38, 10_000) == 0


@given(st.integers(-(10**12), 10**12))
def test_yuan_read_back_what_was_written(fen):
    assert parse_yuan(format_yuan(fen)) == fen
    assert parse_yuan(plain_yuan(fen)) == fen


def test_yuan_are_written_with_two_decimals_and_thousands():
    assert format_yuan(123456) == "1,234.56"
    assert format_yuan(-5) == "-0.05"
    assert format_yuan(5, sign=True) == "+0.05"


@pytest.mark.parametrize("text", ["", "1.234", "1e3", "NaN", "１２", "1.", ".5", "--1", "9" * 20, "1_000"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError, match=r"amount|digits"):
        parse_yuan(text)


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("１２．５", 1250),
        ("３，０００", 300_000),
        ("￥３，０００．５", 300_050),
        ("12。5", 1250),
        ("1,234.50", 123_450),
        ("－３", -300),
    ],
)
def test_an_amount_is_understood_as_a_chinese_keyboard_gives_it(typed, fen):
    assert typed_yuan(typed) == fen


@pytest.mark.parametrize("typed", ["12,5", "12，5", "1,00", "12.5.0", "¥", ""])
def test_an_amount_that_can_be_read_in_two_ways_is_refused(typed):
    with pytest.raises(ValueError, match=r"amount|digits|comma"):
        typed_yuan(typed)
