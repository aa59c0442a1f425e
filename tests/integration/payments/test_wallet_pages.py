"""Paying with a wallet from each kind of device, by the pages a buyer sees."""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa

from shop.kit.clock import utc_now
from shop.ordering.models import OrderStatus
from shop.payments.models import Payment, PaymentStatus
from tests import databases
from tests.integration.payments.test_pay_pages import WECHAT, Guest

PHONE = "Mozilla/5.0 (Linux; Android 14; HarmonyOS) AppleWebKit/537.36 Mobile Safari/537.36"
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140 Safari/537.36"


@pytest.fixture
def merchant() -> dict[str, object]:
    """What is different about the WeChat merchant of a test."""
    return {}


@pytest.fixture
def settings(database_url, tmp_path, wechat, alipay, merchant):
    return databases.testing_settings(
        tmp_path,
        database_url,
        payment_methods=("wechat", "alipay", "sandbox"),
        wechat=wechat.config(**merchant),
        alipay=alipay.config(),
    )


class Buyer(Guest):
    """A guest who has a device."""

    agent = DESKTOP

    def open(self, page, **query):
        params = {"key": self.key, "lang": "en", **query}
        return self.client.get(self.path(page), query_string=params, headers={"User-Agent": self.agent})

    def methods(self):
        return set(re.findall(r'name="payment_method" value="(\w+)"', self.open("pay", other=1).text))

    def pay(self, method):
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.open("pay", other=1).text)
        form = {"payment_method": method, "csrf_token": token[1] if token else ""}
        headers = {"Accept-Language": "en", "User-Agent": self.agent}
        return self.client.post(self.path("pay"), data=form, headers=headers)

    def pay_inside(self, wechat):
        """Press, be sent to WeChat, and come back knowing who one is."""
        self.agent = WECHAT
        return self.come_back(wechat, self.pay("wechat").location)

    def come_back(self, wechat, address, **changes):
        asked = dict(parse_qsl(urlsplit(address).query))
        _, _, headers = wechat.login("/connect/oauth2/authorize", asked)
        back = urlsplit(headers["Location"])
        query = dict(parse_qsl(back.query)) | changes
        return self.client.get(back.path, query_string=query, headers={"User-Agent": self.agent})


@pytest.fixture
def guest(client, app, unit_of_work, engine):
    return Buyer(client, app, unit_of_work, engine, "wechat")


def test_a_computer_shows_a_code_with_everything_a_buyer_checks(guest, wechat):
    answer = guest.pay("wechat")
    assert (answer.status_code, answer.location) == (303, guest.path("pay"))
    page = guest.open("pay").text
    for fact in ("136.00", guest.number, "Time left", 'aria-label="Code for WeChat Pay"', "I have paid"):
        assert fact in page
    assert f'action="{guest.path("paid")}"' in page
    assert guest.methods() == {"wechat", "alipay", "sandbox"}


def test_the_page_asks_and_goes_on_when_the_money_is_there(guest, wechat):
    guest.pay("wechat")
    assert guest.open("paid/state").json == {"waiting": True, "next": guest.path("paid")}
    wechat.pay(guest.payment.reference)
    calls = len(wechat.calls)
    assert guest.open("paid/state").json["waiting"], "WeChat was asked a moment ago"
    assert len(wechat.calls) == calls
    long_ago = utc_now().replace(year=2020)
    guest.read(lambda session: session.execute(sa.update(Payment).values(asked_at=long_ago)))
    assert not guest.open("paid/state").json["waiting"]
    assert "Paid. Thank you!" in guest.open("paid").text


def test_without_script_the_form_asks(guest, wechat):
    guest.pay("wechat")
    wechat.pay(guest.payment.reference)
    assert "Paid. Thank you!" in guest.open("paid").text
    assert guest.order.status is OrderStatus.CONFIRMED


def test_a_stranger_learns_nothing_of_a_payment(app, guest):
    guest.pay("wechat")
    stranger = app.test_client()
    for page in ("paid/state", "pay/wechat"):
        assert stranger.get(guest.path(page)).status_code == 404


