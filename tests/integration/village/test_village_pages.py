"""The coordinator's desk."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.catalogue.models import (
    Certificate,
    ComplianceClass,
    ComplianceRequirement,
    Household,
    Producer,
    Product,
    Variant,
)
from shop.delivery.models import Run, RunStatus
from shop.fulfilment import parcel_list
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskStatus
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.inventory.models import Lot, LotChange, LotStatus
from shop.kit.clock import utc_now
from shop.ordering.cancellation import cancel_confirmed
from shop.ordering.models import Order
from shop.web.times import moment
from tests.factories.counting import counted_statements
from tests.factories.truck_weeks import next_week
from tests.factories.villages import NOW, add_lot, add_variant

PAGES = (
    "/village",
    "/village/work",
    "/village/packing",
    "/village/take-in",
    "/village/parcels",
    "/village/parcels/labels",
    "/village/parcels/ship",
    "/village/picking-list",
    "/village/runs",
    "/village/lots",
    "/village/prices",
    "/village/counts",
    "/village/counts/sheet",
    "/village/counts/made",
    "/village/households",
    "/village/payouts",
)


@pytest.fixture
def packed(unit_of_work, county, place, task_of):
    """An order whose parcel stands packed; its id."""

    def _packed(wanted=None, **facts):
        order_id = place(wanted or {county.honey: 1}, **facts)
        task = task_of(order_id)
        unit_of_work.run(lambda s: receive(s, [task.id], by=WORKER, now=utc_now()))
        unit_of_work.run(lambda s: pack_parcel(s, order_id, task.packing_place_id, by=WORKER, now=utc_now()))
        return order_id

    return _packed


@pytest.fixture
def number_of(unit_of_work):
    return lambda order_id: unit_of_work.run(lambda s: s.get_one(Order, order_id)).number


def test_every_page_opens_in_both_languages(county, coordinator, packed, place):
    packed()
    packed(pickup=True)
    place({county.honey: 1, county.tea: 2})
    for path in (*PAGES, f"/village/runs/{county.run}", f"/village/producers/{county.producers[0][0]}"):
        for language in ("zh", "en"):
            assert coordinator.get(path, query_string={"lang": language}).status_code == 200, path


def test_a_coordinator_brings_an_order_from_the_household_to_the_courier(
    county, coordinator, place, task_of, parcel_of, number_of, press
):
    order_id = place({county.honey: 2})
    task, producer = task_of(order_id), county.producers[0][0]
    at = f"/village/producers/{producer}"
    press(coordinator, f"{at}/accept", task=str(task.id))
    assert (task_of(order_id).status, task_of(order_id).acted_for) == (TaskStatus.ACCEPTED, True)
    press(coordinator, f"{at}/ready", task=str(task.id))
    press(coordinator, f"{at}/receive", task=str(task.id))
    packing = f"/village/packing/{number_of(order_id)}"
    assert "林老师" in coordinator.get(packing).text
    done = press(coordinator, f"{packing}/{county.places[0]}", weight_g="１２００")
    parcel = parcel_of(order_id)
    assert done.headers["Location"].endswith(parcel.code)
    assert parcel.weight_g == 1200
    here = f"/village/parcels/{parcel.code}"
    refused = press(coordinator, f"{here}/ship", carrier="sf", tracking_number="12")
    assert refused.status_code == 400
    assert 'value="12"' in refused.text
    press(coordinator, f"{here}/ship", carrier="sf", tracking_number="sf1234567890123")
    press(coordinator, f"{here}/delivered")
    parcel = parcel_of(order_id)
    assert (parcel.status, parcel.tracking_number) == (ParcelStatus.DELIVERED, "SF1234567890123")


def test_missing_goods_are_said_before_packing(
    county, coordinator, place, task_of, number_of, press, unit_of_work
):
    tea_lot = county.lots[county.tea, county.producers[0][0]]
    unit_of_work.run(
        lambda s: s.execute(
            sa.update(Lot).where(Lot.id == tea_lot).values(available=0, withdrawn=Lot.declared)
        )
    )
    order_id = place({county.honey: 1, county.tea: 1})
    press(coordinator, f"/village/tasks/{task_of(order_id).id}/receive")
    at = f"/village/packing/{number_of(order_id)}/{county.places[0]}"
    assert press(coordinator, at).status_code == 409
    assert press(coordinator, at, partly="y").status_code == 303


def test_a_household_is_declined_for_with_a_reason(county, coordinator, place, task_of, press):
    order_id = place({county.honey: 1})
    at = f"/village/tasks/{task_of(order_id).id}"
    assert press(coordinator, f"{at}/decline", reason=" ").status_code == 400
    assert press(coordinator, f"{at}/decline", reason="蜂跑了").status_code == 303
    assert task_of(order_id).status is TaskStatus.DECLINED
    assert task_of(order_id).code not in coordinator.get("/village/work").text
    assert "蜂跑了" in coordinator.get(at).text


def test_a_decline_says_whether_another_household_has_the_units(county, coordinator, place, task_of, press):
    for wanted, said in (({county.tea: 1}, "现在由别家备货"), ({county.honey: 1}, "没有别家有全部")):
        at = f"/village/tasks/{task_of(place(wanted)).id}"
        press(coordinator, f"{at}/decline", reason="雨太大")
        assert said in coordinator.get(at).text


def test_goods_of_a_cancelled_order_are_given_back_to_their_household(
    county, coordinator, stranger, place, task_of, press, unit_of_work
):
    order_id = place({county.honey: 1})
    task_id = task_of(order_id).id
    press(coordinator, f"/village/tasks/{task_id}/receive")
    unit_of_work.run(lambda s: cancel_confirmed(s, order_id, now=utc_now(), reason="不要了"))
    for path in ("/village", "/village/work"):
        assert "已取消，货退给农户" in coordinator.get(path).text
    at = f"/village/tasks/{task_id}/given-back"
    assert press(stranger, at).status_code == 404
    for _ in range(2):
        assert press(coordinator, at).status_code == 303
    assert "已取消，货退给农户" not in coordinator.get("/village").text
    assert task_of(order_id).received_at is None


def test_what_is_not_there_leads_back_to_the_board(coordinator):
    absent = coordinator.get("/village/packing/NO-SUCH-ORDER")
    assert absent.status_code == 404
    assert 'href="/village"' in absent.text
    assert "/products" not in absent.text.split("<main", 1)[1].split("</main", 1)[0]


def test_receiving_on_the_packing_page_stays_there(county, coordinator, place, task_of, number_of, press):
    order_id = place({county.honey: 1})
    at = f"/village/tasks/{task_of(order_id).id}/receive"
    done = press(coordinator, at, back="order")
    assert done.headers["Location"] == f"/village/packing/{number_of(order_id)}"


def test_a_step_for_a_household_without_a_ticked_task_is_said_on_its_page(county, coordinator, place, press):
    place({county.honey: 1})
    at = f"/village/producers/{county.producers[0][0]}"
    for step in ("accept", "ready", "receive"):
        answer = press(coordinator, f"{at}/{step}")
        assert (answer.status_code, answer.location) == (303, at)
        assert "请至少选一个任务" in coordinator.get(at).text


def test_goods_that_only_the_hub_receives_say_so_beside_the_missing_box(
    county, coordinator, place, press, unit_of_work
):
    orders = [place({county.honey: 1}), place({county.box: 1})]
    wanted = sa.select(Task.id).where(Task.order_id.in_(orders), Task.producer_id == county.producers[0][0])
    for task_id in unit_of_work.run(lambda s: s.scalars(wanted).all()):
        press(coordinator, f"/village/tasks/{task_id}/ready")
    page = coordinator.get(f"/village/producers/{county.producers[0][0]}").text
    assert page.count('name="task"') == page.count("只在那里收货") == 1


def test_the_deadline_stays_under_its_heading_when_the_goods_are_ready(
    county, coordinator, place, task_of, press
):
    task = task_of(place({county.honey: 1}))
    press(coordinator, f"/village/tasks/{task.id}/ready")
    assert moment(task.deadline_at) in coordinator.get(f"/village/producers/{task.producer_id}").text


def test_another_villages_things_are_absent(
    county, stranger, coordinator, place, packed, task_of, parcel_of, number_of, press
):
    order_id = place({county.honey: 1})
    task, parcel = task_of(order_id), parcel_of(packed())
    producer = county.producers[0][0]
    absent = stranger.get("/village/tasks/98765").text
    assert stranger.get(f"/village/tasks/{task.id}").status_code == 404
    seen = stranger.get(f"/village/tasks/{task.id}").text
    own = re.compile(r"/tasks/\d+|[0-9a-f]{16}")  # the address and the request's number
    assert own.sub("", seen) == own.sub("", absent)
    for step in ("accept", "ready", "undo-ready", "receive", "undo-receive", "decline", "reassign"):
        assert press(stranger, f"/village/tasks/{task.id}/{step}", reason="x").status_code == 404, step
    for step in ("accept", "ready", "receive"):
        assert press(stranger, f"/village/producers/{producer}/{step}", task=str(task.id)).status_code == 404
        own = f"/village/producers/{county.producers[1][0]}/{step}"
        assert press(stranger, own, task=str(task.id)).status_code == 404
    number = number_of(order_id)
    assert stranger.get(f"/village/packing/{number}").status_code == 404
    assert press(stranger, f"/village/packing/{number}/{county.places[0]}").status_code == 404
    assert stranger.get(f"/village/parcels/{parcel.code}").status_code == 404
    for step in ("ship", "unpack", "delivered"):
        assert press(stranger, f"/village/parcels/{parcel.code}/{step}", carrier="sf").status_code == 404
    assert 'class="lb"' not in stranger.get(f"/village/parcels/labels?code={parcel.code}").text
    lot_id = county.lots[county.honey, producer]
    assert stranger.get(f"/village/lots/{lot_id}").status_code == 404
    for step in ("correct", "withdraw"):
        assert press(stranger, f"/village/lots/{lot_id}/{step}", units="1", reason="x").status_code == 404
    assert press(stranger, f"/village/runs/{county.run}/load", parcel=parcel.code).status_code == 404


def test_many_parcels_are_shipped_by_pasting_lines_all_or_none(coordinator, packed, parcel_of, press):
    first, second = packed(), packed()
    codes = [parcel_of(order_id).code for order_id in (first, second)]
    wrong = f"{codes[0]} SF1234567890123\n{codes[1]} 圆通 12\nNOSUCH 3"
    refused = press(coordinator, "/village/parcels/ship", carrier="sf", lines=wrong)
    assert refused.status_code == 400
    assert parcel_of(first).status is ParcelStatus.PACKED
    right = f"{codes[0].lower()}\tSF1234567890123\n\n{codes[1]}, 圆通, YT1234567890123"
    assert press(coordinator, "/village/parcels/ship", carrier="sf", lines=right).status_code == 303
    assert (parcel_of(first).carrier, parcel_of(second).carrier) == ("sf", "yto")


def test_the_number_of_a_delivered_parcel_stays_and_its_line_says_so(coordinator, packed, parcel_of, press):
    delivered, waits = packed(), packed()
    code = parcel_of(delivered).code
    lines = f"{code} SF1234567890123"
    press(coordinator, "/village/parcels/ship", carrier="sf", lines=lines)
    press(coordinator, f"/village/parcels/{code}/delivered")
    other = f"{code} SF9999999999999\n{parcel_of(waits).code} SF7777777777777"
    refused = press(coordinator, "/village/parcels/ship", carrier="sf", lines=other)
    assert refused.status_code == 400
    assert "SF9999999999999</code>: 这个包裹已送达，单号不再改动。" in refused.text
    assert parcel_of(delivered).tracking_number == "SF1234567890123"
    assert parcel_of(waits).status is ParcelStatus.PACKED
    one = press(coordinator, f"/village/parcels/{code}/ship", carrier="sf", tracking_number="SF9999999999999")
    assert one.status_code == 409
    assert f"包裹 {code} 已送达" in one.text
    assert press(coordinator, "/village/parcels/ship", carrier="sf", lines=lines).status_code == 303


def test_a_corrected_number_is_named_with_the_one_before(coordinator, packed, parcel_of, press):
    code = parcel_of(packed()).code
    for number in ("SF1234567890123", "SF9999999999999"):
        press(coordinator, "/village/parcels/ship", carrier="sf", lines=f"{code} {number}")
    said = f"包裹 {code}：单号已更正，SF1234567890123 → SF9999999999999"
    assert said in coordinator.get("/village/parcels").text


def test_a_number_in_full_width_is_read_as_the_number_it_is(coordinator, packed, parcel_of, press):
    order_id = packed()
    at = f"/village/parcels/{parcel_of(order_id).code}"
    press(coordinator, f"{at}/ship", carrier="sf", tracking_number="ＳＦ１２３４５６７８９０１２３")
    assert parcel_of(order_id).tracking_number == "SF1234567890123"


def test_a_parcel_is_found_by_the_number_of_its_order_however_it_is_typed(
    coordinator, packed, parcel_of, number_of
):
    order_id = packed()
    code, number = parcel_of(order_id).code, number_of(order_id)
    other = parcel_of(packed()).code
    for typed in (number, number.lower(), f"{number[:4]}-{number[4:]}", number[3:], code):
        page = coordinator.get("/village/parcels", query_string={"q": typed}).text
        assert code in page, typed
        assert other not in page, typed


def test_shipping_the_same_line_again_says_that_it_was_shipped_before(coordinator, packed, parcel_of, press):
    code = parcel_of(packed()).code
    for said in ("已发 1 包", "1 包之前已发"):
        press(coordinator, "/village/parcels/ship", carrier="sf", lines=f"{code} SF1234567890123")
        page = coordinator.get("/village/parcels").text
        assert said in page
        assert "已发 0 包" not in page


def test_parcels_on_the_way_and_at_their_point_are_found_apart(coordinator, packed, parcel_of, unit_of_work):
    codes = [parcel_of(packed(pickup=True)).code for _ in range(2)]
    shipped = {"status": ParcelStatus.SHIPPED, "shipped_at": NOW}
    for code, arrived_at in zip(codes, (None, NOW), strict=True):
        values = shipped | {"arrived_at": arrived_at}
        unit_of_work.run(
            lambda s, code=code, values=values: s.execute(
                sa.update(Parcel).where(Parcel.code == code).values(values)
            )
        )
    for status, shown in (("shipped", [True, False]), ("arrived", [False, True])):
        page = coordinator.get(f"/village/parcels?status={status}").text
        assert [code in page for code in codes] == shown


def test_labels_of_everything_packed_do_not_end_with_a_page_of_the_list(
    coordinator, packed, parcel_of, monkeypatch
):
    order_id = packed()
    monkeypatch.setattr(parcel_list, "PAGE_SIZE", 0)
    assert parcel_of(order_id).code in coordinator.get("/village/parcels/labels").text


def test_a_label_of_many_goods_says_how_many_more_and_keeps_its_footer(
    county, coordinator, packed, parcel_of, unit_of_work, number_of
):
    more = unit_of_work.run(lambda s: [_another(s, county) for _ in range(9)])
    order_id = packed({county.honey: 2, **dict.fromkeys(more, 1)}, pickup=True)
    for paper, left in (("", 4), ("&paper=a4", 6)):
        label = coordinator.get(f"/village/parcels/labels?code={parcel_of(order_id).code}{paper}").text
        assert f"另 {left} 样" in label
        assert number_of(order_id) in label


def _another(session, county):
    """One more kind of goods that the first household has."""
    variant_id = add_variant(session, "tea", 3000, 100)
    add_lot(session, county, variant_id, county.producers[0][0], 5)
    return variant_id


def test_a_household_is_named_on_the_label_only_with_its_consent(
    county, coordinator, packed, parcel_of, unit_of_work
):
    household, producer = county.households[0][0], county.producers[0][0]
    name = unit_of_work.run(lambda s: s.get_one(Producer, producer)).name_zh
    at = f"/village/parcels/labels?code={parcel_of(packed()).code}"
    label = coordinator.get(at).text
    assert name not in label
    assert "一户人家" in label
    agreed = sa.update(Household).where(Household.id == household).values(consented_at=utc_now())
    unit_of_work.run(lambda s: s.execute(agreed))
    assert name in coordinator.get(at).text


def test_a_label_has_neither_the_full_phone_nor_the_pickup_code(coordinator, packed, parcel_of):
    order_id = packed(pickup=True, code="482913")
    for paper in ("", "&paper=a4"):
        page = coordinator.get(f"/village/parcels/labels?code={parcel_of(order_id).code}{paper}").text
        assert "5678" in page
        assert "13812345678" not in page
        assert "482913" not in page
        assert "<svg" in page


@pytest.fixture
def takes_no_more_orders(unit_of_work, county):
    """The truck's cut-off has gone by, and the hour at which it is to leave."""
    times = {"cutoff_at": NOW, "departs_at": NOW + timedelta(minutes=30)}
    closed = sa.update(Run).where(Run.id == county.run_id).values(**times)
    return lambda: unit_of_work.run(lambda s: s.execute(closed))


