from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from shop.catalogue.models import SplitRule
from shop.catalogue.split import split_price

RULE = SplitRule(
    version=1,
    valid_from=datetime(2026, 1, 1, tzinfo=UTC),
    household_bp=7400,
    packing_bp=700,
    freight_bp=600,
    payment_fee_bp=60,
    village_fund_bp=500,
    shop_bp=740,
)


@given(st.integers(min_value=0, max_value=10**12))
def test_the_parts_of_any_price_add_up_to_it_to_the_fen(fen):
    assert split_price(RULE, fen).total == fen


def test_a_round_price_splits_as_the_rule_says():
    parts = split_price(RULE, 10_000)
    assert (parts.household, parts.packing, parts.freight) == (7400, 700, 600)
    assert (parts.payment_fee, parts.village_fund, parts.shop) == (60, 500, 740)


def test_parts_of_two_lines_add_up():
    assert (split_price(RULE, 999) + split_price(RULE, 1)).total == 1000
