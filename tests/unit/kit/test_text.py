from __future__ import annotations

from datetime import date
from enum import StrEnum

import pytest

from shop.kit.errors import InvalidInput, NotFound, TooMany
from shop.kit.text import (
    form_number,
    form_numbers,
    like_pattern,
    normalise_digits,
    safe_cell,
    tidy,
    tidy_lines,
    typed_number,
    whole_number,
)
from shop.kit.transitions import IllegalStep, Transitions


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    DEAD = "dead"


LIGHTS = Transitions({Light.RED: {Light.GREEN}, Light.GREEN: {Light.RED, Light.DEAD}, Light.DEAD: set()})


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "　＝1", "＠x", "|cmd", "\u200b=1"],
)
def test_no_spreadsheet_takes_text_for_a_formula(text):
    assert safe_cell(text).startswith("'")


def test_numbers_dates_and_plain_text_stay_what_they_are():
    assert safe_cell(-5) == -5
    assert safe_cell(date(2026, 1, 1)) == date(2026, 1, 1)
    assert safe_cell("绿茶 250 克") == "绿茶 250 克"
    assert safe_cell(None) is None


@pytest.mark.parametrize("text", ["-1", "0.5", "1e3", "NaN", "９", "²", "1_0", "9" * 400, "", "0x1", "+1"])
def test_only_plain_digits_are_a_whole_number(text):
    with pytest.raises(ValueError, match="whole"):
        whole_number(text)


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.5", " 7", "９", "²", "٣", "1_0", "9" * 16, "9" * 400])
def test_what_no_row_can_have_is_no_number_of_a_form(text):
    assert form_number(text) is None


def test_a_form_names_rows_in_its_order_and_pages_with_few_digits():
    assert form_number("9" * 15) == 10**15 - 1
    assert form_number("99999", digits=5) == 99_999
    assert form_number("100000", digits=5) is None
    assert form_numbers(["3", "x", "", "1", "9" * 20, "3"]) == [3, 1, 3]


def test_full_width_digits_can_be_made_plain_first():
    assert whole_number(normalise_digits(" １２ ")) == 12


@pytest.mark.parametrize(
    ("typed", "number"),
    [("３，０００", 3000), ("3,000", 3000), (" １２　", 12), ("1,234,567", 1_234_567), ("40", 40)],
)
def test_a_whole_number_is_understood_as_a_chinese_keyboard_gives_it(typed, number):
    assert typed_number(typed) == number


@pytest.mark.parametrize(
    "typed", ["3,00", "12,5", "1,2345", "1，234，5", ",300", "１２．５", "-1", "", "1,,000", "①"]
)
def test_a_comma_that_is_none_between_thousands_makes_no_number(typed):
    with pytest.raises(ValueError, match="whole"):
        typed_number(typed)


def test_typed_text_is_tidied():
    assert tidy(" a\u0000b \r\n c\u202e ") == "ab c"
    assert tidy_lines(" a \n\n b ") == "a\n\nb"
    assert like_pattern("50%_\\") == "50\\%\\_\\\\"


def test_states_follow_only_as_the_table_says():
    assert LIGHTS.step(Light.RED, Light.GREEN) is Light.GREEN
    assert not LIGHTS.after(Light.DEAD)
    with pytest.raises(IllegalStep):
        LIGHTS.step(Light.DEAD, Light.RED)
    with pytest.raises(ValueError, match="without a row"):
        Transitions({Light.RED: {Light.GREEN}})


def test_errors_speak_with_their_facts():
    assert str(NotFound("No %(thing)s here.", thing="tea")) == "No tea here."
    assert str(NotFound("100 % gone")) == "100 % gone"
    assert InvalidInput("Too short.", field="name").errors == {"name": "Too short."}
    assert TooMany(retry_after=7).retry_after == 7