def test_a_truck_is_loaded_leaves_and_arrives(
    county, coordinator, packed, parcel_of, press, takes_no_more_orders
):
    order_id = packed(pickup=True)
    at = f"/village/runs/{county.run}"
    code = parcel_of(order_id).code
    press(coordinator, f"{at}/load", parcel=code.lower())
    press(coordinator, f"{at}/unload", parcel=code)
    assert parcel_of(order_id).loaded_at is None
    press(coordinator, f"{at}/load", parcel=code)
    press(coordinator, f"{at}/depart")
    assert "之后才能发车" in coordinator.get(at).text
    assert parcel_of(order_id).status is ParcelStatus.PACKED
    takes_no_more_orders()
    assert "发车" in coordinator.get(f"{at}/depart").text
    press(coordinator, f"{at}/depart")
    assert parcel_of(order_id).status is ParcelStatus.SHIPPED
    press(coordinator, f"{at}/undo-depart")
    assert parcel_of(order_id).status is ParcelStatus.PACKED
    press(coordinator, f"{at}/depart")
    press(coordinator, f"{at}/arrive")
    assert parcel_of(order_id).arrived_at is not None
    press(coordinator, f"{at}/undo-arrive")
    assert parcel_of(order_id).arrived_at is None


def test_a_truck_that_takes_no_more_orders_says_so_and_one_on_the_road_stands_first(
    county, coordinator, packed, parcel_of, press, takes_no_more_orders, unit_of_work
):
    at = f"/village/runs/{county.run}"
    press(coordinator, f"{at}/load", parcel=parcel_of(packed(pickup=True)).code)
    unit_of_work.run(lambda s: s.add(next_week(county)))
    for page in (at, "/village/runs"):
        assert "已截单" not in coordinator.get(page).text
    takes_no_more_orders()
    for page in (at, "/village/runs"):
        assert "已截单" in coordinator.get(page).text
    press(coordinator, f"{at}/depart")
    codes = re.findall(r'href="/village/runs/([^"/]+)"', coordinator.get("/village/runs").text)
    assert codes[0] == county.run
    press(coordinator, f"{at}/arrive")
    assert (
        re.findall(r'href="/village/runs/([^"/]+)"', coordinator.get("/village/runs").text)[-1] == county.run
    )


