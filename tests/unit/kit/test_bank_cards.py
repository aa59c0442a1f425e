"""Cards are told from other accounts by length and prefix, and only theirs are checked."""

from __future__ import annotations

import pytest

from shop.kit.bank_cards import is_card, is_mistyped_card, luhn_digit


@pytest.mark.parametrize("number", ["6222020200112230", "6228480402564890018", "4367420123456789012"])
def test_the_last_digit_of_a_card_checks_the_others(number):
    right = number[:-1] + luhn_digit(number[:-1])
    assert is_card(right)
    assert not is_mistyped_card(right)
    for place in range(len(right) - 1):
        wrong = right[:place] + str((int(right[place]) + 1) % 10) + right[place + 1 :]
        assert is_mistyped_card(wrong) or not is_card(wrong), wrong


def test_the_standards_example_has_its_digit():
    assert luhn_digit("7992739871") == "3"


@pytest.mark.parametrize(
    "number", ["2610051209200012345", "622202", "60299123456789012", "12345678901234567890"]
)
def test_passbooks_and_settlement_accounts_are_not_checked(number):
    assert not is_mistyped_card(number)
