import pytest

from shop.kit.tax_numbers import is_tax_number


@pytest.mark.parametrize("number", ["91330106673959654P", "914403001922038216", "91440300708461136T"])
def test_a_real_number_passes(number):
    assert is_tax_number(number)


@pytest.mark.parametrize("place", range(18))
def test_one_wrong_character_is_found(place):
    number = "91440300708461136T"
    wrong = "2" if number[place] == "1" else "1"
    assert not is_tax_number(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", "91440300708461136", "91440300708461136t", "91440300708461136T ", "9144030070846113ＯT"]
)
def test_other_text_is_none(text):
    assert not is_tax_number(text)
