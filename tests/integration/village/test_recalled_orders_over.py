"""A recalled order is called off while its box still waits to be opened: nobody is told to pack what is over."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.fulfilment.models import Task
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.recall_list import set_aside
from shop.fulfilment.receiving import receive
from shop.fulfilment.take_out_models import TakeOut
from shop.kit.clock import utc_now
from shop.ordering.cancellation import cancel_confirmed
from shop.ordering.models import Order
from shop.ordering.recalls import RecallWords, recall_lot
from shop.rounds import settle_recalls


@pytest.fixture
def recall(unit_of_work, county):
    def _recall():
        lot_id = county.lots[county.honey, county.producers[0][0]]
        words = RecallWords("检出超标")
        unit_of_work.run(lambda s: recall_lot(s, lot_id, words, actor_id=county.user, now=utc_now()))
        settle_recalls(unit_of_work, now=utc_now())
        return lot_id

    return _recall


@pytest.fixture
def boxed(unit_of_work, county, place, recall) -> tuple[str, str]:
    """Honey and tea of one village in one packed box, the honey recalled: the order's number and the box."""
    order_id = place({county.honey: 1, county.tea: 1})

    def pack(session):
        tasks = session.scalars(sa.select(Task).where(Task.order_id == order_id)).all()
        receive(session, [task.id for task in tasks], by=WORKER, now=utc_now())
        at = {task.packing_place_id for task in tasks if task.village_id == county.villages[0]}.pop()
        return pack_parcel(session, order_id, at, by=WORKER, now=utc_now())

    code = unit_of_work.run(pack)
    recall()
    return unit_of_work.run(lambda s: s.get_one(Order, order_id).number), code


def test_once_its_order_is_called_off_no_page_says_that_the_rest_is_packed_anew(
    coordinator, boxed, press, unit_of_work, rows
):
    number, code = boxed
    assert "重新打包" in coordinator.get(f"/village/parcels/{code}").text

    def call_off(session):
        order_id = session.scalars(sa.select(Order.id).where(Order.number == number)).one()
        cancel_confirmed(session, order_id, now=utc_now(), reason="不要了")

    unit_of_work.run(call_off)
    page = coordinator.get(f"/village/parcels/{code}").text
    assert "不再重新打包，退还农户" in page
    assert "换一张新标签" not in page
    work = coordinator.get("/village/work").text
    assert "这单已结束" in work
    packing = coordinator.get(f"/village/packing/{number}")
    assert packing.status_code == 200
    assert "这里不用再打包" in packing.text
    (take_out_id,) = rows(sa.select(TakeOut.id))
    press(coordinator, f"/village/take-outs/{take_out_id}")
    assert "其余的货退还农户" in coordinator.get("/village/work").text


def test_the_packing_page_of_anothers_order_is_not_there(stranger, boxed):
    assert stranger.get(f"/village/packing/{boxed[0]}").status_code == 404


def test_what_nobody_had_prepared_is_not_among_what_is_to_be_put_aside(
    county, place, recall, unit_of_work, task_of
):
    place({county.honey: 1})
    ready = place({county.honey: 1})
    task_id = task_of(ready).id
    unit_of_work.run(lambda s: receive(s, [task_id], by=WORKER, now=utc_now()))
    lot_id = recall()
    assert len(unit_of_work.run(lambda s: set_aside(s, lot_id))) == 1