def test_a_mistyped_code_is_said_on_the_load_list_and_stays_to_be_corrected(
    county, coordinator, stranger, packed, parcel_of, press
):
    at = f"/village/runs/{county.run}"
    order_id = packed(pickup=True)
    code = parcel_of(order_id).code
    for who, wrong in ((coordinator, "ZZZZZ"), (coordinator, code[:-1]), (stranger, code)):
        refused = press(who, f"{at}/load", typed=wrong)
        assert refused.status_code == 303
        page = who.get(refused.location).text
        assert f"没有号是 {wrong} 的包裹" in page
        assert f'value="{wrong}"' in page
    assert "请至少选一个包裹" in coordinator.get(press(coordinator, f"{at}/load").location).text
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in code.lower())
    press(coordinator, f"{at}/load", typed=full_width)
    assert parcel_of(order_id).loaded_at


def test_what_stays_behind_is_read_before_and_gets_the_next_truck_after(
    county, coordinator, place, number_of, packed, parcel_of, press, takes_no_more_orders
):
    at = f"/village/runs/{county.run}"
    press(coordinator, f"{at}/load", parcel=parcel_of(packed(pickup=True)).code)
    late = place({county.honey: 1}, pickup=True)
    takes_no_more_orders()
    leaving = coordinator.get(f"{at}/depart").text
    assert "没装上" in leaving
    press(coordinator, f"{at}/depart")
    assert "还有 1 单没装上" in coordinator.get(at).text
    press(coordinator, f"{at}/depart", behind=re.search('name="behind" value="([^"]+)"', leaving)[1])
    assert number_of(late) in coordinator.get("/village/work").text
    press(coordinator, f"/village/orders/{number_of(late)}/next-truck")
    assert "没有后面的班车能带这一单" in coordinator.get("/village/work").text


