"""Following parcels through Kuaidi100, over HTTP, against a small server that checks every signature."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from shop.delivery.tracking.base import Followed, ForgedPush, JourneyState, TrackingUnavailable
from shop.delivery.tracking.kuaidi100 import Kuaidi100, Kuaidi100Config
from tests.fakes.kuaidi100_server import CUSTOMER, FakeKuaidi100, fake_kuaidi100

NUMBER = "SF1234567890123"
PARCEL = Followed("sf", NUMBER, "5678")
PUSH = "https://shop.example/tracking/kuaidi100/push"


@pytest.fixture(scope="module")
def server() -> Iterator[FakeKuaidi100]:
    with fake_kuaidi100() as running:
        yield running


@pytest.fixture
def outside(server) -> FakeKuaidi100:
    server.forget()
    server.parcels.clear()
    return server


@pytest.mark.parametrize(
    ("state", "meant"),
    [("0", "on_the_way"), ("5", "out_for_delivery"), ("3", "delivered"), ("2", "trouble"), ("6", "returning"),
     ("14", "trouble"), ("999", "on_the_way")],
)  # fmt: skip
def test_what_the_carrier_says_is_told_in_our_words_and_our_time(outside, state, meant):
    outside.says(NUMBER, state, "2026-11-27 18:00:00", "【西安市】 派件中\n张师傅")
    report = outside.provider().query(PARCEL)
    assert (report.state, report.carrier, report.number) == (JourneyState(meant), "sf", NUMBER)
    assert report.happened_at == datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
    assert report.says == "【西安市】 派件中 张师傅"
    assert outside.tails[NUMBER] == "5678"  # no more of the telephone than that


def test_a_number_that_nobody_scanned_yet_is_no_news(outside):
    assert outside.provider().query(PARCEL) is None


@pytest.mark.parametrize("fault", ["reset_before", "reset_after", "500", "502_html", "429"])
def test_a_service_that_fails_says_nothing_of_the_parcel(outside, fault):
    outside.says(NUMBER, "3", "2026-11-27 18:00:00")
    outside.fault(fault)
    with pytest.raises(TrackingUnavailable):
        outside.provider().query(PARCEL)


def test_an_account_that_is_not_ours_is_heard(outside):
    stranger = Kuaidi100(Kuaidi100Config(CUSTOMER, "another-key", outside.url))
    for ask in (lambda: stranger.query(PARCEL), lambda: stranger.subscribe(PARCEL, PUSH)):
        with pytest.raises(TrackingUnavailable):
            ask()


def test_subscribing_twice_does_no_harm(outside):
    for _ in range(2):
        outside.provider().subscribe(PARCEL, PUSH)


def test_what_is_pushed_is_believed_only_with_the_salt_of_that_parcel(outside):
    outside.says(NUMBER, "3", "2026-11-27 18:00:00", "已签收")
    provider = outside.provider()
    provider.subscribe(PARCEL, PUSH)
    form = outside.push(NUMBER)
    assert provider.read_push(form).state is JourneyState.DELIVERED
    other = {"param": form["param"].replace(NUMBER, "SF1234567890124"), "sign": form["sign"]}
    for forged in (
        other,
        form | {"sign": ""},
        form | {"sign": "é"},
        {"param": form["param"]},
        {},
        {"param": "[" * 9999},
    ):
        with pytest.raises(ForgedPush):
            provider.read_push(forged)


@pytest.mark.parametrize(
    "last",
    [{"data": []}, {"data": None}, {"data": ["x"]}, {"com": "nobody"}, {"data": [{"ftime": "yesterday"}]},
     {"data": [{"ftime": "2999-01-01 00:00:00"}]}],
)  # fmt: skip
def test_a_signed_word_that_says_nothing_is_no_news(outside, last):
    outside.says(NUMBER, "3", "2026-11-27 18:00:00")
    outside.parcels[NUMBER] |= last
    provider = outside.provider()
    provider.subscribe(PARCEL, PUSH)
    assert provider.read_push(outside.push(NUMBER)) is None


def test_it_is_thanked_as_it_wants():
    assert json.loads(Kuaidi100(Kuaidi100Config("c", "k")).accepted())["result"] is True
