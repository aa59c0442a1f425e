"""A paid order goes elsewhere before it is packed: room, deadlines, code and freight follow, and the books agree."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from shop.delivery.errors import RunClosed
from shop.delivery.models import FreightZone, PickupPoint, Run, RunStop
from shop.fulfilment.models import Task
from shop.fulfilment.redirecting import Redirection, judge_redirection, redirect_order
from shop.ordering.change_errors import (
    AlreadyPacked,
    ChangedElsewhere,
    DearerFreight,
    NothingNew,
    NotToBeChanged,
    OtherDifference,
    ReasonForWaiving,
)
from shop.ordering.change_models import OrderChange
from shop.ordering.changes import freight_change
from shop.ordering.models import Channel, DeliveryKind, Order
from shop.ordering.wish import Courier, Pickup, Recipient
from shop.payments.freight_back import freight_left
from shop.payments.models import Refund, RefundBearer
from shop.storage.outbox import OutboxMessage

SOMEBODY = Recipient("周老师", "+8613900000001")
XIAN = Courier("陕西省", "西安市", "雁塔区", "兴善寺东街 1 号")
FAR = Courier("新疆维吾尔自治区", "乌鲁木齐市", "天山区", "人民路 2 号")


@pytest.fixture
def go(trade):
    """Send an order somewhere, with the difference that its page would show."""

    def _go(order_id, delivery, *, by_team=True, who=SOMEBODY, reason="", token="t1", seen=None):
        to = Redirection(who, delivery)

        def work(session):
            order = session.get_one(Order, order_id)
            change = judge_redirection(
                session, order, to, freight_left=freight_left, by_team=by_team, now=trade.now
            )
            return change.difference_fen

        seen = trade.run(work) if seen is None else seen
        press = partial(
            redirect_order, order_id=order_id, to=to, freight_left=freight_left, seen_difference_fen=seen,
            reason=reason, token=token, actor_id=trade.admin_id, by_team=by_team, now=trade.now,
        )  # fmt: skip
        return trade.run(press)

    return _go


@pytest.fixture
def other_stop(trade) -> Pickup:
    """Another point on the next truck."""

    def add(session):
        first = session.get_one(PickupPoint, trade.shop.point_id)
        point = PickupPoint(
            slug="north", name_zh="北门", name_en="North gate", address_zh="北门", address_en="North gate",
            hours_zh="", hours_en="", position=9,
        )  # fmt: skip
        session.add(point)
        session.flush()
        session.add(RunStop(run_id=trade.shop.run_id, pickup_point_id=point.id))
        assert first.id != point.id
        return Pickup(point.id, trade.shop.run_id)

    return trade.run(add)


def booked(trade) -> int:
    return trade.run(lambda s: s.get_one(Run, trade.shop.run_id).booked_g)


def refunds(trade, order_id):
    return trade.run(lambda s: list(s.scalars(sa.select(Refund).where(Refund.order_id == order_id))))


def test_another_point_on_the_same_truck_gets_a_new_code_and_moves_no_money(trade, go, other_stop):
    order_id = trade.sell({"tea": 2})
    code, room = trade.order_row(order_id).pickup_code, booked(trade)
    assert go(order_id, other_stop)
    order = trade.order_row(order_id)
    assert (order.pickup_point_id, order.recipient) == (other_stop.point_id, "周老师")
    assert order.pickup_code not in (None, "", code)
    assert booked(trade) == room
    assert refunds(trade, order_id) == []
    [change] = trade.run(lambda s: list(s.scalars(sa.select(OrderChange))))
    assert (change.before["point_en"], change.after["point_en"]) != ("", "North gate")
    assert change.after["point_en"] == "North gate"


def test_from_a_courier_to_the_truck_all_freight_goes_back_off_what_couriers_are_owed(trade, go):
    order_id = trade.sell({"tea": 2}, courier=True)
    freight, room = trade.order_row(order_id).freight_fen, booked(trade)
    assert freight > 0
    go(order_id, Pickup(trade.shop.point_id, trade.shop.run_id))
    [refund] = refunds(trade, order_id)
    assert (refund.amount_fen, refund.freight_fen, refund.bearer) == (freight, freight, RefundBearer.COURIER)
    order = trade.order_row(order_id)
    assert order.delivery is DeliveryKind.PICKUP
    assert order.pickup_code
    assert order.street is None
    assert booked(trade) == room + order.gross_weight_g
    trade.send_refunds()
    trade.deliver(order_id)


def test_from_the_truck_to_a_courier_the_team_says_why_freight_is_not_asked_for(trade, go):
    order_id = trade.sell({"tea": 2})
    room = booked(trade)
    with pytest.raises(DearerFreight):
        go(order_id, XIAN, by_team=False)
    with pytest.raises(ReasonForWaiving):
        go(order_id, XIAN)
    go(order_id, XIAN, reason="收货人搬家")
    order = trade.order_row(order_id)
    assert (order.run_id, order.pickup_code, order.street) == (None, None, XIAN.street)
    assert booked(trade) == room - order.gross_weight_g
    [change] = trade.run(lambda s: list(s.scalars(sa.select(OrderChange))))
    assert change.waived_fen == change.difference_fen > 0
    trade.deliver(order_id)


def test_what_was_waived_is_made_up_for_by_a_cheaper_way_before_money_goes_back(trade, go):
    order_id = trade.sell({"tea": 2}, courier=True)
    paid = trade.order_row(order_id).freight_fen
    trade.run(_dear_zone)
    go(order_id, FAR, reason="支教", token="a")
    go(order_id, XIAN, token="b")
    assert refunds(trade, order_id) == [], "it was never paid"
    go(order_id, Pickup(trade.shop.point_id, trade.shop.run_id), token="c")
    assert [one.amount_fen for one in refunds(trade, order_id)] == [paid]


def _dear_zone(session) -> None:
    for zone in session.scalars(sa.select(FreightZone)):
        zone.provinces = [one for one in zone.provinces if one != FAR.province]
    session.add(
        FreightZone(
            slug="farthest",
            name_zh="远",
            name_en="Far",
            provinces=[FAR.province],
            served=True,
            first_g=1000,
            first_fen=9900,
            step_g=1000,
            step_fen=900,
            days_min=4,
            days_max=7,
        )
    )


def test_the_same_form_changes_once_and_another_difference_is_asked_anew(trade, go, other_stop):
    order_id = trade.sell({"tea": 1})
    with pytest.raises(OtherDifference):
        go(order_id, other_stop, seen=-100)
    assert go(order_id, other_stop)
    assert not go(order_id, other_stop, seen=0)
    with pytest.raises(NothingNew):
        go(order_id, other_stop, token="t2")
    assert trade.run(lambda s: s.scalar(sa.select(sa.func.count()).select_from(OrderChange))) == 1


def test_what_is_packed_unpaid_over_or_not_the_shops_own_stays_where_it_is(trade, go, other_stop):
    packed = trade.sell({"tea": 1})
    trade.ready(packed)
    trade.pack(packed)
    with pytest.raises(AlreadyPacked):
        go(packed, other_stop)
    with pytest.raises(NotToBeChanged):
        go(trade.order({"tea": 1}), other_stop)
    gift = trade.sell({"tea": 1})
    trade.run(lambda s: setattr(s.get_one(Order, gift), "channel", Channel.GIFT))
    with pytest.raises(ChangedElsewhere):
        go(gift, other_stop)
    trade.run(lambda s: setattr(s.get_one(Order, gift), "channel", Channel.SHOP))


def test_after_the_cut_off_only_the_team_changes_the_point(trade, go, other_stop):
    order_id = trade.sell({"tea": 1})
    trade.now = trade.run(lambda s: s.get_one(Run, trade.shop.run_id).cutoff_at)
    with pytest.raises(RunClosed):
        go(order_id, other_stop, by_team=False)
    assert go(order_id, other_stop)


def test_households_get_the_days_of_the_new_way_and_the_buyer_a_letter(trade, go):
    order_id = trade.sell({"tea": 1})
    due = trade.run(lambda s: s.scalar(sa.select(Task.deadline_at).where(Task.order_id == order_id)))
    go(order_id, XIAN, reason="急用")
    assert due != trade.run(lambda s: s.scalar(sa.select(Task.deadline_at).where(Task.order_id == order_id)))
    told = trade.run(lambda s: [one.payload for one in s.scalars(sa.select(OutboxMessage))])
    assert [one["order_id"] for one in told if one.get("message") == "order_redirected"] == [order_id]


@pytest.mark.parametrize(
    ("before", "after", "left", "waived", "back", "more", "taken_up"),
    [
        (1000, 1800, 1000, 0, 0, 800, 0),
        (1800, 1000, 1800, 0, 800, 0, 0),
        (1800, 1000, 1000, 800, 0, 0, 800),
        (1800, 1500, 1000, 100, 200, 0, 100),
        (1000, 0, 1000, 0, 1000, 0, 0),
        (1300, 0, 1000, 300, 1000, 0, 300),
        (1000, 0, 200, 0, 200, 0, 0),
        (1000, 600, 100, 0, 100, 0, 0),
        (0, 0, 0, 0, 0, 0, 0),
    ],
)
def test_the_difference_of_two_ways(before, after, left, waived, back, more, taken_up):
    change = freight_change(before, after, left_fen=left, waived_fen=waived)
    assert (change.back_fen, change.more_fen, change.taken_up_fen) == (back, more, taken_up)
