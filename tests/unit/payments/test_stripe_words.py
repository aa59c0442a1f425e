"""Stripe's words in ours, and its signatures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.payments.providers.stripe_words import is_signed, notice_of, read_event, session_state
from tests.fakes.stripe_lab import SECRETS, signed

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def session(**facts):
    return {
        "id": "cs_1",
        "status": "open",
        "payment_status": "unpaid",
        "payment_intent": None,
        "amount_total": 100,
        "currency": "cny",
        **facts,
    }


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({}, "pending"),
        ({"status": "expired"}, "expired"),
        ({"status": "complete", "payment_status": "paid"}, "succeeded"),
        ({"status": "complete", "payment_intent": {"id": "pi", "status": "processing"}}, "pending"),
        (
            {"status": "complete", "payment_intent": {"id": "pi", "status": "requires_payment_method"}},
            "failed",
        ),
        ({"status": "complete", "payment_intent": {"id": "pi", "status": "canceled"}}, "failed"),
        ({"status": "complete", "payment_intent": "pi"}, "pending"),
    ],
)
def test_a_session_says_one_of_four_things(facts, status):
    assert session_state(session(**facts)).status == status


def test_what_was_received_goes_before_what_was_asked():
    intent = {"id": "pi", "status": "succeeded", "amount_received": 90, "currency": "usd"}
    state = session_state(session(status="complete", payment_status="paid", payment_intent=intent))
    assert (state.received_fen, state.currency, state.charge_ref) == (90, "USD", "pi")


def test_a_signature_holds_for_five_minutes_and_for_every_secret():
    for secret in SECRETS:
        headers, body = signed({"a": 1}, NOW, secret=secret)
        header = headers["Stripe-Signature"]
        assert is_signed(header, body, SECRETS, NOW + timedelta(minutes=5))
        assert not is_signed(header, body, SECRETS, NOW + timedelta(minutes=5, seconds=1))
        assert not is_signed(header, body, (), NOW)


@given(st.text(max_size=80), st.binary(max_size=200))
def test_no_header_that_we_did_not_sign_is_ours(header, body):
    assert not is_signed(header, body, SECRETS, NOW)


@given(st.binary(max_size=200))
def test_reading_an_event_never_breaks(body):
    assert read_event(body) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)


@given(
    json_values, st.sampled_from(["checkout.session.completed", "refund.updated", "charge.dispute.created"])
)
def test_reading_a_notice_never_breaks(thing, kind):
    notice_of({"id": "evt", "type": kind, "data": {"object": thing}})