def test_a_phone_is_led_to_wechats_app_which_knows_the_shop_by_its_origin(guest, wechat):
    guest.agent = PHONE
    answer = guest.pay("wechat")
    assert answer.location.startswith(f"{wechat.url}/pay/h5")
    assert answer.location.endswith(
        f"redirect_url=http%3A%2F%2F127.0.0.1%3A8000%2Forders%2F{guest.number}%2Fpaid"
    )
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert f" {wechat.url}" in guest.open("pay").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("agent", "method"), [(PHONE, "alipay.trade.wap.pay"), (DESKTOP, "alipay.trade.page.pay")]
)
def test_alipay_is_reached_and_its_notice_confirms_with_the_word_it_waits_for(guest, alipay, agent, method):
    guest.agent = agent
    address = guest.pay("alipay").location
    assert f"method={method}" in address
    alipay.pay(address)
    body = alipay.paid_notice(guest.payment.reference)
    for _ in range(2):
        answer = guest.client.post(
            "/payments/alipay/webhook", data=body, content_type="application/x-www-form-urlencoded"
        )
        assert (answer.status_code, answer.text) == (200, "success")
    assert guest.order.status is OrderStatus.CONFIRMED


def test_wechats_notice_confirms(guest, wechat):
    guest.pay("wechat")
    wechat.pay(guest.payment.reference)
    headers, body = wechat.paid_notice(guest.payment.reference)
    assert guest.client.post("/payments/wechat/webhook", data=body, headers=headers).status_code == 200
    assert guest.client.post("/payments/wechat/webhook", data=body + b" ", headers=headers).status_code == 400
    assert guest.order.status is OrderStatus.CONFIRMED


def test_inside_wechat_its_sheet_opens_for_the_person_wechat_names(guest, wechat):
    answer = guest.pay_inside(wechat)
    assert (answer.status_code, answer.location) == (303, guest.path("pay"))
    page = guest.open("pay").text
    call = json.loads(unescape(re.search(r'data-wechat-call="([^"]+)"', page)[1]))
    assert set(call) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert wechat.order(guest.payment.reference)["request"]["payer"] == {"openid": "openid-of-lin"}
    assert "openid-of-lin" not in page
    assert guest.methods() == {"wechat", "sandbox"}


def test_another_devices_attempt_is_closed_before_a_new_one_begins(guest, wechat):
    guest.pay("wechat")
    first = guest.payment.reference
    guest.pay_inside(wechat)
    assert wechat.order(first)["trade_state"] == "CLOSED"
    assert guest.payment.status is PaymentStatus.PENDING
    guest.agent = DESKTOP
    assert "data-wechat-call" not in guest.open("pay").text


@pytest.mark.parametrize("changes", [{"state": "forged"}, {"state": ""}, {"code": ""}, {"code": "unknown"}])
def test_whoever_was_not_asked_is_not_believed(guest, wechat, changes):
    guest.agent = WECHAT
    answer = guest.come_back(wechat, guest.pay("wechat").location, **changes)
    assert (answer.status_code, answer.location) == (303, guest.path("pay"))
    assert guest.payment is None


def test_an_answer_counts_once_and_only_in_the_session_that_asked(guest, wechat, app):
    guest.agent = WECHAT
    address = guest.pay("wechat").location
    other = Buyer.__new__(Buyer)
    other.client, other.agent = app.test_client(), WECHAT
    other.client.get(guest.path("pay"), query_string={"key": guest.key})
    other.come_back(wechat, address)
    assert guest.payment is None
    guest.come_back(wechat, address)
    begun = guest.payment.id
    guest.come_back(wechat, address)
    assert guest.payment.id == begun


@pytest.mark.parametrize("merchant", [{"app_secret": None}])
def test_without_an_official_account_wechats_browser_is_told_what_works(guest):
    guest.agent = WECHAT
    assert guest.methods() == {"sandbox"}
    page = guest.open("pay").text
    assert "WeChat Pay works on a computer" in page
    assert "Alipay does not open inside WeChat" in page
    guest.agent = PHONE
    assert guest.methods() == {"wechat", "alipay", "sandbox"}


@pytest.mark.parametrize("merchant", [{"has_h5": False}])
def test_without_the_right_to_h5_a_phone_is_told_where_wechat_pay_works(guest):
    guest.agent = PHONE
    assert guest.methods() == {"alipay", "sandbox"}
    assert "open this page inside WeChat or on a computer" in guest.open("pay").text


def test_when_wechat_is_down_the_buyer_stays_and_may_try_again(guest, wechat):
    wechat.fault("503", times=50)
    assert guest.pay("wechat").location == guest.path("pay")
    assert "does not answer" in guest.open("pay").text
    wechat.heal()
    guest.pay("wechat")
    assert "Code for WeChat Pay" in guest.open("pay").text
