"""The hub's own screen: each step has its list and one press, and no village sees what waits there."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from shop.catalogue.models import PackingPlace, Producer, ProducerKind, Variant
from shop.delivery.models import Run
from shop.fulfilment.hub.models import HubStep, HubStepKind, RepackRequest
from shop.fulfilment.hub.rates import write_rates
from shop.fulfilment.models import Parcel, Task
from shop.fulfilment.order_progress import order_progress
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.readiness import mark_ready
from shop.fulfilment.receiving import receive
from shop.kit.clock import shanghai_date, utc_now
from shop.ordering.models import Order
from tests.factories.counting import counted_statements

STEPS = ("receive", "assemble", "repack", "merge", "done")


@pytest.fixture(autouse=True)
def _prices(unit_of_work, county):
    prices = dict.fromkeys(HubStepKind, 50)
    unit_of_work.run(lambda s: write_rates(s, prices, shanghai_date(utc_now()), actor_id=None, now=utc_now()))


@pytest.fixture
def ready(unit_of_work, county, place):
    """An order by truck whose gift box goes to the hub, and whose honey is packed in its village."""

    def _ready() -> int:
        order_id = place({county.box: 1, county.honey: 1}, pickup=True)
        tasks = unit_of_work.run(lambda s: s.scalars(sa.select(Task).where(Task.order_id == order_id)).all())
        unit_of_work.run(lambda s: mark_ready(s, [one.id for one in tasks], by=WORKER, now=utc_now()))
        own = [one for one in tasks if one.packing_place_id != county.hub]
        unit_of_work.run(lambda s: receive(s, [one.id for one in own], by=WORKER, now=utc_now()))
        unit_of_work.run(lambda s: pack_parcel(s, order_id, county.places[0], by=WORKER, now=utc_now()))
        return order_id

    return _ready


def actions(client, step: str, path: str) -> list[str]:
    return re.findall(rf'action="(/village/{path})"', client.get(f"/village/hub?step={step}").text)


def undoings(page: str) -> list[str]:
    """Where the buttons and links for undoing lead, on the list of what was done."""
    return re.findall(r'<a class="btn btn-line btn-sm" href="(/village/(?:tasks|parcels)/[^"]+)"', page)


def test_one_press_for_each_step_from_receiving_to_one_parcel(
    hub, coordinator, ready, rows, press, unit_of_work, county
):
    order_id = ready()
    [number] = rows(sa.select(Order.number).where(Order.id == order_id))
    assert coordinator.get("/village/hub").status_code == 404
    assert 'href="/village/hub"' in hub.get("/village").text
    assert 'href="/village/hub"' not in coordinator.get("/village").text
    for action in actions(hub, "receive", r"tasks/\d+/receive"):
        assert press(hub, action, back="hub").location == "/village/hub"
    [assemble] = actions(hub, "assemble", r"packing/[\w-]+/\d+")
    label = press(hub, assemble).location
    assert hub.get(label).status_code == 200
    [merge] = actions(hub, "merge", r"hub/merge/[\w-]+")
    assert merge.endswith(number)
    assert press(coordinator, merge).status_code == 404
    before = rows(sa.select(Parcel.code).where(Parcel.order_id == order_id).order_by(Parcel.id))
    whole = press(hub, merge).location
    assert press(hub, merge).location == whole
    page = hub.get(whole).text
    assert all(code in page for code in before)
    assert hub.get(f"/village/parcels/{before[0]}").location == whole, "the label inside leads to the whole"
    done = hub.get("/village/hub?step=done").text
    assert number in done
    code = whole.rsplit("/")[-1]
    assert f"/village/parcels/{code}" in done, "it can be undone from here"
    assert undoings(done) == [whole], (
        "what is packed and merged is undone by taking apart, and not at its receipt"
    )
    [truck] = rows(sa.select(Run.code))
    for said in (f"已装车：包裹 {code}（{before[0]} 已并在里面）", f"{before[0]} 已并在包裹 {code} 里，"):
        answer = press(hub, f"/village/runs/{truck}/load", typed=before[0])
        assert answer.status_code == 303
        assert said in hub.get(answer.location).text
    assert rows(sa.select(Parcel.loaded_at.is_not(None)).where(Parcel.order_id == order_id)) == [True]
    code = whole.rsplit("/")[-1]
    assert press(hub, merge).location == whole, "also where it is on the truck by now"
    assert f"/village/parcels/{code}" in hub.get("/village/hub?step=done").text, "taken off, it can be undone"
    press(hub, f"{whole}/unpack")
    assert "先把它卸下来" in hub.get(whole).text
    press(hub, f"/village/runs/{truck}/unload", parcel=code)
    assert (
        unit_of_work.run(lambda s: order_progress(s, order_id, by_truck=True))[0].place_zh
        == rows(sa.select(PackingPlace.name_zh).where(PackingPlace.id == county.hub))[0]
    )
    said = hub.get(press(hub, f"{whole}/unpack").location).text
    assert all(one in said for one in before), "which boxes stand there now"
    assert sorted(rows(sa.select(Parcel.code).where(Parcel.order_id == order_id))) == sorted(before)
    assert hub.get(f"/village/parcels/{before[1]}").status_code == 200


def test_a_village_asks_and_the_hub_packs_or_sends_back(
    hub, coordinator, stranger, press, rows, unit_of_work, county
):
    def add(session) -> tuple[int, int]:
        tea = session.get_one(Variant, county.tea)
        kilo = Variant(
            product_id=tea.product_id, sku="TEA-KILO", name_zh="一公斤", name_en="A kilo", price_fen=30000,
            net_weight_g=1000, gross_weight_g=1100,
        )  # fmt: skip
        works = Producer(
            slug="works", kind=ProducerKind.WORKSHOP, village_id=county.villages[0], name_zh="加工坊", name_en="Works"
        )  # fmt: skip
        session.add_all([kilo, works])
        session.flush()
        return kilo.id, works.id

    kilo, works = unit_of_work.run(add)
    lot = county.lots[county.tea, county.producers[0][0]]
    form = {f"taken-{lot}": 8, "variant": kilo, "producer": works, "hub": county.hub}
    at = f"/village/lots/{lot}/repack"
    assert press(coordinator, at, **form, units=3, token="a").status_code == 400, "two kilograms go in"
    assert press(coordinator, at, **(form | {"hub": county.places[1]}), units=2, token="a").status_code == 400
    for _ in range(2):
        assert press(coordinator, at, **form, units=2, token="a").location == "/village/hub/requests"
    [request] = rows(sa.select(RepackRequest.id))
    assert f"/village/hub/requests/{request}/withdraw" in coordinator.get("/village/hub/requests").text
    assert "一公斤" not in stranger.get("/village/hub/requests").text
    for step in ("withdraw", "repack", "undo"):
        assert press(stranger, f"/village/hub/requests/{request}/{step}").status_code == 404
    [packed] = actions(hub, "repack", r"hub/requests/\d+/repack")
    press(hub, packed)
    [undo] = actions(hub, "done", r"hub/requests/\d+/undo")
    press(hub, undo)
    assert "没有可以撤回的" in hub.get(press(hub, undo).location).text
    assert actions(hub, "repack", r"hub/requests/\d+/repack") == [packed]
    press(hub, f"/village/hub/requests/{request}/withdraw", back="hub")
    assert actions(hub, "repack", r"hub/requests/\d+/repack") == []
    assert press(hub, packed).status_code == 303
    assert rows(sa.select(HubStep.undone_at.is_not(None))) == [True]


def test_each_list_is_read_in_the_same_statements_however_long(hub, ready, engine):
    ready()
    hub.get("/village/hub")  # what a process reads once
    before = {step: count(engine, hub, step) for step in STEPS}
    for _ in range(2):
        ready()
    assert {step: count(engine, hub, step) for step in STEPS} == before
    assert max(before.values()) <= 22


def count(engine, client, step: str) -> int:
    with counted_statements(engine) as statements:
        assert client.get(f"/village/hub?step={step}&page=1").status_code == 200
    return len(statements)
