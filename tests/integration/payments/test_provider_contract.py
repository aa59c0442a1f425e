"""What every provider promises, whoever it is."""

from __future__ import annotations

from itertools import product

import pytest

from shop.payments.errors import ForgedNotice
from shop.payments.models import PaymentStatus, RefundStatus
from shop.payments.providers.base import Attempt
from shop.payments.sandbox.till import Button, press
from tests.fakes.alipay_server import FakeAlipay
from tests.fakes.stripe_lab import StripeLab
from tests.fakes.wechat_server import PLATFORM, FakeWechat
from tests.integration.payments.conftest import Counter, open_counter

KINDS = ("sandbox", "stripe-fake", "stripe-double", "wechat", "alipay")


class SandboxBuyer:
    """Presses the buttons of the sandbox's page."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter

    def pay(self, attempt: Attempt) -> None:
        self._press(attempt, Button.SUCCEED)

    def fail(self, attempt: Attempt) -> None:
        self._press(attempt, Button.FAIL)

    def _press(self, attempt: Attempt, button: Button) -> None:
        self.counter.read(lambda session: press(session, attempt.provider_ref, button, now=self.counter.now))


class StripeBuyer:
    def __init__(self, lab: StripeLab) -> None:
        self.lab = lab

    def pay(self, attempt: Attempt) -> None:
        self.lab.pay(attempt.provider_ref, outcome="paid")

    def fail(self, attempt: Attempt) -> None:
        self.lab.pay(attempt.provider_ref, method="alipay", outcome="processing")
        self.lab.control(f"sessions/{attempt.provider_ref}/settle", outcome="failed")


class WechatBuyer:
    def __init__(self, server: FakeWechat) -> None:
        self.server = server

    def pay(self, attempt: Attempt) -> None:
        self.server.pay(attempt.reference)


class AlipayBuyer:
    """Signs in at the cashier's page at once, as most do."""

    def __init__(self, server: FakeAlipay) -> None:
        self.server = server

    def open(self, attempt: Attempt) -> None:
        self.server.open(attempt.redirect_url)

    def pay(self, attempt: Attempt) -> None:
        self.server.pay(attempt.redirect_url)


@pytest.fixture(params=KINDS)
def kind(request) -> str:
    return request.param


@pytest.fixture
def name(kind) -> str:
    return kind.partition("-")[0]


@pytest.fixture
def outside(kind, request):
    """The provider's server."""
    if kind == "sandbox":
        return None
    server = request.getfixturevalue(
        {"stripe-fake": "fake_stripe", "stripe-double": "double_stripe"}.get(kind, f"{kind}_server")
    )
    if kind in {"wechat", "alipay"}:
        server.forget()
    else:
        server.control("reset")
    return server


@pytest.fixture
def counter(kind, name, outside, unit_of_work, small_shop):
    """That which sells through this provider."""
    provider = getattr(outside, "provider", None)
    providers = {name: provider() if kind in {"wechat", "alipay"} else provider} if provider else {}
    yield from open_counter(unit_of_work, providers, small_shop)


@pytest.fixture
def buyer(counter, kind, outside):
    buyers = {"sandbox": lambda _: SandboxBuyer(counter), "wechat": WechatBuyer, "alipay": AlipayBuyer}
    return buyers.get(kind, StripeBuyer)(outside)


@pytest.fixture
def attempt(counter, name):
    return counter.start(counter.order(method=name))


def test_a_started_attempt_leads_to_a_page_and_is_pending(counter, name, attempt):
    assert attempt.redirect_url or attempt.request["answer"]
    assert attempt.provider_ref
    assert counter.sync(attempt.id) is PaymentStatus.PENDING


def test_starting_again_leads_to_the_same_page(counter, name, attempt):
    provider = counter.providers[name]
    again = provider.start(attempt, now=counter.now)
    assert (again.provider_ref, again.redirect_url) == (attempt.provider_ref, attempt.redirect_url)
    assert again.answer == attempt.request.get("answer")


def test_a_paid_attempt_says_how_much_came_and_what_it_cost(counter, name, attempt, buyer):
    buyer.pay(attempt)
    state = counter.providers[name].fetch(attempt, now=counter.now)
    assert (state.status, state.received_fen, state.currency) == ("succeeded", attempt.amount_fen, "CNY")
    assert state.fee_fen > 0
    assert state.charge_ref
    assert state.method


@pytest.mark.parametrize("kind", ["sandbox", "stripe-fake", "stripe-double"], indirect=True)
def test_a_failed_attempt_is_dead(counter, name, attempt, buyer):
    buyer.fail(attempt)
    assert counter.providers[name].fetch(attempt, now=counter.now).status == "failed"


def test_a_closed_attempt_cannot_be_paid_any_more(counter, name, attempt, buyer):
    if name == "alipay":
        buyer.open(attempt)
    assert counter.providers[name].close(attempt, now=counter.now).status == "expired"
    with pytest.raises(Exception, match=r"409|page"):
        buyer.pay(attempt)


def test_closing_a_paid_attempt_says_that_it_is_paid(counter, name, attempt, buyer):
    buyer.pay(attempt)
    assert counter.providers[name].close(attempt, now=counter.now).status == "succeeded"


def test_a_refund_goes_back_once_however_often_it_is_sent(counter, name, attempt, buyer):
    buyer.pay(attempt)
    counter.sync(attempt.id)
    assert counter.cancel(attempt.order_id, also_confirmed=True) == "refunding"
    counter.reconcile()
    (refund,) = counter.refunds(attempt.order_id)
    assert refund.status is RefundStatus.SUCCEEDED
    counter.reconcile()
    assert len(counter.refunds(attempt.order_id)) == 1


STRANGE_HEADERS = (
    {},
    {"Stripe-Signature": "é"},
    {"Sandbox-Signature": "t=1,v1=é"},
    {"Wechatpay-Signature": "é", "Wechatpay-Serial": PLATFORM, "Wechatpay-Timestamp": "1"},
    {"Wechatpay-Signature": "aa", "Wechatpay-Serial": "zz", "Wechatpay-Timestamp": "²"},
)
STRANGE_BODIES = (
    *(b"", b"{", b"\xff\xfe", b"null", b"[" * 100_000),
    *(b"sign=%C3%A9", b"sign=a&sign_type=RSA", b"a=1&" * 200 + b"sign=b"),
)


def test_whatever_a_stranger_sends_is_forged(counter, name):
    for headers, body in product(STRANGE_HEADERS, STRANGE_BODIES):
        with pytest.raises(ForgedNotice):
            counter.providers[name].parse_webhook(headers, body, now=counter.now)