def test_the_hub_receives_gift_boxes_and_villages_see_that_they_go_there(
    county, hub, coordinator, place, task_of, number_of, press
):
    order_id = place({county.box: 1})
    task = task_of(order_id)
    assert press(coordinator, f"/village/tasks/{task.id}/receive").status_code == 404
    assert press(hub, f"/village/tasks/{task.id}/accept").status_code == 404
    assert hub.get("/village").status_code == 200
    assert press(hub, f"/village/tasks/{task.id}/receive").status_code == 303
    assert hub.get(f"/village/packing/{number_of(order_id)}").status_code == 200


def test_the_hub_reads_which_box_it_puts_together_and_what_lies_in_it(
    county, hub, place, task_of, parcel_of, number_of, unit_of_work
):
    box, tea, honey = (
        unit_of_work.run(lambda s, one=one: s.get_one(Product, s.get_one(Variant, one).product_id)).name_zh
        for one in (county.box, county.tea, county.honey)
    )
    order_id = place({county.box: 3})
    number = number_of(order_id)
    named = re.compile(rf"{box} 一份\s*× 3")
    inside = re.compile(rf"{box} 一份 × 3.*{tea} 一份 × 6.*{honey} 一份 × 3", re.DOTALL)
    assert inside.search(hub.get(f"/village/packing/{number}").text)
    tasks = unit_of_work.run(lambda s: s.scalars(sa.select(Task.id).where(Task.order_id == order_id)).all())
    pages = ("/village/packing", "/village/picking-list", f"/village/tasks/{tasks[0]}")
    assert all(named.search(hub.get(path).text) for path in pages)
    unit_of_work.run(lambda s: receive(s, tasks, by=WORKER, now=utc_now()))
    unit_of_work.run(lambda s: pack_parcel(s, order_id, county.hub, by=WORKER, now=utc_now()))
    code = parcel_of(order_id).code
    assert inside.search(hub.get(f"/village/parcels/{code}").text)
    assert re.search(rf"<b>{box} 一份</b><b>× 3</b>", hub.get(f"/village/parcels/labels?code={code}").text)


