"""Parcels that their carrier speaks of: asked for in turn, told by push, late ones on a list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.delivery.models import CalendarKind, CalendarSpan
from shop.delivery.tracking.base import JourneyState
from shop.fulfilment.following import follow_parcels
from shop.fulfilment.late_parcels import late_parcels
from shop.fulfilment.models import Parcel, ParcelJourney, ParcelStatus
from shop.fulfilment.reach import WORKER, Reach
from shop.fulfilment.shipping import Consignment, ship_parcels
from shop.fulfilment.taking_back import undo_ship
from shop.kit.clock import in_shanghai, shanghai_date
from shop.ordering.models import OrderEvent
from tests.factories.counting import counted_statements
from tests.factories.trade import open_for_trade
from tests.fakes.kuaidi100_server import FakeKuaidi100, fake_kuaidi100

PUSH = "http://127.0.0.1:8000/tracking/kuaidi100/push"


@pytest.fixture(scope="module")
def server() -> Iterator[FakeKuaidi100]:
    with fake_kuaidi100() as running:
        yield running


@pytest.fixture
def outside(server) -> FakeKuaidi100:
    server.forget()
    server.parcels.clear()
    return server


@pytest.fixture
def trade(session, unit_of_work):
    trade = open_for_trade(session, unit_of_work)
    session.commit()
    return trade


@pytest.fixture
def parcel(trade) -> Parcel:
    """On its way with a courier."""
    order_id = trade.sell({"tea": 2}, courier=True)
    trade.ready(order_id)
    trade.ship(order_id)
    return trade.parcels(order_id)[0]


@pytest.fixture
def follow(trade, outside, unit_of_work):
    def _follow(**later):
        now = trade.now + timedelta(**later)
        return follow_parcels(unit_of_work, outside.provider(), push_url=PUSH, now=now)

    return _follow


def written(trade, **later) -> str:
    return in_shanghai(trade.now + timedelta(**later)).strftime("%Y-%m-%d %H:%M:%S")


def journey(trade, parcel) -> ParcelJourney:
    return trade.run(lambda session: session.get_one(ParcelJourney, parcel.id))


def as_it_is(trade, parcel) -> Parcel:
    return trade.parcels(parcel.order_id)[0]


def test_a_parcel_is_subscribed_once_and_delivered_when_its_carrier_says_so(trade, parcel, follow, outside):
    assert follow(minutes=5) == 0
    assert outside.calls == []  # nobody has scanned it yet
    outside.says(parcel.tracking_number, "0", written(trade), "已揽收")
    assert follow(minutes=40) == 1
    assert (journey(trade, parcel).state, journey(trade, parcel).says) == (JourneyState.ON_THE_WAY, "已揽收")
    assert follow(minutes=50) == 0  # its next turn is later
    outside.says(parcel.tracking_number, "3", written(trade, hours=1), "已签收")
    trade.now += timedelta(hours=20)
    assert follow() == 1
    assert outside.calls == ["/poll", "/poll/query.do", "/poll/query.do"]
    assert as_it_is(trade, parcel).status is ParcelStatus.DELIVERED
    assert as_it_is(trade, parcel).delivered_at < trade.now - timedelta(hours=10)  # as the carrier says
    kinds = trade.run(
        lambda s: list(s.scalars(sa.select(OrderEvent.kind).where(OrderEvent.order_id == parcel.order_id)))
    )
    assert kinds.count("parcel_delivered") == 1
    assert trade.violations() == []


def test_older_news_and_news_of_another_parcel_change_nothing(trade, parcel, follow, outside):
    outside.says(parcel.tracking_number, "5", written(trade, minutes=20), "派件中")
    follow(minutes=40)
    outside.says(parcel.tracking_number, "0", written(trade), "已揽收")
    assert follow(days=1) == 0
    assert journey(trade, parcel).says == "派件中"
    outside.says(parcel.tracking_number, "3", written(trade, hours=1), com="yuantong")
    assert follow(days=2) == 0
    assert as_it_is(trade, parcel).status is ParcelStatus.SHIPPED


def test_a_service_that_is_down_is_left_alone_and_asked_again(trade, follow, outside):
    for _ in range(5):
        order_id = trade.sell({"tea": 1}, courier=True)
        trade.ready(order_id)
        trade.ship(order_id)
    outside.fault("503", times=99)
    assert follow(hours=1) == 0
    assert len(outside.calls) == 3  # then it is left in peace
    outside.heal()
    assert follow(days=1) == 0
    assert outside.calls.count("/poll/query.do") == 5


def test_another_number_begins_a_journey_of_its_own_and_no_number_ends_it(trade, parcel, follow, outside):
    outside.says(parcel.tracking_number, "2", written(trade), "地址不详")
    follow(minutes=40)
    line = Consignment(parcel.code, "sf", "SF9999999999999")
    trade.run(lambda s: ship_parcels(s, [line], by=WORKER, now=trade.now))
    assert journey(trade, parcel).state is JourneyState.WAITING
    trade.run(lambda s: undo_ship(s, parcel.code, by=WORKER, now=trade.now))
    assert trade.run(lambda s: s.get(ParcelJourney, parcel.id)) is None


def test_late_parcels_and_those_in_trouble_stand_on_a_list(trade, parcel, follow, outside, engine):
    def late(by: Reach = WORKER, **later):
        return trade.run(
            lambda s: [one.code for one in late_parcels(s, by, now=trade.now + timedelta(**later))]
        )

    assert late(days=6) == []
    assert late(days=9) == [parcel.code]
    assert late(Reach(packing_place_ids=frozenset({987})), days=9) == []
    outside.says(parcel.tracking_number, "14", written(trade), "拒收")
    follow(minutes=40)
    assert late() == [parcel.code]
    with counted_statements(engine) as statements:
        late()
    assert len(statements) == 1


def test_days_without_couriers_do_not_make_a_parcel_late(trade, outside):
    today = shanghai_date(trade.now)
    stop = CalendarSpan(
        kind=CalendarKind.COURIER_STOP, first_day=today + timedelta(days=1), last_day=today + timedelta(days=20),
        name_zh="春节", name_en="Spring Festival",
    )  # fmt: skip
    order_id = trade.sell({"tea": 1}, courier=True)
    trade.ready(order_id)
    trade.run(lambda s: s.add(stop))
    trade.ship(order_id)
    late_at = journey(trade, trade.parcels(order_id)[0]).late_at
    assert shanghai_date(late_at) == today + timedelta(days=28)


def test_a_push_is_carried_out_once_and_a_forged_one_never(app, client, trade, parcel, follow, outside):
    app.extensions["shop.tracking_provider"] = outside.provider()
    follow(minutes=40)
    outside.says(parcel.tracking_number, "3", written(trade, minutes=-1), "已签收")
    form = outside.push(parcel.tracking_number)
    assert client.post("/tracking/kuaidi100/push", data=form | {"sign": "0" * 32}).status_code == 400
    assert as_it_is(trade, parcel).status is ParcelStatus.SHIPPED
    for _ in range(2):
        answer = client.post("/tracking/kuaidi100/push", data=form)
        assert (answer.status_code, answer.json["returnCode"]) == (200, "200")
    assert as_it_is(trade, parcel).status is ParcelStatus.DELIVERED
    assert client.post("/tracking/somebody/push", data=form).status_code == 404
