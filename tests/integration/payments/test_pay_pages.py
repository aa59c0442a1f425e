"""The pages around paying: each says what is known, works without script, and opens to nobody else."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Seller
from shop.extensions import payment_providers
from shop.kit.clock import utc_now
from shop.ordering.access import guest_key
from shop.ordering.models import Order, OrderStatus
from shop.payments.models import Payment, PaymentStatus
from shop.payments.reconciling import reconcile
from shop.payments.sandbox.models import SandboxSession
from shop.payments.sandbox.notices import SIGNATURE_HEADER, notice_body, signature
from tests import databases
from tests.factories.buying import buy
from tests.factories.people import make_person, sign_in
from tests.factories.small_shop import open_small_shop
from tests.fakes.stripe_lab import fake, signed

WECHAT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 MicroMessenger/8.0.50"
SANDBOX = "http://localhost:8000"


@pytest.fixture(scope="module")
def stripe():
    with fake() as lab:
        yield lab


@pytest.fixture
def settings(database_url, tmp_path, stripe):
    stripe.control("reset")
    return databases.testing_settings(
        tmp_path, database_url, payment_methods=("sandbox", "stripe", "bank_transfer"), stripe_secret_key="sk_test_1",
        stripe_webhook_secrets=("whsec_new", "whsec_old"), stripe_api_base=stripe.url,
    )  # fmt: skip


class Guest:
    """One browser with one order, come by the signed link."""

    def __init__(self, client, app, unit_of_work, engine, method):
        self.client, self.app, self.unit_of_work, self.engine = client, app, unit_of_work, engine
        shop = self.read(partial(open_small_shop, now=utc_now()))
        placed = self.read(lambda session: buy(session, shop, {"tea": 2}, payment_method=method))
        self.number, self.id = placed.number, placed.order_id
        secret = app.extensions["shop.settings"].secret_key
        self.key = guest_key(self.number, [secret], now=utc_now())

    def read(self, work):
        return self.unit_of_work.run(work)

    def path(self, page):
        return f"/orders/{self.number}/{page}"

    def open(self, page, **kwargs):
        return self.client.get(f"{self.path(page)}?key={self.key}&lang=en", **kwargs)

    def order_page(self):
        self.open("pay")
        return self.client.get(f"/orders/{self.number}", headers={"Accept-Language": "en"}).text

    def post(self, page, **form):
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.open("pay").text)
        form |= {"csrf_token": token.group(1)} if token else {}
        return self.client.post(self.path(page), data=form, headers={"Accept-Language": "en"})

    def press(self, address, outcome, origin=SANDBOX):
        page = address.removeprefix(SANDBOX)
        return self.client.post(page, data={"outcome": outcome}, headers={"Origin": origin}, base_url=SANDBOX)

    @property
    def order(self) -> Order:
        return self.read(lambda session: session.get_one(Order, self.id))

    @property
    def payment(self) -> Payment:
        return self.read(
            lambda session: session.scalars(sa.select(Payment).order_by(Payment.id.desc())).first()
        )


@pytest.fixture
def guest(client, app, unit_of_work, engine, request):
    return Guest(client, app, unit_of_work, engine, getattr(request, "param", "sandbox"))


def test_nobody_else_pays_sees_or_cancels_an_order(client, guest, app):
    stranger = app.test_client()
    for page in ("pay", "paid"):
        assert stranger.get(guest.path(page)).status_code == 404
        assert stranger.get(f"{guest.path(page)}?key={'0' * len(guest.key)}").status_code == 404
    own = {"Origin": "http://127.0.0.1:8000"}
    for page in ("pay", "cancel"):
        assert stranger.post(guest.path(page), headers=own).status_code == 400  # no token
        assert stranger.post(guest.path(page)).status_code == 403  # no origin
    assert guest.order.status is OrderStatus.AWAITING_PAYMENT


def test_the_whole_way_through_the_sandbox_and_back(guest):
    to_page = guest.post("pay", payment_method="sandbox")
    assert to_page.status_code == 303
    assert to_page.location.startswith(f"{SANDBOX}/sandbox/sb_")

    page = guest.client.get(to_page.location.removeprefix(SANDBOX), base_url=SANDBOX)
    assert "¥136.00" in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:8000" in policy

    back = guest.press(to_page.location, "succeed")
    assert (back.status_code, back.location) == (303, f"http://127.0.0.1:8000{guest.path('paid')}")
    assert "Paid. Thank you!" in guest.open("paid").text
    assert guest.order.status is OrderStatus.CONFIRMED
    assert guest.payment.fee_fen == 82


def test_a_refused_payment_can_be_tried_again(guest):
    address = guest.post("pay", payment_method="sandbox").location
    guest.press(address, "fail")
    assert "The payment did not work" in guest.open("paid").text
    again = guest.post("pay", payment_method="sandbox")
    assert again.location != address
    guest.press(again.location, "succeed")
    assert "Paid. Thank you!" in guest.open("paid").text


def test_the_empty_basket_leads_back_to_the_order_that_is_not_paid(guest, client, app):
    basket = partial(client.get, "/cart", headers={"Accept-Language": "en"})
    assert guest.number not in basket().text
    guest.post("pay", payment_method="sandbox")
    shown = basket().text
    assert f"Your order {guest.number}" in shown
    assert "held until" in shown
    assert f'href="{guest.path("pay")}"' in shown
    assert guest.number not in app.test_client().get("/cart").text, "a stranger's basket names nobody's order"
    guest.post("cancel")
    assert guest.number not in basket().text


def test_money_that_comes_later_is_not_claimed_before(guest):
    address = guest.post("pay", payment_method="sandbox").location
    guest.press(address, "later")
    back = guest.open("paid").text
    assert "Your payment is on its way" in back
    assert "Paid. Thank you!" not in back
    assert guest.order.status is OrderStatus.AWAITING_PAYMENT

    def a_minute_passes(session: Session) -> None:
        session.execute(sa.update(SandboxSession).values(settles_at=utc_now()))

    guest.read(a_minute_passes)
    with guest.app.app_context():
        reconcile(guest.unit_of_work, payment_providers(), now=utc_now(), everything=True)
    assert guest.order.status is OrderStatus.CONFIRMED


def test_an_order_whose_money_is_on_its_way_does_not_ask_for_it(guest):
    address = guest.post("pay", payment_method="sandbox").location
    assert "Pay ¥136.00" in guest.order_page()
    guest.press(address, "later")
    back, page = guest.open("paid").text, guest.order_page()
    for shown in (back, page):
        assert "Your payment is on its way" in shown
        assert "you need not pay again" in shown
        assert "Pay ¥136.00" not in shown
        assert "I have not paid yet" not in shown
    assert guest.post("cancel").status_code == 303
    for shown in (guest.open("paid").text, guest.order_page()):
        assert "The order is being cancelled" in shown
        assert "Waiting for payment" not in shown
        assert "I have not paid yet" not in shown


def test_the_list_of_orders_says_that_money_is_on_its_way(client, app, unit_of_work, engine):
    owner = make_person(unit_of_work)
    guest = Guest(client, app, unit_of_work, engine, "sandbox")
    address = guest.post("pay", payment_method="sandbox").location
    guest.press(address, "later")
    guest.open("paid")

    def belongs_to_somebody(session: Session) -> None:
        session.execute(sa.update(Order).values(user_id=owner.id))

    guest.read(belongs_to_somebody)
    sign_in(client, owner.email)
    page = client.get("/orders", headers={"Accept-Language": "en"}).text
    assert "Payment on its way" in page
    assert "Waiting for payment" not in page


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_the_sandbox_takes_no_foreign_clicks(guest, origin):
    address = guest.post("pay", payment_method="sandbox").location
    assert guest.press(address, "succeed", origin).status_code == 403
    assert guest.press(address, "everything").status_code == 404
    assert guest.press(f"{SANDBOX}/sandbox/sb_{'0' * 26}", "succeed").status_code == 404


def test_cancelling_ends_the_payment_page_too(guest):
    address = guest.post("pay", payment_method="sandbox").location
    assert guest.post("cancel").status_code == 303
    assert guest.order.status is OrderStatus.CANCELLED
    assert "expired" in guest.client.get(address.removeprefix(SANDBOX) + "?lang=en", base_url=SANDBOX).text
    assert "This order is cancelled" in guest.open("paid").text


@pytest.mark.parametrize("guest", ["stripe"], indirect=True)
def test_stripe_is_reached_and_its_signed_word_confirms(guest, stripe):
    to_page = guest.post("pay")
    assert to_page.location == stripe.sessions()[0]["url"]
    stripe.pay(stripe.sessions()[0]["id"])
    event = stripe.events("checkout.session.completed")[0]
    headers, body = signed(event, utc_now())
    for _ in range(3):
        answer = guest.client.post("/payments/stripe/webhook", data=body, headers=headers)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    assert guest.order.status is OrderStatus.CONFIRMED


@pytest.mark.parametrize("guest", ["stripe"], indirect=True)
def test_when_stripe_does_not_answer_the_buyer_stays_and_may_try_again(guest, stripe):
    stripe.fault("503", times=50)
    answer = guest.post("pay")
    assert (answer.status_code, answer.location) == (303, guest.path("pay"))
    assert "does not answer" in guest.open("pay").text
    stripe.control("faults")
    assert guest.post("pay").location == stripe.sessions()[0]["url"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("stripe", 400), ("sandbox", 400), ("bank_transfer", 400), ("wechat", 404), ("%00", 404)],
)
@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[" * 50_000, b'{"id": "evt_1"}'])
def test_a_stranger_at_the_webhook_is_turned_away(client, path, status, body):
    for headers in (
        {},
        {"Stripe-Signature": "t=1,v1=0"},
        {"Stripe-Signature": "\xe9"},
        {SIGNATURE_HEADER: "t=,v1=\xe9"},
    ):
        answer = client.post(f"/payments/{path}/webhook", data=body, headers=headers)
        assert answer.status_code == status


def test_a_webhook_of_more_than_a_megabyte_is_not_read(client):
    answer = client.post("/payments/stripe/webhook", data=b"x" * 1_100_000)
    assert answer.status_code in {400, 413}


def test_the_sandbox_confirms_by_webhook_as_well(guest):
    address = guest.post("pay", payment_method="sandbox").location
    guest.press(address, "succeed")
    page = guest.read(lambda session: session.scalars(sa.select(SandboxSession)).one())
    body = notice_body(page.token, page.reference, page.status, page.amount_fen)
    secret = guest.app.extensions["shop.settings"].secret_key
    headers = {SIGNATURE_HEADER: signature(body, secret, int(utc_now().timestamp()))}
    assert guest.client.post("/payments/sandbox/webhook", data=body, headers=headers).text == "handled"
    assert guest.client.post("/payments/sandbox/webhook", data=body, headers=headers).text == "repeated"
    assert guest.order.status is OrderStatus.CONFIRMED


def test_a_guest_is_not_offered_a_transfer_and_gets_none(guest):
    page = guest.open("pay").text
    assert 'value="bank_transfer"' not in page
    assert "Bank transfer is for buyers with an account" in page
    answer = guest.post("pay", payment_method="bank_transfer")
    assert answer.location == guest.path("pay")
    assert "Please choose another way to pay" in guest.open("pay").text
    assert guest.read(lambda session: session.scalar(sa.select(sa.func.count()).select_from(Payment))) == 0


@pytest.mark.parametrize("guest", ["bank_transfer"], indirect=True)
def test_a_transfer_is_explained_to_the_fen(guest):
    person = make_person(guest.unit_of_work)
    sign_in(guest.client, person.email)

    def give_account(session: Session) -> None:
        session.get_one(Order, guest.id).user_id = person.id
        seller = session.scalars(sa.select(Seller)).one()
        seller.bank_name, seller.bank_account = "平利农商行", "6217000011112222333"

    guest.read(give_account)
    assert guest.post("pay").location == guest.path("pay")
    page = guest.open("pay").text
    for fact in ("¥136.00", "平利合作社", "平利农商行", "6217000011112222333", guest.payment.reference):
        assert fact in page
    ways = guest.client.get(f"{guest.path('pay')}?other=1&lang=en").text
    assert ways.count('name="payment_method"') == 3
    assert ways.count(">Transfer ¥136.00</button>") == 2
    assert ">Pay ¥136.00</button>" not in ways
    assert "Transfer ¥136.00</a>" in guest.client.get(f"/orders/{guest.number}?lang=en").text


@pytest.mark.parametrize("guest", ["stripe"], indirect=True)
def test_inside_wechat_the_page_says_of_every_way_whether_it_works(guest):
    text = guest.open("pay", headers={"User-Agent": WECHAT}).text
    assert "The demo payment works here." in text
    assert "Bank transfer works here" not in text, "a guest has no account to transfer for"


def test_inside_wechat_the_page_says_what_works_and_how_to_go_on(guest):
    text = guest.open("pay", headers={"User-Agent": WECHAT}).text
    assert "Alipay does not open inside WeChat" in text
    assert f"{guest.path('pay')}?key=" in text
    assert "inside WeChat" not in guest.open("pay").text


def test_an_unknown_method_is_refused(guest):
    assert guest.post("pay", payment_method="gold").status_code == 400
    assert guest.post("pay", payment_method="on_account").status_code == 400


def test_a_paid_order_has_nothing_to_pay(guest):
    address = guest.post("pay", payment_method="sandbox").location
    guest.press(address, "succeed")
    guest.open("paid")
    assert guest.open("pay").status_code == 302
    assert guest.client.post(guest.path("pay")).status_code == 400


def test_a_browser_that_looks_at_the_shop_by_the_sandboxs_name_is_led_back(client):
    walk = {"Sec-Fetch-Mode": "navigate"}
    answer = client.get("/products?q=tea", headers=walk, base_url=SANDBOX)
    assert (answer.status_code, answer.location) == (302, "http://127.0.0.1:8000/products?q=tea")
    assert client.get("/healthz", headers=walk, base_url=SANDBOX).status_code == 200


@pytest.mark.parametrize("public", ["https://shop.example"])
def test_a_shop_without_a_sandbox_has_no_such_page(app, client, public):
    app.extensions["shop.settings"] = replace(
        app.extensions["shop.settings"], payment_methods=("bank_transfer",)
    )
    assert client.get("/sandbox/sb_1").status_code == 404
    assert client.post("/sandbox/sb_1", headers={"Origin": public}).status_code == 404


def test_an_open_page_expires_with_its_time(guest):
    guest.post("pay", payment_method="sandbox")
    guest.read(lambda session: session.execute(sa.update(SandboxSession).values(expires_at=utc_now())))
    assert "This order is cancelled" in guest.open("paid").text
    assert guest.payment.status is PaymentStatus.EXPIRED