def test_half_a_gift_box_is_not_packed_as_a_whole_one(
    county, hub, place, parcel_of, number_of, press, unit_of_work
):
    nearest = sa.update(Lot).where(Lot.id == county.lots[county.tea, county.producers[0][0]])
    unit_of_work.run(lambda s: s.execute(nearest.values(available=0, withdrawn=Lot.declared)))
    order_id = place({county.box: 1})
    at = f"/village/packing/{number_of(order_id)}"
    first, *others = unit_of_work.run(
        lambda s: s.scalars(sa.select(Task.id).where(Task.order_id == order_id).order_by(Task.id)).all()
    )
    assert others
    press(hub, f"/village/tasks/{first}/receive")
    shown = hub.get(at).text
    assert "礼盒的东西到齐了才装" in shown
    assert "装成一个包裹" not in shown
    for partly in ({}, {"partly": "y"}):
        refused = press(hub, f"{at}/{county.hub}", **partly)
        assert refused.status_code == 409
        assert "礼盒的东西到齐了才装" in refused.text
    for task_id in others:
        press(hub, f"/village/tasks/{task_id}/receive")
    assert press(hub, f"{at}/{county.hub}").status_code == 303
    assert "1 / 1 包" in hub.get(f"/village/parcels/labels?code={parcel_of(order_id).code}").text


