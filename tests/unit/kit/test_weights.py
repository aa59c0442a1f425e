from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.kit.typed_amounts import WrongNumber
from shop.kit.weights import plain_jin, read_jin


@pytest.mark.parametrize(
    ("typed", "grams"),
    [("12.5", 6250), ("１２．５", 6250), ("3", 1500), ("0.01", 5), (" 8 斤", 4000), ("1,200", 600_000)],
)
def test_a_weight_in_jin_is_read_as_people_type_it(typed, grams):
    assert read_jin(typed) == grams


@pytest.mark.parametrize("typed", ["", "-1", "1.234", "1e3", "五斤", "12,5", "1/2", "999999", "..", "1."])
def test_what_is_no_weight_is_refused(typed):
    with pytest.raises(WrongNumber):
        read_jin(typed)


@given(st.integers(0, 2_000_000))
def test_what_is_written_is_read_back(hundredths):
    grams = hundredths * 5
    assert read_jin(plain_jin(grams)) == grams


def test_a_counter_entry_is_written_with_its_minus():
    assert plain_jin(-6250) == "-12.5"
