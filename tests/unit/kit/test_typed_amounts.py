"""What is wrong with a typed number is said in words that help."""

from __future__ import annotations

import pytest

from shop.kit.typed_amounts import (
    BELOW_ZERO,
    NO_AMOUNT,
    NO_WHOLE_NUMBER,
    TOO_FINE,
    TOO_LARGE,
    TOO_MUCH,
    WrongNumber,
    read_fen,
    read_whole_number,
)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("-5", BELOW_ZERO), ("9999999999999999999", TOO_MUCH), ("1000000.01", TOO_MUCH), ("17.001", TOO_FINE),
        ("１７．００１", TOO_FINE), ("abc", NO_AMOUNT), ("12,5", NO_AMOUNT), ("1e3", NO_AMOUNT),
    ],
)  # fmt: skip
def test_a_wrong_amount_says_why(typed, said):
    with pytest.raises(WrongNumber) as wrong:
        read_fen(typed)
    assert wrong.value.message == said


@pytest.mark.parametrize(
    ("typed", "said"),
    [("-5", BELOW_ZERO), ("9" * 19, TOO_LARGE), ("17.001", NO_WHOLE_NUMBER), ("x", NO_WHOLE_NUMBER)],
)
def test_a_wrong_whole_number_says_why(typed, said):
    with pytest.raises(WrongNumber) as wrong:
        read_whole_number(typed)
    assert wrong.value.message == said


def test_right_ones_are_read():
    assert (read_fen("¥1,000.5"), read_fen("0"), read_whole_number("１２")) == (100_050, 0, 12)
