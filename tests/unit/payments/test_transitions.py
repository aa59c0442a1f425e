"""Whatever a provider says, in whatever order: money is never counted twice and never lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.kit.transitions import IllegalStep
from shop.payments.models import PaymentStatus, RefundStatus
from shop.payments.transitions import DEAD, PAID, PAYMENTS, REFUNDS

words = st.lists(st.sampled_from(list(PaymentStatus)), max_size=12)
refund_words = st.lists(st.sampled_from(list(RefundStatus)), max_size=12)


def follow(table, state, said):
    """Take each step that is allowed; the others change nothing."""
    path = [state]
    for word in said:
        if table.allows(path[-1], word):
            path.append(table.step(path[-1], word))
    return path


@given(words)
def test_paid_stays_paid(said):
    path = follow(PAYMENTS, PaymentStatus.PENDING, said)
    paid = [state for state in path if state in PAID]
    assert len(paid) <= 1
    assert not paid or path[-1] in PAID


@given(words)
def test_a_payment_is_never_pending_again(said):
    assert PaymentStatus.PENDING not in follow(PAYMENTS, PaymentStatus.PENDING, said)[1:]


@given(words, st.sampled_from(sorted(DEAD)))
def test_money_that_comes_after_the_end_is_always_taken(said, end):
    path = follow(PAYMENTS, end, [word for word in said if word in DEAD])
    assert PAYMENTS.allows(path[-1], PaymentStatus.SUCCEEDED)


@given(refund_words)
def test_a_refund_ends_once(said):
    path = follow(REFUNDS, RefundStatus.REQUESTED, said)
    ends = [state for state in path if not REFUNDS.after(state)]
    assert len(ends) <= 1
    assert not ends or path[-1] is ends[0]


@pytest.mark.parametrize("state", sorted(PAID))
def test_no_step_leads_out_of_paid(state):
    for word in PaymentStatus:
        with pytest.raises(IllegalStep):
            PAYMENTS.step(state, word)
