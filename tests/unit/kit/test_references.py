from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.kit.references import ALPHABET, decode, encode, normalise_code, random_code, sign_code, verify_code


@given(st.integers(0, 32**8 - 1))
def test_numbers_come_back_from_their_code(number):
    assert decode(encode(number, 8)) == number


def test_a_number_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="fit"):
        encode(32, 1)


def test_random_codes_use_only_letters_that_cannot_be_confused():
    code = random_code(2000)
    assert set(code) <= set(ALPHABET)
    assert not set("ILOU") & set(code)


def test_typed_codes_are_repaired():
    assert normalise_code(" ab1o-li ") == "AB1011"


def test_a_signed_code_opens_under_old_keys_too_and_only_for_its_purpose():
    code = sign_code("1ABC", "old", purpose="trace")
    assert verify_code(code, ["new", "old"], purpose="trace") == "1ABC"
    assert verify_code(code, ["new"], purpose="trace") is None
    assert verify_code(code, ["old"], purpose="pickup") is None


@pytest.mark.parametrize(
    "forged", ["", "X", "1ABCé0000000", "2ABC" + sign_code("1ABC", "k", purpose="t")[4:]]
)
def test_a_forged_code_opens_nothing(forged):
    assert verify_code(forged, ["k"], purpose="t") is None
