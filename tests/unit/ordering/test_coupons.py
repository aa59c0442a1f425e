"""What a coupon takes off, fen by fen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.catalogue.models import StockState
from shop.ordering.coupons.codes import LENGTH, digest_of, grouped, new_code, normalise, word_of
from shop.ordering.coupons.judging import (
    NO_GOODS,
    OVER,
    OWN_LIMIT,
    TOO_LITTLE,
    USED_UP,
    Offered,
    discount_of,
    judge,
    judge_all,
    paid_of,
)
from shop.ordering.coupons.models import CampaignState, CouponCampaign, CouponKind
from shop.ordering.lines import Line, Part
from shop.payments.refund_limits import LeftLine

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
lines_of_a_basket = st.lists(
    st.tuples(st.integers(1, 500_000), st.integers(1, 200)), min_size=1, max_size=12
).map(lambda pairs: [a_line(number, *pair) for number, pair in enumerate(pairs)])


def a_line(number: int, price_fen: int, quantity: int) -> Line:
    return Line(
        number=number, variant_id=number, product_id=number, seller_id=1, seller_name="", sku=f"s{number}", slug="",
        product_name_zh="", product_name_en="", variant_name_zh="", variant_name_en="", family="", quantity=quantity,
        unit_price_fen=price_fen, net_weight_g=1, gross_weight_g=1, tax_code="", tax_rate_bp=0, tax_exempt=False,
        limit_per_buyer=None, return_exempt=False, ready_hours=48, for_sale=True, stock_state=StockState.AVAILABLE,
        is_bundle=False, parts=(Part(number, 1, price_fen),), hub_id=None,
    )  # fmt: skip


def a_campaign(**changes: object) -> CouponCampaign:
    said = {
        "id": 1, "kind": CouponKind.AMOUNT, "amount_fen": 1_000, "minimum_fen": 0, "budget_fen": 10**9, "spent_fen": 0,
        "used_count": 0, "most_uses": None, "most_per_person": 1, "with_freight": False,
        "state": CampaignState.APPROVED, "starts_at": NOW - timedelta(days=1), "ends_at": NOW + timedelta(days=1),
    }  # fmt: skip
    return CouponCampaign(**(said | changes))


def an_offer(campaign: CouponCampaign | None = None, **changes: object) -> Offered:
    said = {
        "campaign": campaign or a_campaign(), "code_id": 1, "word": None, "code_left": 1, "own_uses": 0,
        "is_voided": False, "is_for_person": True, "owner_is_known": True, "products": None,
    }  # fmt: skip
    return Offered(**(said | changes))


kinds = st.one_of(
    st.integers(1, 10**8).map(lambda fen: {"kind": CouponKind.AMOUNT, "amount_fen": fen}),
    st.tuples(st.integers(1, 99), st.integers(1, 10**7)).map(
        lambda two: {
            "kind": CouponKind.PERCENT, "amount_fen": None, "percent": two[0], "most_fen": two[1],
        }
    ),
)  # fmt: skip


@given(lines_of_a_basket, kinds, st.integers(0, 5_000))
def test_lines_share_the_discount_to_the_fen_and_something_stays_to_pay(lines, kind, freight_fen):
    goods_fen = sum(line.line_fen for line in lines)
    coupons = judge_all([an_offer(a_campaign(**kind))], lines, now=NOW)
    [coupon] = coupons.coupons
    for line in lines:
        assert 0 <= coupon.by_line.get(line.number, 0) <= line.line_fen
    assert 0 <= coupons.goods_off_fen < goods_fen
    assert coupons.to_pay_fen(goods_fen, freight_fen) >= 1
    if kind["kind"] is CouponKind.AMOUNT and kind["amount_fen"] < goods_fen:
        assert coupons.goods_off_fen == kind["amount_fen"]


@given(
    st.integers(1, 100_000),
    st.integers(1, 60),
    st.integers(0, 10**6),
    st.lists(st.integers(1, 9), min_size=1, max_size=60),
)
def test_units_refunded_in_any_pieces_bring_back_what_was_paid_and_no_more(price, quantity, off, pieces):
    line_fen = price * quantity
    discount = min(off, line_fen)
    left, back, sums = quantity, 0, []
    for wanted in pieces:
        units = min(wanted, left)
        if not units:
            break
        line = LeftLine(left, line_fen - discount - sum(sums), price, quantity, discount, back)
        sums.append(line.most_for(units))
        left, back = left - units, back + units
    assert all(fen >= 0 for fen in sums)
    assert sum(sums) <= line_fen - discount
    if not left:
        assert sum(sums) == line_fen - discount


@given(st.integers(1, 10**7), st.integers(0, 10**7), st.lists(st.integers(0, 10**7), max_size=8))
def test_what_was_paid_grows_with_the_goods_to_all_of_the_line(line_fen, off, gone):
    discount = min(off, line_fen)
    paid = [paid_of(line_fen, discount, fen) for fen in sorted(min(one, line_fen) for one in gone)]
    assert paid == sorted(paid)
    assert paid_of(line_fen, discount, line_fen) == line_fen - discount
    assert discount_of(line_fen, discount, 0) == 0


@given(st.integers(0, 100_000), st.one_of(st.none(), st.integers(1, 100_000)))
def test_a_coupon_off_freight_takes_no_more_than_the_freight(freight_fen, most_fen):
    offer = an_offer(a_campaign(kind=CouponKind.FREIGHT, amount_fen=None, most_fen=most_fen))
    off = judge(offer, [a_line(0, 100, 1)], now=NOW).off_freight(freight_fen)
    assert off == min(freight_fen, most_fen if most_fen is not None else freight_fen)


@pytest.mark.parametrize(
    ("offer", "why_not"),
    [
        (an_offer(a_campaign(ends_at=NOW)), OVER),
        (an_offer(a_campaign(starts_at=NOW + timedelta(seconds=1))), OVER),
        (an_offer(a_campaign(state=CampaignState.PAUSED)), OVER),
        (an_offer(a_campaign(state=CampaignState.PROPOSED)), OVER),
        (an_offer(is_voided=True), OVER),
        (an_offer(own_uses=1), OWN_LIMIT),
        (an_offer(code_left=0), USED_UP),
        (an_offer(a_campaign(most_uses=3, used_count=3)), USED_UP),
        (an_offer(a_campaign(budget_fen=999)), USED_UP),
        (an_offer(products={7}), NO_GOODS),
        (an_offer(a_campaign(minimum_fen=6_801)), TOO_LITTLE),
    ],
)
def test_it_takes_off_nothing_and_says_why(offer, why_not):
    coupon = judge(offer, [a_line(0, 6_800, 1)], now=NOW)
    assert (coupon.why_not, coupon.off_fen) == (why_not, 0)


def test_only_the_goods_that_it_is_for_cost_less():
    lines = [a_line(0, 5_000, 1), a_line(1, 300, 1)]
    coupon = judge(an_offer(products={1}), lines, now=NOW)
    assert coupon.by_line == {1: 300}


@pytest.mark.parametrize(
    "typed",
    [
        "welcome",
        " WELCOME ",
        "wel-come",
        "ＷＥＬＣＯＭＥ",
        "wel come",
        "WЕLСОМЕ",
        "we1c0me",
        "WEL\u200bCOME",
        "wel—come",
    ],
)
def test_a_word_is_known_however_it_is_typed(typed):
    assert digest_of(typed) == digest_of("WELCOME")


def test_codes_of_a_batch_have_seventy_five_bits_and_are_read_as_they_are_printed():
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(len(code) == LENGTH == 15 and normalise(grouped(code).lower()) == code for code in codes)
    assert word_of(" Ｗelcome-26 ") == "WELCOME26"
