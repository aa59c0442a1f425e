"""Amounts in capital numerals: known ones from the bank's rules, and every one can be read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.kit.amount_words import amount_in_words

DIGITS = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
PLACES = {"拾": 10, "佰": 100, "仟": 1_000}
GROUPS = {"万": 10**4, "亿": 10**8}


def read(words):
    """The fen that somebody reads who knows only the numerals and what each place is worth."""
    yuan, part, digit, fen = 0, 0, 0, 0
    for sign in words:
        if sign in DIGITS:
            digit = DIGITS[sign]
        elif sign in PLACES:
            part, digit = part + digit * PLACES[sign], 0
        elif sign in GROUPS:
            here = part + digit
            yuan = (yuan + here) * 10**8 if sign == "亿" and here + yuan else yuan + here * GROUPS[sign]
            part = digit = 0
        elif sign == "元":
            fen, part, digit = (yuan + part + digit) * 100, 0, 0
        elif sign == "角":
            fen, digit = fen + digit * 10, 0
        elif sign == "分":
            fen, digit = fen + digit, 0
    return fen


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (5_436_000, "伍万肆仟叁佰陆拾元整"),
        (140_950, "壹仟肆佰零玖元伍角整"),
        (600_714, "陆仟零柒元壹角肆分"),
        (168_032, "壹仟陆佰捌拾元零叁角贰分"),
        (10_700_053, "壹拾万柒仟元零伍角叁分"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (32_504, "叁佰贰拾伍元零肆分"),
        (10_000_000_100, "壹亿零壹元整"),
        (100_010_000, "壹佰万零壹佰元整"),
        (5, "伍分"),
        (50, "伍角整"),
    ],
)
def test_amounts_of_the_rules(fen, words):
    assert amount_in_words(fen) == words


@given(st.integers(0, 10**14))
def test_what_is_written_is_read_back(fen):
    assert read(amount_in_words(fen)) == fen


@given(st.integers(0, 10**14))
def test_no_two_noughts_stand_together_and_whole_amounts_end_in_zheng(fen):
    words = amount_in_words(fen)
    assert "零零" not in words
    assert words.endswith("整") == (fen % 10 == 0)


@pytest.mark.parametrize("fen", [-1, 10**18])
def test_what_cannot_be_written_is_refused(fen):
    with pytest.raises(ValueError, match="not written in words"):
        amount_in_words(fen)
