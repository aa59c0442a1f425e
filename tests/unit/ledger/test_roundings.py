"""The fen that units leave over, in a sale that is divided again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shop.catalogue.models import SplitRule
from shop.inventory.allocation import Share
from shop.kit.money import split
from shop.ledger.models import Account
from shop.ledger.sales import SoldLine, SoldUnits, sale_credits

RULE = SplitRule(
    household_bp=7600, packing_bp=800, freight_bp=700, payment_fee_bp=100, village_fund_bp=500, shop_bp=300
)


def credits_of(line_fen: int, household_fen: int) -> dict[Account, int]:
    """Of a line of one lot whose units still earn `household_fen`."""
    line = SoldLine(1, line_fen, [SoldUnits(1, 1, 1, household_fen, [Share(7, 10_000)])])
    sums: dict[Account, int] = {}
    for place, fen in sale_credits(RULE, [line], 0, {7: 1}).items():
        sums[place.account] = sums.get(place.account, 0) - fen
    return sums


def test_what_the_households_part_leaves_over_is_posted_by_itself():
    sums = credits_of(10_000, 7599)
    assert (sums[Account.HOUSEHOLD_PAYABLE], sums[Account.ROUNDING], sums[Account.SHOP_INCOME]) == (
        7599,
        1,
        300,
    )


def test_what_units_earned_too_much_is_taken_from_it():
    sums = credits_of(10_000, 7601)
    assert (sums[Account.ROUNDING], sums[Account.SHOP_INCOME]) == (-1, 300)


def test_a_sale_that_leaves_nothing_over_says_nothing_of_it():
    assert credits_of(10_000, 7600)[Account.ROUNDING] == 0


@given(price=st.integers(1, 60_000), units=st.integers(1, 40), left=st.integers(1, 40))
def test_a_line_of_which_units_left_still_adds_up_and_the_shops_income_is_its_part_alone(price, units, left):
    left = min(left, units)
    earned = split(split(price * units, [7600, 2400])[0], [left, units - left])[0]
    sums = credits_of(price * left, earned)
    assert sum(sums.values()) == price * left
    assert abs(sums[Account.SHOP_INCOME] * 10_000 - price * left * RULE.shop_bp) < 10_000
    assert abs(sums[Account.ROUNDING]) <= 2
