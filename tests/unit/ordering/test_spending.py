"""Which limits an order goes beyond: pure arithmetic, whatever the amounts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shop.accounts.organisation_models import Span, SpendingLimit
from shop.ordering.approvals.spending import Spent, exceeded

FEN = st.integers(0, 10**9)
LIMITS = st.lists(
    st.builds(SpendingLimit, user_id=st.sampled_from([None, 7]), span=st.sampled_from(Span), limit_fen=FEN),
    max_size=6,
)
SPENT = st.builds(Spent, FEN, FEN, FEN, FEN)


@given(LIMITS, SPENT, FEN)
def test_an_order_needs_nobody_exactly_where_it_fits_into_every_limit(limits, spent, wanted):
    over = exceeded(limits, spent, wanted)
    fits = all(
        spent.by(member=one.user_id is not None, span=one.span) + wanted <= one.limit_fen for one in limits
    )
    assert (over == ()) is fits


@given(LIMITS, SPENT, FEN, FEN)
def test_more_never_needs_fewer_approvals(limits, spent, wanted, more):
    less = {(one.of, one.span, one.limit_fen) for one in exceeded(limits, spent, wanted)}
    assert less <= {(one.of, one.span, one.limit_fen) for one in exceeded(limits, spent, wanted + more)}


def test_what_was_bought_before_counts_for_months_and_years_and_not_for_one_order():
    spent = Spent(own_month_fen=10, own_year_fen=20, month_fen=30, year_fen=40)
    limits = [SpendingLimit(user_id=None, span=span, limit_fen=34) for span in Span]
    assert [(one.span, one.spent_fen) for one in exceeded(limits, spent, 5)] == [("month", 30), ("year", 40)]
    assert [
        one.of for one in exceeded([SpendingLimit(user_id=7, span=Span.MONTH, limit_fen=14)], spent, 5)
    ] == ["member"]
