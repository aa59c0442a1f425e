"""Numbers of the tax platform as people type them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from shop.invoicing.documents import judge_document, read_document_number
from shop.invoicing.recording import same_words
from shop.kit.errors import InvalidInput

NOW = datetime(2026, 11, 28, 4, tzinfo=UTC)
NUMBER = "26612000000000000001"
FULL_WIDTH = str.maketrans("0126", "０１２６")


@pytest.mark.parametrize(
    "typed", [NUMBER, "2661 2000 0000 0000 0001", NUMBER.translate(FULL_WIDTH), f" {NUMBER} "]
)
def test_groups_and_full_width_digits_are_the_same_number(typed):
    assert read_document_number(typed) == NUMBER


@pytest.mark.parametrize(
    "typed", ["", NUMBER[:-1], NUMBER + "0", "2661200000000000000O", "-" * 20, "²" * 20 + "x"]
)
def test_anything_but_twenty_digits_is_refused(typed):
    with pytest.raises(InvalidInput):
        read_document_number(typed)


@pytest.mark.parametrize(
    ("number", "day", "field"),
    [
        (NUMBER, None, "issued_on"),
        (NUMBER, date(2026, 11, 29), "issued_on"),
        (NUMBER, date(2020, 1, 1), "issued_on"),
        (NUMBER, date(2025, 12, 31), "document_number"),
    ],
)
def test_number_and_day_have_to_fit(number, day, field):
    assert list(judge_document(number, day, now=NOW)) == [field]
    assert judge_document(NUMBER, date(2026, 11, 28), now=NOW) == {}


def test_titles_are_alike_whatever_the_width_of_their_brackets():
    assert same_words("秦南大学（工会）", "秦南大学 (工会)")
    assert not same_words("秦南大学", "秦北大学")
