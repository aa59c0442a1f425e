"""What every provider of waybills must keep to, and how Kuaidi100's answers over HTTP are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from shop.delivery.carriers import CARRIERS, check_tracking_number
from shop.delivery.waybills.base import (
    Party,
    Refusal,
    WaybillProvider,
    WaybillRefused,
    WaybillRequest,
    WaybillToCancel,
    WaybillUnavailable,
)
from shop.delivery.waybills.kuaidi100 import Kuaidi100WaybillConfig, Kuaidi100Waybills
from shop.delivery.waybills.pretended import PretendedWaybills
from tests.fakes.waybill_server import ACCOUNTS, KEY, FakeWaybills, fake_waybills

REQUEST = WaybillRequest(
    reference="AB2C3D4E5F-1",
    carrier="sf",
    sender=Party("磨沟村集货点", "09158420001", "陕西省安康市平利县城关镇磨沟村"),
    recipient=Party("林老师", "13800138000", "陕西省西安市碑林区友谊西路1号"),
    contents="绿茶 250g",
    weight_g=1200,
    remark="261129-0001",
)


@pytest.fixture(scope="module")
def server() -> Iterator[FakeWaybills]:
    with fake_waybills() as running:
        yield running


@pytest.fixture
def outside(server) -> FakeWaybills:
    server.forget()
    server.clear()
    return server


@pytest.fixture(params=["kuaidi100", "pretended"])
def provider(request, outside) -> WaybillProvider:
    return outside.provider() if request.param == "kuaidi100" else PretendedWaybills()


def to_cancel(number: str) -> WaybillToCancel:
    return WaybillToCancel("sf", number, "01745833873064PT1bzn")


def test_one_reference_has_one_waybill_and_another_reference_another(provider):
    first = provider.ask(REQUEST)
    assert provider.ask(REQUEST) == first
    assert provider.ask(replace(REQUEST, reference="AB2C3D4E5F-2")).number != first.number
    assert check_tracking_number("sf", first.number) == first.number
    assert first.route_code
    assert first.hub
    for _again in range(2):
        provider.cancel(to_cancel(first.number))


def test_pretended_numbers_are_such_as_the_carrier_gives():
    for carrier in CARRIERS:
        number = PretendedWaybills().ask(replace(REQUEST, carrier=carrier)).number
        assert check_tracking_number(carrier, number) == number


def test_a_carrier_is_told_what_it_needs_and_the_sorter_reads_what_it_said(outside):
    issued = outside.provider().ask(REQUEST)
    assert (issued.route_code, issued.hub) == ("710 R702-00 026", "西安转运中心")
    asked = outside.orders[REQUEST.reference]
    assert asked["recMan"] == {
        "name": "林老师", "mobile": "13800138000", "printAddr": "陕西省西安市碑林区友谊西路1号",
    }  # fmt: skip
    assert (asked["kuaidicom"], asked["partnerId"], asked["weight"]) == ("shunfeng", "7551234567", "1.200")
    assert (asked["printType"], asked["reorder"]) == ("NON", False)


@pytest.mark.parametrize("fault", ["reset_before", "reset_after", "500", "500_after", "502_html", "429"])
def test_an_answer_that_is_lost_is_asked_for_again_and_gives_one_waybill(outside, fault):
    outside.fault(fault)
    with pytest.raises(WaybillUnavailable) as lost:
        outside.provider().ask(REQUEST)
    assert "13800138000" not in str(lost.value)
    number = outside.provider().ask(REQUEST).number
    assert list(outside.given.values()) == [number]
    outside.fault(fault)
    with pytest.raises(WaybillUnavailable):
        outside.provider().cancel(to_cancel(number))
    outside.provider().cancel(to_cancel(number))
    assert outside.cancelled == [number]


def test_who_does_not_answer_in_time_is_left(outside, monkeypatch):
    monkeypatch.setattr("shop.delivery.waybills.kuaidi100.TIME_LIMITS", (0.2, 0.2))
    outside.fault("hang_after", seconds=0.6)
    with pytest.raises(WaybillUnavailable):
        outside.provider().ask(REQUEST)


@pytest.mark.parametrize(
    ("code", "message", "reason"),
    [(30001, "收件人地址不完整", "address"), (30002, "验证签名失败", "account"), (30003, "账号信息不正确", "account"),
     (30004, "账号单量不足", "credit"), (30010, "订单号重复", "no_number"), (30005, "该地区不派送", "carrier")],
)  # fmt: skip
def test_a_refusal_says_why_in_our_words_and_in_the_carriers(outside, code, message, reason):
    outside.refuse(code, message)
    with pytest.raises(WaybillRefused) as refused:
        outside.provider().ask(REQUEST)
    assert (refused.value.reason, refused.value.says) == (Refusal(reason), message)


@pytest.mark.parametrize(
    ("code", "message"), [(-1, "服务器错误"), (500, "服务器错误"), (30005, "请求快递公司超时，请稍后再试"), (30005, "请求过于频繁")]
)  # fmt: skip
def test_not_now_is_no_refusal(outside, code, message):
    outside.refuse(code, message)
    with pytest.raises(WaybillUnavailable):
        outside.provider().ask(REQUEST)


def test_an_answer_without_a_number_or_with_none_that_can_be_one_is_not_believed(outside):
    outside.extras = {"kuaidinum": ""}
    with pytest.raises(WaybillRefused) as refused:
        outside.provider().ask(REQUEST)
    assert refused.value.reason is Refusal.NO_NUMBER
    outside.extras = {"kuaidinum": "<script>"}
    with pytest.raises(WaybillUnavailable):
        outside.provider().ask(REQUEST)


def test_an_account_that_is_not_ours_or_not_there_is_said(outside):
    stranger = Kuaidi100Waybills(Kuaidi100WaybillConfig(KEY, "another", ACCOUNTS, outside.url))
    for ask in (
        lambda: stranger.ask(REQUEST),
        lambda: outside.provider().ask(replace(REQUEST, carrier="yto")),
    ):
        with pytest.raises(WaybillRefused) as refused:
            ask()
        assert refused.value.reason is Refusal.ACCOUNT
