"""The order was called off while its box stood packed, or on the truck: the label still leads to what is to be done."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.fulfilment.models import Task
from shop.fulfilment.packing import pack_parcel, unpack
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.fulfilment.runs import load
from shop.kit.clock import utc_now
from shop.ordering.cancellation import cancel_confirmed
from shop.ordering.models import Order


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