def test_a_label_does_not_say_how_many_parcels_there_are_while_goods_are_outstanding(
    county, hub, coordinator, place, task_of, parcel_of, number_of, press, unit_of_work
):
    order_id = place({county.honey: 1, county.box: 1})
    own = sa.select(Task.id).where(Task.order_id == order_id, Task.packing_place_id != county.hub)
    for task_id in unit_of_work.run(lambda s: s.scalars(own).all()):
        press(coordinator, f"/village/tasks/{task_id}/receive")
    press(coordinator, f"/village/packing/{number_of(order_id)}/{county.places[0]}")
    label = coordinator.get(f"/village/parcels/labels?code={parcel_of(order_id).code}").text
    assert "第 2 包，后面还有" in label, "the first comes from the hub"
    assert "1 / 1 包" not in label


def test_a_coordinator_declares_corrects_and_withdraws_for_a_household(
    county, coordinator, press, unit_of_work
):
    told = {"producer": str(county.producers[0][1]), "variant": str(county.honey), "units": "7"}
    assert press(coordinator, "/village/lots/new", **told).status_code == 400
    assert press(coordinator, "/village/lots/new", **told, harvested_on="2026-11-20").status_code == 303
    lot = unit_of_work.run(lambda s: s.scalars(sa.select(Lot).order_by(Lot.id.desc()).limit(1)).one())
    assert (lot.declared, lot.producer_id) == (7, county.producers[0][1])
    press(coordinator, f"/village/lots/{lot.id}/correct", units="5", reason="点错了")
    press(coordinator, f"/village/lots/{lot.id}/withdraw", reason="坏了")
    again = press(coordinator, f"/village/lots/{lot.id}/withdraw", reason="坏了")
    assert again.status_code == 409
    assert "这批货已经停售" in again.text
    changes = unit_of_work.run(
        lambda s: s.scalars(sa.select(LotChange).where(LotChange.lot_id == lot.id)).all()
    )
    assert [(one.declared_change, one.withdrawn_change, one.for_producer) for one in changes] == [
        (7, 0, True),
        (-2, 0, True),
        (0, 5, True),
    ]
    other = {**told, "producer": str(county.producers[1][0]), "harvested_on": "2026-11-20"}
    assert press(coordinator, "/village/lots/new", **other).status_code == 400


def test_a_coordinator_hears_when_the_household_corrected_its_lot_meanwhile(
    county, coordinator, farmer, press
):
    lot_id = county.lots[county.honey, county.producers[0][0]]
    path = f"/village/lots/{lot_id}"
    assert 'name="seen" type="hidden" value="20"' in coordinator.get(path).text
    press(farmer, f"/farm/lots/{lot_id}/correct", units="18", seen="20")
    second = press(coordinator, f"{path}/correct", units="16", reason="受潮", seen="20")
    assert second.status_code == 409
    assert "从 20 份改成 18 份" in second.text
    assert press(coordinator, f"{path}/correct", units="16", reason="受潮", seen="18").status_code == 303


