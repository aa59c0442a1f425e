"""A signature says who wrote a notice, not that it makes sense: what cannot be is refused, and nothing is written."""

from __future__ import annotations

import pytest

from shop.payments.errors import ForgedNotice
from shop.payments.models import PaymentStatus
from shop.payments.notices import Received, receive
from shop.payments.sandbox.notices import SIGNATURE_HEADER, signature


@pytest.fixture
def lab(fake_stripe):
    fake_stripe.control("reset")
    return fake_stripe


@pytest.mark.parametrize(
    "wrong",
    [
        '"amount_total": 1e999', '"amount_total": 6800.5', '"amount_total": -1', '"amount_total": true',
        f'"amount_total": 1{"0" * 400}', '"amount_total": [6800]', '"amount_total": "6800"',
        '"amount_total": {"a": NaN}', '"currency": "\\u0000"', '"currency": 7', '"id": "cs\\u0000"', '"id": [1]',
        f'"id": "{"x" * 500}"', '"payment_intent": "\\ud800"', '"payment_intent": {"id": 1e999}',
    ],
)  # fmt: skip
def test_a_signed_event_about_our_order_that_makes_no_sense_is_refused_and_changes_nothing(counter, wrong):
    order_id = counter.order()
    attempt = counter.start(order_id)
    session = f"""{{"object": "checkout.session", "id": "cs_x", "client_reference_id": "{attempt.reference}",
        "status": "complete", "payment_status": "paid", "amount_total": {attempt.amount_fen}, "currency": "cny",
        "payment_intent": "pi_x", {wrong}}}"""
    event = f"""{{"object": "event", "id": "evt_x", "type": "checkout.session.completed",
        "data": {{"object": {session}}}}}"""
    with pytest.raises(ForgedNotice):
        counter.webhook(event.encode())
    assert counter.payments(order_id)[0].status is PaymentStatus.PENDING


@pytest.mark.parametrize(
    "amount", ["1e999", "-1e999", "NaN", "6800.0", "true", '"6800"', "null", "-1", "[1]"]
)
def test_a_signed_notice_of_the_sandbox_that_makes_no_sense_is_refused(counter, amount):
    attempt = counter.start(counter.order(method="sandbox"))
    body = f"""{{"id": "x", "type": "page.paid", "reference": "{attempt.reference}", "token": "x",
        "status": "paid", "amount_fen": {amount}}}""".encode()
    headers = {SIGNATURE_HEADER: signature(body, "secret", int(counter.now.timestamp()))}
    with pytest.raises(ForgedNotice):
        receive(counter.unit_of_work, counter.providers["sandbox"], headers, body, now=counter.now)


def test_a_reference_that_is_not_of_our_making_is_somebody_elses(counter):
    foreign = {"id": "cs_other", "status": "expired", "client_reference_id": "Order no. 7 / 茶"}
    event = {
        "id": "evt_o",
        "object": "event",
        "type": "checkout.session.expired",
        "data": {"object": foreign},
    }
    assert counter.webhook(event) is Received.IGNORED
