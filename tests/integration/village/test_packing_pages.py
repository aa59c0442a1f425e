"""What is said to be here, and how goods are named while an order is packed."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from shop.accounts.models import RoleName
from shop.catalogue.models import Product, Variant
from shop.fulfilment.declining import decline
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.inventory.models import Allocation, Lot
from shop.kit.clock import utc_now
from shop.ordering.models import Order
from tests.factories.counting import counted_statements


@pytest.fixture
def run(unit_of_work):
    return unit_of_work.run


def _receive_all(run, order_id):
    standing = sa.select(Task.id).where(Task.order_id == order_id, Task.status == TaskStatus.OPEN)
    run(lambda s: receive(s, list(s.scalars(standing)), by=WORKER, now=utc_now()))


def test_an_order_is_not_all_here_while_a_part_of_its_gift_box_waits(county, hub, place, run):
    """Two households each bring a part; the honey was declined, and nobody else has any."""
    order_id = place({county.box: 1}, pickup=True)
    number = run(lambda s: s.get_one(Order, order_id)).number
    tasks = run(lambda s: list(s.scalars(sa.select(Task).where(Task.order_id == order_id).order_by(Task.id))))
    honey = tasks[0]
    assert honey.producer_id == county.producers[0][0]
    run(lambda s: decline(s, honey.id, "没有蜜", by=WORKER, now=utc_now()))
    _receive_all(run, order_id)
    assert number in hub.get("/village/packing").text
    assert number not in hub.get("/village/packing?complete=1").text
    page = hub.get(f"/village/packing/{number}").text
    assert re.search(r"tag-warn[^>]*>\s*(\d) / (?!\1)\d", page)
    assert "等别家" in page
    board = hub.get("/village").text
    figure = re.search(r'class="kpi" href="/village/packing\?complete=1">.*?<b>(\d+)</b>', board, re.DOTALL)
    assert figure is not None
    assert figure[1] == "0"


def test_loose_units_that_wait_hold_no_parcel_up(county, coordinator, place, run):
    order_id = place({county.honey: 1, county.tea: 1})
    number = run(lambda s: s.get_one(Order, order_id)).number
    (task,) = run(lambda s: list(s.scalars(sa.select(Task).where(Task.order_id == order_id))))
    run(lambda s: decline(s, task.id, "没有蜜", by=WORKER, now=utc_now()))
    rest = run(
        lambda s: s.scalars(
            sa.select(Task).where(Task.order_id == order_id, Task.status == TaskStatus.OPEN)
        ).one()
    )
    _receive_all(run, order_id)
    found = coordinator.get("/village/packing?complete=1").text
    assert (number in found) is (rest.village_id == county.villages[0])


def test_the_packing_list_takes_as_many_statements_with_boxes_that_wait(county, hub, place, run, engine):
    for _ in range(3):
        order_id = place({county.box: 1}, pickup=True)
        first = run(lambda s, o=order_id: s.scalars(sa.select(Task.id).where(Task.order_id == o)).first())
        run(lambda s, t=first: decline(s, t, "没有", by=WORKER, now=utc_now()))
    with counted_statements(engine) as statements:
        hub.get("/village/packing")
    assert len(statements) <= 8


@pytest.mark.parametrize("language", ["zh", "en"])
def test_goods_of_a_parcel_are_the_same_phrase_on_every_page(
    county, coordinator, signed_in, place, run, language
):
    """Board, task, picking, packing, parcel, label and the team's page of the order."""
    order_id = place({county.honey: 3})
    clerk = signed_in("clerk", RoleName.ADMIN)
    order = run(lambda s: s.get_one(Order, order_id))
    variant = run(lambda s: s.get_one(Variant, county.honey))
    product = run(lambda s: s.get_one(Product, variant.product_id))
    zh = language == "zh"
    name, pack = (product.name_zh, variant.name_zh) if zh else (product.name_en, variant.name_en)
    phrase = f"{name} {pack} × 3"

    def says(person, path):
        page = person.get(f"{path}{'&' if '?' in path else '?'}lang={language}").text
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main")[-1]))
        assert phrase in words, path
        assert variant.sku not in words.replace(f"{variant.sku} ", "", 1), path

    task = run(lambda s: s.scalars(sa.select(Task).where(Task.order_id == order_id)).one())
    for path in ("/village", f"/village/tasks/{task.id}", "/village/picking-list"):
        says(coordinator, path)
    _receive_all(run, order_id)
    says(coordinator, f"/village/packing/{order.number}")
    code = run(lambda s: pack_parcel(s, order_id, task.packing_place_id, by=WORKER, now=utc_now()))
    for path in ("/village", f"/village/parcels/{code}", f"/village/parcels/labels?code={code}"):
        says(coordinator, path)
    says(clerk, f"/admin/orders/{order.number}")


def test_the_label_of_a_gift_box_names_the_lot_and_the_day_of_all_that_lies_in_it(county, hub, place, run):
    order_id = place({county.box: 1}, pickup=True)
    _receive_all(run, order_id)
    code = run(lambda s: pack_parcel(s, order_id, county.hub, by=WORKER, now=utc_now()))
    label = hub.get(f"/village/parcels/labels?code={code}").text
    lots = run(lambda s: s.scalars(sa.select(Lot).join(Allocation)).all())
    assert len(lots) > 1
    for lot in lots:
        assert lot.code in label


def test_the_picking_list_says_which_goods_do_not_come_to_this_place(county, coordinator, hub, place):
    place({county.box: 1, county.honey: 1}, pickup=True)
    assert coordinator.get("/village/picking-list").text.count("送到") == 1, (
        "of the two tasks, that of the box"
    )
    assert "送到" not in hub.get("/village/picking-list").text


def test_a_gift_box_that_is_packed_is_not_listed_again_for_the_next_parcel(county, hub, place, run, press):
    order_id = place({county.box: 1}, pickup=True)
    number = run(lambda s: s.get_one(Order, order_id)).number
    at = f"/village/packing/{number}"
    _receive_all(run, order_id)
    assert hub.get(at).text.count("在这里装成") == 1
    press(hub, f"{at}/{county.hub}")
    page = hub.get(at).text
    assert "在这里装成" not in page, "nothing is left to be put together"
    assert page.count(run(lambda s: s.get_one(Variant, county.box)).name_zh) >= 1, "its parcel lists it"