def test_a_declaration_is_refused_with_the_paper_that_is_missing(county, coordinator, press, unit_of_work):
    def demand(session):
        class_id = session.scalars(sa.select(ComplianceClass.id)).one()
        named = {"certificate_kind": "sc_meat", "name_zh": "肉制品许可证", "name_en": "Meat permit"}
        session.add(ComplianceRequirement(compliance_class_id=class_id, **named))
        session.add(Certificate(kind="sc_meat", number="SC1", producer_id=county.producers[0][0]))

    unit_of_work.run(demand)
    told = {"variant": str(county.honey), "units": "7", "harvested_on": "2026-11-20"}
    refused = press(coordinator, "/village/lots/new", producer=str(county.producers[0][1]), **told)
    assert refused.status_code == 400
    assert "缺少「肉制品许可证」" in refused.text
    done = press(coordinator, "/village/lots/new", producer=str(county.producers[0][0]), **told)
    assert done.status_code == 303


def test_pages_take_as_many_statements_for_fifty_orders_as_for_five(
    county, coordinator, place, packed, engine, unit_of_work
):
    unit_of_work.run(lambda s: s.execute(sa.update(Lot).values(declared=900, available=900)))
    paths = (*PAGES, f"/village/runs/{county.run}", f"/village/producers/{county.producers[0][0]}")
    counts: list[dict[str, int]] = []
    for more in (4, 36):
        for turn in range(more):
            place({county.honey: 1, county.tea: 1}, pickup=turn % 2 == 0)
            if turn % 4 == 0:
                packed(pickup=turn % 8 == 0)
        coordinator.get("/village")  # the first page after a change also reads the shop's name
        counts.append({})
        for path in paths:
            with counted_statements(engine) as statements:
                assert coordinator.get(path).status_code == 200
            counts[-1][path] = len(statements)
    assert counts[0] == counts[1]
    assert max(counts[1].values()) <= 14, counts[1]


@pytest.fixture
def many_lots(unit_of_work, county):
    """Sixty more lots of the first household's tea, one of them sold out and one that spoils soon."""

    def work(session):
        first = county.producers[0][0]
        ids = [add_lot(session, county, county.tea, first, 5, days=300 + day) for day in range(58)]
        soon = add_lot(session, county, county.tea, first, 5, days=3)
        session.execute(sa.update(Lot).where(Lot.id == ids[0]).values(available=0, committed=5))
        session.execute(sa.update(Lot).where(Lot.id == ids[1]).values(status=LotStatus.CLOSED))
        return ids[0], ids[1], soon

    return unit_of_work.run(work)


def _lots(page):
    return [int(lot_id) for lot_id in re.findall(r'href="/village/lots/(\d+)"', page.text)]


def test_the_list_of_lots_has_pages(county, coordinator, many_lots):
    first, second = (_lots(coordinator.get(f"/village/lots?page={number}")) for number in (1, 2))
    assert (len(first), len(second)) == (25, 25)
    assert not set(first) & set(second)
    assert many_lots[2] == first[0], "what spoils first stands on top"
    assert 'rel="next"' in coordinator.get("/village/lots").text


def test_the_list_of_lots_is_narrowed_by_household_goods_and_state(
    county, coordinator, many_lots, unit_of_work
):
    sold_out, closed, soon = many_lots
    at = "/village/lots?"
    assert _lots(coordinator.get(f"{at}state=sold_out")) == [sold_out]
    assert _lots(coordinator.get(f"{at}state=closed")) == [closed]
    assert _lots(coordinator.get(f"{at}state=spoiling")) == [soon]
    assert sold_out not in _lots(coordinator.get(f"{at}state=for_sale&page=1"))
    other = county.producers[0][1]
    assert _lots(coordinator.get(f"{at}producer={other}")) == [county.lots[county.tea, other]]
    honey = unit_of_work.run(lambda s: s.get_one(Variant, county.honey).product_id)
    assert len(_lots(coordinator.get(f"{at}product={honey}"))) == 1
    page = coordinator.get(f"{at}product={honey}&producer={other}").text
    assert "没有这样的批次" in page
    assert f'value="{other}" selected' in page


@pytest.mark.parametrize("asked", ["state=x&village=x&producer=-1&product=1e9", "page=0", "page=99999999999"])
def test_a_list_of_lots_that_nobody_can_mean_is_a_page_all_the_same(coordinator, many_lots, asked):
    assert coordinator.get(f"/village/lots?{asked}").status_code == 200


