"""What goes wrong between a shop and a wallet, and the one right end of each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shop.ordering.models import OrderStatus
from shop.payments.cancelling import CancelOutcome
from shop.payments.errors import ForgedNotice, NothingToPay, ProviderUnavailable
from shop.payments.models import PaymentStatus, RefundStatus
from shop.payments.notices import Received
from shop.payments.providers.base import AttemptStatus, Device, ProviderState, Visit
from shop.payments.syncing import settle
from shop.payments.work_list import WorkKind, payment_work
from tests.fakes.alipay_server import OLD_KEY
from tests.fakes.wechat_server import API_KEYS, OLD_PLATFORM

LIN = Visit(Device.WECHAT, payer="openid-of-lin")
PHONE = Visit(Device.PHONE, address="203.0.113.9")
CREATE, QUERY, CLOSE, REFUND = "POST .*/transactions/", "GET .*/out-trade-no/", "/close", "POST .*/refunds"


class WechatSide:
    name, query, close, refund = "wechat", QUERY, CLOSE, REFUND

    def __init__(self, server):
        self.server = server

    def pay(self, attempt):
        self.server.pay(attempt.reference)

    def pay_wrongly(self, attempt):
        self.server.pay(attempt.reference, total=1)

    def notice(self, attempt, **how):
        return self.server.paid_notice(attempt.reference, **how)

    def make_refunds_slow(self):
        self.server.refund_status = "PROCESSING"

    def finish_refund(self, refund):
        self.server.settle_refund(refund.reference, "SUCCESS")

    def refuse_refunds(self):
        self.server.balance_is_low = True


class AlipaySide:
    name, query, close, refund = "alipay", "trade.query", "trade.close", "trade.refund"

    def __init__(self, server):
        self.server = server

    def pay(self, attempt):
        self.server.pay(attempt.redirect_url)

    def pay_wrongly(self, attempt):
        self.server.pay(attempt.redirect_url, total="0.01")

    def notice(self, attempt, **how):
        return {}, self.server.paid_notice(attempt.reference, **how)

    def make_refunds_slow(self):
        self.server.refunds_are_slow = True

    def finish_refund(self, refund):
        self.server.refunds[refund.reference]["is_done"] = True

    def refuse_refunds(self):
        self.server.refunds_are_refused = True


@pytest.fixture
def side(request, wechat, alipay):
    return {"wechat": WechatSide(wechat), "alipay": AlipaySide(alipay)}[request.param]


both = pytest.mark.parametrize("side", ["wechat", "alipay"], indirect=True)


def begin(wallets, side):
    return wallets.start(wallets.order(method=side.name))


# Starting with WeChat; Alipay hears of an attempt only when its buyer comes.


@pytest.mark.parametrize("mode", ["reset_after", "hang_after", "500_after", "unsigned"])
def test_a_lost_answer_leads_to_the_same_order_at_the_next_try(wallets, wechat, mode):
    order_id = wallets.order(method="wechat")
    wechat.fault(mode, CREATE, times=3, seconds=1.2)
    with pytest.raises(ProviderUnavailable):
        wallets.start(order_id)
    wechat.heal()
    attempt = wallets.start(order_id)
    (known,) = wechat.orders.values()
    assert attempt.request["answer"] == known["answer"]
    assert len(wallets.payments(order_id)) == 1


def test_money_for_a_lost_answer_is_found_by_asking(wallets, wechat):
    order_id = wallets.order(method="wechat")
    wechat.fault("reset_after", CREATE, times=3)
    with pytest.raises(ProviderUnavailable):
        wallets.start(order_id)
    wechat.pay(wallets.payments(order_id)[0].reference)
    with pytest.raises(ProviderUnavailable):
        wallets.start(order_id)  # WeChat says that it is paid: no second attempt begins
    wallets.reconcile()
    assert wallets.order_row(order_id).status is OrderStatus.CONFIRMED
    assert len(wallets.payments(order_id)) == 1


@pytest.mark.parametrize("mode", ["500", "503", "429", "502_html", "reset_before"])
def test_a_passing_fault_is_tried_again_at_once(wallets, wechat, mode):
    wechat.fault(mode, CREATE)
    assert wallets.start(wallets.order(method="wechat")).request["answer"]["code_url"]


def test_a_wallet_that_is_down_leaves_the_order_and_its_stock_waiting(wallets, wechat):
    before = wallets.stock()
    order_id = wallets.order(method="wechat")
    wechat.fault("503", times=100)
    with pytest.raises(ProviderUnavailable):
        wallets.start(order_id)
    assert wallets.reconcile().unanswered == 1
    assert wallets.stock() == (before[0] - 1, 1, 0)


def test_an_order_that_never_began_ends_with_its_time_and_frees_its_stock(wallets, wechat):
    before = wallets.stock()
    order_id = wallets.order(method="wechat")
    wechat.fault("reset_before", CREATE, times=3)
    with pytest.raises(ProviderUnavailable):
        wallets.start(order_id)
    wallets.reconcile()
    assert wallets.payments(order_id)[0].status is PaymentStatus.PENDING
    wallets.wait(minutes=33)
    wallets.reconcile()
    assert wallets.payments(order_id)[0].status is PaymentStatus.EXPIRED
    assert wallets.order_row(order_id).status is OrderStatus.CANCELLED
    assert wallets.stock() == before


def test_a_refusal_proves_that_nothing_began(wallets, wechat):
    order_id = wallets.order(method="wechat")
    wallets.providers["wechat"] = wechat.provider(app_id="wx0000000000000000")
    with pytest.raises(ProviderUnavailable):
        wallets.start(order_id)
    (payment,) = wallets.payments(order_id)
    assert (payment.status, payment.failure) == (PaymentStatus.FAILED, "PARAM_ERROR")


def test_a_key_that_wechat_does_not_know_refuses_nothing(wallets, wechat):
    """Our mistake is no word about the order: it stays open until it is mended."""
    order_id = wallets.order(method="wechat")
    wallets.providers["wechat"] = wechat.provider(mchid="1900000999")
    with pytest.raises(ProviderUnavailable):
        wallets.start(order_id)
    assert wallets.payments(order_id)[0].status is PaymentStatus.PENDING


# Devices.


def test_each_device_gets_what_it_can_use(wallets, wechat, alipay):
    order_id = wallets.order(method="wechat")
    on_desk = wallets.start(order_id)
    assert on_desk.request["answer"]["code_url"].startswith("weixin://")
    inside = wallets.start(order_id, visit=LIN)
    call = inside.request["answer"]["call"]
    assert (call["signType"], call["package"][:13]) == ("RSA", "prepay_id=wx" + call["package"][12])
    on_phone = wallets.start(order_id, visit=PHONE)
    assert on_phone.redirect_url.startswith(f"{wechat.url}/pay/h5")
    assert on_phone.redirect_url.endswith("&redirect_url=http%3A%2F%2Fshop.example%2Fpaid")
    in_app = wallets.start(order_id, "alipay", PHONE)
    assert "alipay.trade.wap.pay" in in_app.redirect_url
    statuses = [(payment.status, payment.failure) for payment in wallets.payments(order_id)]
    assert statuses == [(PaymentStatus.EXPIRED, "replaced")] * 3 + [(PaymentStatus.PENDING, "")]
    assert {known["trade_state"] for known in wechat.orders.values()} == {"CLOSED"}


def test_the_same_device_goes_on_with_the_same_attempt(wallets, wechat):
    order_id = wallets.order(method="wechat")
    for visit in (LIN, PHONE, Visit()):
        first, second = (wallets.start(order_id, visit=visit) for _ in range(2))
        assert (first.reference, first.redirect_url) == (second.reference, second.redirect_url)
    other = replace(LIN, payer="openid-of-wang")
    assert wallets.start(order_id, visit=LIN).id != wallets.start(order_id, visit=other).id


def test_a_fresh_address_is_asked_for_whenever_a_phone_comes_back(wallets, wechat):
    order_id = wallets.order(method="wechat")
    wallets.start(order_id, visit=PHONE)
    calls = len(wechat.calls)
    wallets.start(order_id, visit=PHONE)
    assert len(wechat.calls) == calls + 1
    assert wallets.payments(order_id)[0].redirect_url is None


def test_what_a_wallet_had_to_know_of_the_buyer_is_forgotten_with_the_attempt(wallets, wechat):
    order_id = wallets.order(method="wechat")
    inside = wallets.start(order_id, visit=LIN)
    wallets.start(order_id, visit=PHONE)
    first, second = wallets.payments(order_id)
    assert "openid-of-lin" not in str(first.request)
    assert "203.0.113.9" in str(second.request)
    wechat.pay(second.reference)
    wallets.reconcile()
    assert "203.0.113.9" not in str(wallets.payments(order_id)[1].request)
    assert inside.request["private"]


# Hearing of it.


@both
def test_a_notice_confirms_once_however_often_it_comes(wallets, side):
    attempt = begin(wallets, side)
    side.pay(attempt)
    notice = side.notice(attempt)
    assert [wallets.hear(side.name, *notice) for _ in range(3)] == [
        Received.HANDLED,
        Received.REPEATED,
        Received.REPEATED,
    ]
    wallets.hear(side.name, *side.notice(attempt))
    assert wallets.history(attempt.order_id).count("confirmed") == 1
    assert wallets.payments(attempt.order_id)[0].fee_fen > 0


def test_a_notice_may_come_before_the_answer_to_the_order(wallets, wechat):
    order_id = wallets.order(method="wechat")
    wechat.fault("reset_after", CREATE, times=3)
    with pytest.raises(ProviderUnavailable):
        wallets.start(order_id)
    reference = wallets.payments(order_id)[0].reference
    wechat.pay(reference)
    assert wallets.hear("wechat", *wechat.paid_notice(reference)) is Received.HANDLED
    assert wallets.order_row(order_id).status is OrderStatus.CONFIRMED
    with pytest.raises(NothingToPay):
        wallets.start(order_id)


def test_forged_and_stale_notices_of_wechat_do_nothing(wallets, wechat):
    attempt = wallets.start(wallets.order(method="wechat"))
    wechat.pay(attempt.reference)
    headers, body = wechat.paid_notice(attempt.reference)
    thing = wechat.shown(wechat.order(attempt.reference))
    forgeries = [
        ({}, body),
        (headers, body + b" "),
        (headers | {"Wechatpay-Nonce": "other"}, body),
        (headers | {"Wechatpay-Serial": OLD_PLATFORM}, body),
        (headers | {"Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3"}, body),
        (headers | {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]}, body),
        wechat.notice("TRANSACTION.SUCCESS", thing, api_key="x" * 32),
        wechat.notice("TRANSACTION.SUCCESS", thing | {"mchid": "1900000999"}),
        wechat.notice("TRANSACTION.SUCCESS", []),
        wechat.notice("TRANSACTION.SUCCESS", {"mchid": thing["mchid"]}),
    ]
    calls = len(wechat.calls)
    for forged in forgeries:
        with pytest.raises(ForgedNotice):
            wallets.hear("wechat", *forged)
    wallets.wait(minutes=6)
    with pytest.raises(ForgedNotice):
        wallets.hear("wechat", headers, body)
    assert len(wechat.calls) == calls, "an unknown key is no reason to ask anybody"
    assert wallets.payments(attempt.order_id)[0].status is PaymentStatus.PENDING


def test_forged_and_stale_notices_of_alipay_do_nothing(wallets, alipay):
    attempt = wallets.start(wallets.order(method="alipay"))
    alipay.pay(attempt.redirect_url)
    body = alipay.paid_notice(attempt.reference)
    forgeries = [
        body.replace(b"TRADE_SUCCESS", b"TRADE_FINISHED"),
        body.replace(b"RSA2", b"RSA"),
        body + b"&total_amount=1",
        body.partition(b"&sign=")[0],
        alipay.paid_notice(attempt.reference, key="somebody"),
        alipay.paid_notice(attempt.reference, app_id="2021000000000009"),
        alipay.paid_notice(attempt.reference, age=27 * 3600),
    ]
    for forged in forgeries:
        with pytest.raises(ForgedNotice):
            wallets.hear("alipay", {}, forged)
    assert wallets.payments(attempt.order_id)[0].status is PaymentStatus.PENDING
    assert wallets.sync(attempt.id) is PaymentStatus.SUCCEEDED


@pytest.mark.parametrize("how", [{"api_key": API_KEYS[1]}, {"key": OLD_PLATFORM}])
def test_an_old_key_of_wechat_still_opens_while_it_is_rolled(wallets, wechat, how):
    attempt = wallets.start(wallets.order(method="wechat"))
    wechat.pay(attempt.reference)
    assert wallets.hear("wechat", *wechat.paid_notice(attempt.reference, **how)) is Received.HANDLED


def test_an_old_key_of_alipay_is_still_believed_while_it_is_rolled(wallets, alipay):
    attempt = wallets.start(wallets.order(method="alipay"))
    alipay.pay(attempt.redirect_url)
    alipay.key = OLD_KEY
    assert wallets.sync(attempt.id) is PaymentStatus.SUCCEEDED
    notice = alipay.paid_notice(attempt.reference, key=OLD_KEY)
    assert wallets.hear("alipay", {}, notice) is Received.HANDLED


def test_signed_notices_that_are_not_ours_are_ignored(wallets, wechat, alipay):
    attempt = wallets.start(wallets.order(method="wechat"))
    wechat.pay(attempt.reference)
    thing = wechat.shown(wechat.order(attempt.reference)) | {"out_trade_no": "SOMEBODYELSE"}
    assert wallets.hear("wechat", *wechat.notice("TRANSACTION.SUCCESS", thing)) is Received.IGNORED
    assert wallets.hear("wechat", *wechat.notice("PAYSCORE.USER_PAID", thing)) is Received.IGNORED
    other = {"out_trade_no": "X", "trade_no": "1", "trade_status": "TRADE_SUCCESS", "total_amount": "1.00"}
    assert wallets.hear("alipay", {}, alipay.notice(other)) is Received.IGNORED


@both
@pytest.mark.parametrize("mode", ["unsigned", "502_html", "reset_after"])
def test_an_answer_that_cannot_be_believed_says_nothing(wallets, side, mode):
    attempt = begin(wallets, side)
    side.pay(attempt)
    side.server.fault(mode, side.query, times=10)
    with pytest.raises(ProviderUnavailable):
        wallets.sync(attempt.id)
    side.server.heal()
    wallets.reconcile()
    assert wallets.order_row(attempt.order_id).status is OrderStatus.CONFIRMED


# The end of an attempt.


@both
def test_an_attempt_that_nobody_paid_ends_with_its_time(wallets, side):
    before = wallets.stock()
    attempt = begin(wallets, side)
    wallets.wait(minutes=30)
    assert wallets.sync(attempt.id) is PaymentStatus.PENDING
    wallets.wait(minutes=3)
    side.server.skew = 33 * 60
    assert wallets.sync(attempt.id) is PaymentStatus.EXPIRED
    assert wallets.order_row(attempt.order_id).status is OrderStatus.CANCELLED
    assert wallets.stock() == before


@both
def test_late_money_revives_an_order_whose_stock_is_there(wallets, side):
    attempt = begin(wallets, side)
    settle(wallets.unit_of_work, attempt.id, ProviderState(AttemptStatus.EXPIRED), now=wallets.now)
    side.pay(attempt)
    assert wallets.hear(side.name, *side.notice(attempt)) is Received.HANDLED
    assert wallets.order_row(attempt.order_id).status is OrderStatus.CONFIRMED


@both
def test_late_money_for_what_went_to_somebody_else_goes_back_in_full(wallets, side):
    order_id = wallets.order({"eggs": 10}, method=side.name)
    attempt = wallets.start(order_id)
    settle(wallets.unit_of_work, attempt.id, ProviderState(AttemptStatus.EXPIRED), now=wallets.now)
    wallets.order({"eggs": 10}, method=side.name)
    side.pay(attempt)
    wallets.hear(side.name, *side.notice(attempt))
    wallets.reconcile()
    assert wallets.payments(order_id)[0].failure == "sold_out"
    (refund,) = wallets.refunds(order_id)
    assert (refund.status, refund.amount_fen) == (RefundStatus.SUCCEEDED, attempt.amount_fen)


def test_a_page_left_open_at_alipay_while_the_buyer_paid_otherwise_is_found_and_refunded(
    wallets, wechat, alipay
):
    order_id = wallets.order(method="alipay")
    left_open = wallets.start(order_id)
    other = wallets.start(order_id, "wechat")
    wechat.pay(other.reference)
    wallets.sync(other.id)
    wallets.wait(minutes=20)
    wallets.reconcile()
    alipay.pay(left_open.redirect_url)
    wallets.wait(minutes=30)
    wallets.reconcile()
    first, second = wallets.payments(order_id)
    assert (first.status, first.failure) == (PaymentStatus.ORPHANED, "paid_twice")
    assert second.status is PaymentStatus.SUCCEEDED
    wallets.reconcile()
    assert [(refund.payment_id, refund.status) for refund in wallets.refunds(order_id)] == [
        (first.id, RefundStatus.SUCCEEDED)
    ]


@both
def test_a_wrong_amount_is_never_paid_and_goes_back(wallets, side):
    attempt = begin(wallets, side)
    side.pay_wrongly(attempt)
    assert wallets.sync(attempt.id) is PaymentStatus.ORPHANED
    assert wallets.order_row(attempt.order_id).status is OrderStatus.AWAITING_PAYMENT
    work = wallets.read(lambda session: payment_work(session, now=wallets.now)).items
    assert [item.kind for item in work] == [WorkKind.WRONG_AMOUNT]
    wallets.reconcile()
    (refund,) = wallets.refunds(attempt.order_id)
    assert (refund.status, refund.amount_fen) == (RefundStatus.SUCCEEDED, 1)


# Cancelling.


@both
def test_cancelling_closes_the_attempt_and_frees_the_stock(wallets, side):
    before = wallets.stock()
    attempt = begin(wallets, side)
    assert wallets.cancel(attempt.order_id) is CancelOutcome.CANCELLED
    assert wallets.stock() == before


@both
def test_cancelling_what_was_paid_meanwhile_undoes_and_refunds(wallets, side):
    before = wallets.stock()
    attempt = begin(wallets, side)
    side.pay(attempt)
    assert wallets.cancel(attempt.order_id) is CancelOutcome.REFUNDING
    wallets.reconcile()
    assert wallets.order_row(attempt.order_id).refunded_fen == attempt.amount_fen
    assert wallets.stock() == before


@both
def test_cancelling_while_the_wallet_is_down_is_finished_later(wallets, side):
    attempt = begin(wallets, side)
    side.server.fault("503", times=100)
    assert wallets.cancel(attempt.order_id) is CancelOutcome.WAITING
    side.server.heal()
    wallets.reconcile()
    assert wallets.order_row(attempt.order_id).status is OrderStatus.CANCELLED


def test_cancelling_an_order_that_wechat_never_heard_of_leaves_no_room_for_a_late_request(wallets, wechat):
    order_id = wallets.order(method="wechat")
    wechat.fault("reset_before", CREATE, times=3)
    with pytest.raises(ProviderUnavailable):
        wallets.start(order_id)
    assert wallets.cancel(order_id) is CancelOutcome.CANCELLED
    (known,) = wechat.orders.values()
    assert known["trade_state"] == "CLOSED"


def test_an_order_that_is_being_paid_cannot_be_closed_yet(wallets, wechat):
    attempt = wallets.start(wallets.order(method="wechat"))
    wechat.order(attempt.reference)["trade_state"] = "USERPAYING"
    assert wallets.cancel(attempt.order_id) is CancelOutcome.WAITING
    wechat.order(attempt.reference)["trade_state"] = "NOTPAY"
    wechat.pay(attempt.reference)
    wallets.reconcile()
    wallets.reconcile()
    assert wallets.order_row(attempt.order_id).refunded_fen == attempt.amount_fen


# Refunds.


def refunding(wallets, side):
    """A paid order that was cancelled, its refund not yet sent."""
    attempt = begin(wallets, side)
    side.pay(attempt)
    wallets.sync(attempt.id)
    wallets.cancel(attempt.order_id, also_confirmed=True)
    return attempt


def refund_of(wallets, attempt):
    (refund,) = wallets.refunds(attempt.order_id)
    return refund


@both
@pytest.mark.parametrize("mode", ["reset_after", "500_after"])
def test_a_refund_whose_answer_was_lost_is_sent_once(wallets, side, mode):
    attempt = refunding(wallets, side)
    side.server.fault(mode, side.refund, times=3)
    wallets.reconcile()
    assert refund_of(wallets, attempt).status is RefundStatus.REQUESTED
    wallets.reconcile()
    assert refund_of(wallets, attempt).status is RefundStatus.SUCCEEDED
    assert len(side.server.refunds) == 1


@both
def test_a_slow_refund_is_followed_to_its_end(wallets, side):
    attempt = refunding(wallets, side)
    side.make_refunds_slow()
    wallets.reconcile()
    assert refund_of(wallets, attempt).status is RefundStatus.PENDING
    side.finish_refund(refund_of(wallets, attempt))
    wallets.reconcile()
    assert refund_of(wallets, attempt).status is RefundStatus.SUCCEEDED
    assert wallets.order_row(attempt.order_id).refunded_fen == attempt.amount_fen


@both
def test_a_refund_that_the_wallet_refuses_waits_for_a_person(wallets, side):
    attempt = refunding(wallets, side)
    side.refuse_refunds()
    wallets.reconcile()
    assert refund_of(wallets, attempt).status is RefundStatus.FAILED
    (work,) = wallets.read(lambda session: payment_work(session, now=wallets.now)).items
    assert (work.kind, work.detail) == (WorkKind.REFUND_FAILED, refund_of(wallets, attempt).failure)


def test_a_refund_that_hangs_at_wechat_is_shown_to_a_person_and_may_still_arrive(wallets, wechat):
    attempt = refunding(wallets, WechatSide(wechat))
    wechat.refund_status = "PROCESSING"
    wallets.reconcile()
    reference = refund_of(wallets, attempt).reference
    wechat.settle_refund(reference, "ABNORMAL")
    assert wallets.hear("wechat", *wechat.refund_notice(reference)) is Received.HANDLED
    (work,) = wallets.read(lambda session: payment_work(session, now=wallets.now)).items
    assert (work.kind, work.detail) == (WorkKind.REFUND_SLOW, "abnormal")
    wechat.settle_refund(reference, "SUCCESS")
    wallets.hear("wechat", *wechat.refund_notice(reference))
    assert refund_of(wallets, attempt).status is RefundStatus.SUCCEEDED
    assert wallets.read(lambda session: payment_work(session, now=wallets.now)).items == []


def test_a_pending_refund_that_wechat_closes_has_failed(wallets, wechat):
    attempt = refunding(wallets, WechatSide(wechat))
    wechat.refund_status = "PROCESSING"
    wallets.reconcile()
    wechat.settle_refund(refund_of(wallets, attempt).reference, "CLOSED")
    wallets.reconcile()
    refund = refund_of(wallets, attempt)
    assert (refund.status, refund.failure) == (RefundStatus.FAILED, "closed")
    assert wallets.order_row(attempt.order_id).refunded_fen == 0


def test_alipays_notice_settles_our_refund_and_notes_one_made_elsewhere(wallets, alipay):
    attempt = refunding(wallets, AlipaySide(alipay))
    alipay.refunds_are_slow = True
    wallets.reconcile()
    reference = refund_of(wallets, attempt).reference
    wallets.hear("alipay", {}, alipay.refund_notice(attempt.reference, "1.00", reference))
    assert refund_of(wallets, attempt).status is RefundStatus.SUCCEEDED
    assert "refunded_elsewhere" not in wallets.history(attempt.order_id)
    wallets.hear("alipay", {}, alipay.refund_notice(attempt.reference, "1.00", "HZ01RF001"))
    assert "refunded_elsewhere" in wallets.history(attempt.order_id)


def test_without_a_word_of_alipay_the_fee_is_reckoned(wallets, alipay):
    alipay.says_fees = False
    attempt = wallets.start(wallets.order(method="alipay"))
    alipay.pay(attempt.redirect_url)
    wallets.sync(attempt.id)
    assert wallets.payments(attempt.order_id)[0].fee_fen == round(attempt.amount_fen * 0.006)


def test_nothing_secret_or_personal_reaches_the_logs(wallets, wechat, alipay, caplog):
    caplog.set_level("DEBUG")
    order_id = wallets.order(method="wechat")
    for server in (wechat, alipay):
        server.fault("503")
    wechat.pay(wallets.start(order_id, visit=LIN).reference)
    wallets.reconcile()
    attempt = wallets.start(wallets.order(method="alipay"))
    alipay.pay(attempt.redirect_url)
    alipay.fault("unsigned", times=5)
    wallets.reconcile()
    wallets.reconcile()
    for secret in ("PRIVATE KEY", "openid", *API_KEYS, "lin***", "sign="):
        assert secret not in caplog.text
