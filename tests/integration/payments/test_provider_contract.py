"""What every provider promises, whoever it is."""

from __future__ import annotations

import pytest

from shop.payments.errors import ForgedNotice
from shop.payments.models import PaymentStatus, RefundStatus
from shop.payments.sandbox.till import Button, press
from tests.integration.payments.conftest import Counter

NAMES = ("sandbox", "stripe")


@pytest.fixture(params=NAMES)
def name(request, lab) -> str:
    return request.param


class Buyer:
    """Presses the buttons of either provider's page."""

    def __init__(self, counter: Counter, lab, name: str) -> None:
        self.counter, self.lab, self.name = counter, lab, name

    def pay(self, token: str) -> None:
        if self.name == "stripe":
            self.lab.pay(token, outcome="paid")
        else:
            self._press(token, Button.SUCCEED)

    def fail(self, token: str) -> None:
        if self.name == "stripe":
            self.lab.pay(token, method="alipay", outcome="processing")
            self.lab.control(f"sessions/{token}/settle", outcome="failed")
        else:
            self._press(token, Button.FAIL)

    def _press(self, token: str, button: Button) -> None:
        self.counter.read(lambda session: press(session, token, button, now=self.counter.now))


@pytest.fixture
def buyer(counter, lab, name) -> Buyer:
    return Buyer(counter, lab, name)


@pytest.fixture
def attempt(counter, name):
    return counter.start(counter.order(method=name))


def test_a_started_attempt_leads_to_a_page_and_is_pending(counter, name, attempt):
    assert attempt.redirect_url
    assert attempt.provider_ref
    assert counter.sync(attempt.id) is PaymentStatus.PENDING


def test_starting_again_leads_to_the_same_page(counter, name, attempt):
    provider = counter.providers[name]
    again = provider.start(attempt, now=counter.now)
    assert (again.provider_ref, again.redirect_url) == (attempt.provider_ref, attempt.redirect_url)


def test_a_paid_attempt_says_how_much_came_and_what_it_cost(counter, name, attempt, buyer):
    buyer.pay(attempt.provider_ref)
    state = counter.providers[name].fetch(attempt, now=counter.now)
    assert (state.status, state.received_fen, state.currency) == ("succeeded", attempt.amount_fen, "CNY")
    assert state.fee_fen > 0
    assert state.charge_ref
    assert state.method


def test_a_failed_attempt_is_dead(counter, name, attempt, buyer):
    buyer.fail(attempt.provider_ref)
    assert counter.providers[name].fetch(attempt, now=counter.now).status == "failed"


def test_a_closed_attempt_cannot_be_paid_any_more(counter, name, attempt, buyer):
    assert counter.providers[name].close(attempt, now=counter.now).status == "expired"
    with pytest.raises(Exception, match=r"409|page"):
        buyer.pay(attempt.provider_ref)


def test_closing_a_paid_attempt_says_that_it_is_paid(counter, name, attempt, buyer):
    buyer.pay(attempt.provider_ref)
    assert counter.providers[name].close(attempt, now=counter.now).status == "succeeded"


def test_a_refund_goes_back_once_however_often_it_is_sent(counter, name, attempt, buyer):
    buyer.pay(attempt.provider_ref)
    counter.sync(attempt.id)
    assert counter.cancel(attempt.order_id, also_confirmed=True) == "refunding"
    counter.reconcile()
    (refund,) = counter.refunds(attempt.order_id)
    assert refund.status is RefundStatus.SUCCEEDED
    counter.reconcile()
    assert len(counter.refunds(attempt.order_id)) == 1


@pytest.mark.parametrize("headers", [{}, {"Stripe-Signature": "é"}, {"Sandbox-Signature": "t=1,v1=é"}])
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"null", b"[" * 100_000])
def test_whatever_a_stranger_sends_is_forged(counter, name, headers, body):
    with pytest.raises(ForgedNotice):
        counter.providers[name].parse_webhook(headers, body, now=counter.now)