def test_no_filter_reaches_another_villages_lots(county, coordinator):
    foreign = county.producers[1][0]
    page = coordinator.get(f"/village/lots?village={county.villages[1]}&producer={foreign}")
    assert _lots(page) == []
    assert f'<option value="{foreign}"' not in page.text


def test_the_list_of_lots_takes_few_statements(coordinator, many_lots, engine):
    with counted_statements(engine) as statements:
        coordinator.get("/village/lots?state=for_sale")
    assert len(statements) <= 10


def test_the_board_counts_what_came_in_also_when_it_is_packed_and_the_courier_by_itself(
    county, coordinator, packed, place, task_of, press
):
    packed(pickup=True)
    place({county.honey: 1}, pickup=True)
    press(coordinator, f"/village/tasks/{task_of(place({county.honey: 1})).id}/receive")
    place({county.honey: 1})
    place({county.honey: 1})
    page = re.sub(r"<[^>]+>|\s+", " ", coordinator.get("/village", query_string={"lang": "en"}).text)
    page = re.sub(r" +", " ", page)
    assert "For this truck 2 tasks 1 received (50.0 %), 1 household" in page
    assert "By courier 3 tasks 1 received (33.3 %), 1 household" in page
    assert "For later trucks" not in page


@pytest.fixture
def called_off(unit_of_work, county, place, number_of):
    """An order whose truck does not come; its number."""
    order_id = place({county.honey: 1}, pickup=True)
    unit_of_work.run(
        lambda s: s.execute(sa.update(Run).where(Run.id == county.run_id).values(status=RunStatus.CANCELLED))
    )
    return number_of(order_id)


def test_an_order_of_a_called_off_truck_goes_with_the_next_one_when_there_is_one(
    county, coordinator, called_off, press, unit_of_work
):
    page = coordinator.get("/village/work").text
    assert f"班车 {county.run} 不来了" in page
    assert "班车没带上它" not in page
    at = f"/village/orders/{called_off}/next-truck"
    assert at not in page
    assert "还没有以后的班车" in page
    assert "这趟班车不来了" in coordinator.get(f"/village/runs/{county.run}").text
    unit_of_work.run(lambda s: s.add(next_week(county)))
    assert at in coordinator.get("/village/work").text
    press(coordinator, at)
    page = coordinator.get("/village/work").text
    assert "改乘班车 NEXT" in page
    assert called_off not in page


def test_several_tasks_at_once_are_refused_with_the_number_and_the_household_of_the_one_that_ended(
    county, coordinator, place, task_of, press, unit_of_work
):
    standing, ended = task_of(place({county.honey: 1})), task_of(place({county.honey: 1}))
    unit_of_work.run(
        lambda s: s.execute(sa.update(Task).where(Task.id == ended.id).values(status=TaskStatus.REASSIGNED))
    )
    at = f"/village/producers/{county.producers[0][0]}"
    name = unit_of_work.run(lambda s: s.get_one(Producer, county.producers[0][0])).name_zh
    for step in ("accept", "ready", "receive"):
        press(coordinator, f"{at}/{step}", task=[str(standing.id), str(ended.id)])
        assert f"{ended.code[:3]} {name}" in coordinator.get(at).text, step
        assert unit_of_work.run(lambda s: s.get_one(Task, standing.id)).status is TaskStatus.OPEN


def test_a_lot_that_is_declared_twice_with_one_form_is_one_lot(county, coordinator, press, unit_of_work):
    told = {
        "producer": str(county.producers[0][1]), "variant": str(county.tea), "units": "7", "token": "one form",
        "harvested_on": NOW.date().isoformat(),
    }  # fmt: skip
    assert 'name="token"' in coordinator.get("/village/lots/new").text
    count = sa.select(sa.func.count(Lot.id))
    before = unit_of_work.run(lambda s: s.scalar(count))
    for _ in range(2):
        assert press(coordinator, "/village/lots/new", **told).status_code == 303
    assert unit_of_work.run(lambda s: s.scalar(count)) == before + 1
    press(coordinator, "/village/lots/new", **(told | {"token": "another form"}))
    assert unit_of_work.run(lambda s: s.scalar(count)) == before + 2


def test_a_row_of_lots_leads_to_what_can_be_done_and_is_short_on_a_phone(county, coordinator):
    page = coordinator.get("/village/lots").text
    row = re.search(r"<tbody>\s*<tr>(.*?)</tr>", page, re.DOTALL)[1]
    lot = re.search(r'href="(/village/lots/\d+)#c-t"', row)[1]
    assert 'id="c-t"' in coordinator.get(lot).text
    assert len(re.findall(r"<td(?![^>]*no-s)", row)) == 4, (
        "goods with what to do, producer, best before, for sale"
    )
