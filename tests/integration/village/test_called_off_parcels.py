"""The order was called off while its box stood packed, or on the truck: the label still leads to what is to be done."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.fulfilment.errors import BoxesToTakeOff
from shop.fulfilment.models import Task
from shop.fulfilment.off_trucks import mark_of_boxes, to_take_off
from shop.fulfilment.packing import pack_parcel, unpack
from shop.fulfilment.reach import WORKER, Reach
from shop.fulfilment.receiving import receive
from shop.fulfilment.runs import depart, find_run, load
from shop.kit.clock import utc_now
from shop.ordering.cancellation import cancel_confirmed
from shop.ordering.models import Order, OrderEvent
from tests.factories.truck_weeks import DEPARTS


@pytest.fixture
def packed(unit_of_work, county, place):
    """An order for the truck whose box stands packed; honey comes from the first village."""

    def _packed(*, on_truck: bool):
        order_id = place({county.honey: 1}, pickup=True)

        def pack(session):
            tasks = session.scalars(sa.select(Task.id).where(Task.order_id == order_id)).all()
            receive(session, tasks, by=WORKER, now=utc_now())
            code = pack_parcel(session, order_id, county.places[0], by=WORKER, now=utc_now())
            if on_truck:
                load(session, county.run, [code], by=WORKER, now=utc_now())
            return code

        return order_id, unit_of_work.run(pack)

    return _packed


@pytest.fixture
def call_off(unit_of_work):
    return lambda order_id: unit_of_work.run(
        lambda s: cancel_confirmed(s, order_id, now=utc_now(), reason="不要了")
    )


@pytest.mark.parametrize("on_truck", [True, False])
def test_the_card_says_which_box_is_to_be_taken_off_and_unpacked(
    on_truck, county, coordinator, packed, call_off
):
    order_id, code = packed(on_truck=on_truck)
    call_off(order_id)
    wanted = f"把包裹 {code} 从班车 {county.run} 卸下并拆开" if on_truck else f"拆开包裹 {code}"
    for path in ("/village", "/village/work"):
        assert wanted in coordinator.get(path).text


def test_the_label_of_the_box_says_that_its_order_was_called_off(
    county, coordinator, stranger, packed, call_off, unit_of_work
):
    order_id, code = packed(on_truck=True)
    call_off(order_id)
    number = unit_of_work.run(lambda s: s.get_one(Order, order_id)).number
    for answer in (
        coordinator.get(f"/village/parcels/{code}"),
        coordinator.get("/village/parcels", query_string={"q": code.lower()}),
    ):
        assert answer.status_code == 200
        assert f"包裹 {code} 的订单已取消" in answer.text
        assert f"请从班车 {county.run} 卸下并拆开" in answer.text
        assert number in answer.text
    assert stranger.get(f"/village/parcels/{code}").status_code == 404
    assert code not in stranger.get("/village/parcels", query_string={"q": "NONE"}).text


def test_the_label_says_when_the_goods_went_back(coordinator, packed, call_off, task_of, press):
    order_id, code = packed(on_truck=False)
    call_off(order_id)
    press(coordinator, f"/village/tasks/{task_of(order_id).id}/given-back")
    page = coordinator.get(f"/village/parcels/{code}").text
    assert "里面的货已退还农户" in page
    assert "请拆开" not in page


def test_a_box_whose_order_was_called_off_is_not_loaded(county, coordinator, packed, call_off, press):
    order_id, code = packed(on_truck=False)
    call_off(order_id)
    press(coordinator, f"/village/runs/{county.run}/load", typed=code)
    assert f"包裹 {code} 的订单已取消：不要装车" in coordinator.get(f"/village/runs/{county.run}").text


def test_the_label_of_an_unpacked_box_leads_to_its_order(coordinator, packed, unit_of_work):
    order_id, code = packed(on_truck=False)
    unit_of_work.run(lambda s: unpack(s, code, by=WORKER, now=utc_now()))
    number = unit_of_work.run(lambda s: s.get_one(Order, order_id)).number
    page = coordinator.get(f"/village/parcels/{code}").text
    assert f"包裹 {code} 已拆开" in page
    assert f"/village/packing/{number}" in page


def test_a_code_that_no_box_ever_had_is_not_there(coordinator):
    assert coordinator.get("/village/parcels/0123456789").status_code == 404


@pytest.fixture
def aboard(packed, call_off, unit_of_work):
    """A box on the truck that nobody is to get: its order was called off, or all its money goes back."""

    def _aboard(*, paid_back: bool) -> str:
        order_id, code = packed(on_truck=True)
        if paid_back:
            mark = sa.update(Order).where(Order.id == order_id).values(money_back_at=utc_now())
            unit_of_work.run(lambda s: s.execute(mark))
        else:
            call_off(order_id)
        return code

    return _aboard


@pytest.mark.parametrize("paid_back", [False, True])
def test_the_trucks_pages_name_what_is_to_be_taken_off_until_it_is_off(
    coordinator, county, aboard, press, paid_back
):
    code = aboard(paid_back=paid_back)
    for page in (f"/village/runs/{county.run}", f"/village/runs/{county.run}/depart"):
        assert f"把箱子 {code} 从班车 {county.run} 上卸下" in coordinator.get(page).text
    for _ in range(2):
        assert press(coordinator, f"/village/runs/{county.run}/unload", parcel=code).status_code == 303
    for page in (f"/village/runs/{county.run}", f"/village/runs/{county.run}/depart"):
        assert f"把箱子 {code}" not in coordinator.get(page).text


def test_the_truck_does_not_leave_before_whoever_sends_it_off_has_read_of_them(county, aboard, unit_of_work):
    code, boss = aboard(paid_back=False), Reach(user_id=county.user, everything=True)
    when = {"now": DEPARTS}
    with pytest.raises(BoxesToTakeOff) as refused:
        unit_of_work.run(lambda s: depart(s, county.run, by=boss, **when))
    assert refused.value.facts["parcels"] == code
    mark = unit_of_work.run(lambda s: mark_of_boxes(to_take_off(s, find_run(s, county.run))))
    unit_of_work.run(lambda s: depart(s, county.run, by=boss, off=mark, **when))
    assert unit_of_work.run(lambda s: to_take_off(s, find_run(s, county.run))) == ()
    off = sa.select(OrderEvent.kind).where(OrderEvent.kind == "box_off_truck")
    assert unit_of_work.run(lambda s: s.scalars(off).all()) == ["box_off_truck"]


def test_who_neither_packed_it_nor_sends_the_truck_does_not_say_that_it_is_off(
    coordinator, stranger, county, aboard, press
):
    code = aboard(paid_back=False)
    press(stranger, f"/village/runs/{county.run}/unload", parcel=code)
    assert f"把箱子 {code}" in coordinator.get(f"/village/runs/{county.run}").text
