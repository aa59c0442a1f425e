"""Every date of a farmer's money follows from one rule."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.ledger.payouts.rule import PayoutRule

RULE = PayoutRule(day=5, pay_days=7)
days = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@pytest.mark.parametrize(
    ("completed", "closing", "paid_by"),
    [
        (date(2026, 11, 4), date(2026, 11, 5), date(2026, 11, 12)),
        (date(2026, 11, 5), date(2026, 12, 5), date(2026, 12, 12)),
        (date(2026, 12, 31), date(2027, 1, 5), date(2027, 1, 12)),
    ],
)
def test_what_is_received_by_the_evening_before_is_closed_and_paid_in_time(completed, closing, paid_by):
    assert RULE.closing_after(completed) == closing
    assert RULE.paid_by(closing) == paid_by


@given(day=days, of_month=st.integers(1, 28))
def test_each_day_lies_between_two_closings_a_month_apart(day, of_month):
    rule = PayoutRule(of_month, 7)
    newest, following = rule.closed_by(day), rule.closing_after(day)
    assert newest <= day < following
    assert newest.day == following.day == of_month
    assert timedelta(days=28) <= following - newest <= timedelta(days=31)


def test_closed_by_hand_promises_no_day():
    rule = PayoutRule(0, 7)
    assert rule.closing_after(date(2026, 11, 4)) is None
    assert rule.closed_by(date(2026, 11, 4)) is None
