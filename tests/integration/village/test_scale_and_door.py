"""Weighing in, counting, declaring and packing anew without a network; and goods that come in by a code."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Producer, ProducerKind, Variant
from shop.fulfilment.models import TaskStatus
from shop.fulfilment.taking_in_by_code import slip_number
from shop.inventory.intake.models import Intake, RawGood, RawGrade
from shop.inventory.intake.packaging_models import PackagingKind, PackagingStock
from shop.inventory.models import Lot
from shop.inventory.trace_codes import trace_code
from shop.inventory.trace_models import LotOrigin
from shop.kit.clock import utc_now
from shop.settings import DEMO_TRACE_KEY
from tests.factories.villages import NOW
from tests.integration.village.test_desk_actions import kept, send


@pytest.fixture
def workshop(unit_of_work, county) -> dict[str, int]:
    """A workshop with leaf, bags, and a pack of a kilogram of the county's tea. Ids."""

    def build(session):
        producer = Producer(
            slug="mill", kind=ProducerKind.WORKSHOP, village_id=county.villages[0], name_zh="茶坊", name_en="Mill"
        )  # fmt: skip
        leaf = RawGood(
            slug="fresh-leaf", name_zh="鲜叶", name_en="Fresh leaf", usual_yield_bp=2500, heaviest_g=50_000,
            grades=[RawGrade(position=1, name_zh="一级", name_en="Grade 1", weight=100)],
        )  # fmt: skip
        tea = session.get_one(Variant, county.tea)
        kilo = Variant(
            product_id=tea.product_id, sku="TEA-KILO", name_zh="一公斤", name_en="A kilo", price_fen=30000,
            net_weight_g=1000, gross_weight_g=1100,
        )  # fmt: skip
        session.add_all([producer, leaf, kilo])
        session.flush()
        bags = PackagingStock(
            producer_id=producer.id,
            kind=PackagingKind.BAG,
            name_zh="袋",
            name_en="Bags",
            units=10,
            alarm_at=1,
        )
        session.add(bags)
        session.flush()
        return {"id": producer.id, "grade": leaf.grades[0].id, "bags": bags.id, "kilo": kilo.id}

    return unit_of_work.run(build)


@pytest.fixture
def read(unit_of_work):
    return lambda statement: unit_of_work.run(lambda s: s.scalars(statement).all())


def test_what_the_scale_said_without_a_network_is_a_slip_of_that_moment_once(
    county, coordinator, workshop, read
):
    said = {"workshop": str(workshop["id"]), "grade": str(workshop["grade"]), "token": "of the kept page"}
    first = kept(
        "/village/intake", ago=timedelta(days=2), household=str(county.households[0][0]), weight="20", **said
    )
    second = kept("/village/intake", household=str(county.households[0][1]), weight="12.5", **said)
    answers = [send(coordinator, one) for one in (first, second, first)]
    assert [one["outcome"] for one in answers] == ["applied"] * 3
    slips = read(sa.select(Intake).order_by(Intake.id))
    assert [one.grams for one in slips] == [10_000, 6_250]
    assert [one.number in answer["said"] for one, answer in zip(slips, answers, strict=False)] == [True, True]
    assert (slips[1].weighed_at - slips[0].weighed_at) >= timedelta(days=1, hours=23)
    assert f"done={slips[0].id}" in answers[0]["next"]

    heavy = kept("/village/intake", household=str(county.households[0][0]), weight="200", **said)
    asked = send(coordinator, heavy, direct=True)
    assert asked["form"], "before the page it is asked once more"
    told = send(coordinator, heavy)
    assert told["outcome"] == "refused"
    assert "200" in told["said"]
    for wrong in (
        {"household": "nobody", "weight": "1"},
        {"household": str(county.households[1][0]), "weight": "1"},
    ):
        assert send(coordinator, kept("/village/intake", **wrong, **said))["outcome"] == "refused"
    assert len(read(sa.select(Intake))) == 2


def test_packaging_lots_and_packing_anew_come_later_and_once(
    county, coordinator, stranger, workshop, read, unit_of_work
):
    bags = f"/village/packaging/{workshop['bags']}"
    came_in = kept(f"{bags}/receive", units="5")
    counted = kept(f"{bags}/count", counted="14", seen="15", reason="数过")
    for press in (came_in, counted, came_in):
        assert send(coordinator, press)["outcome"] == "applied"
    late = send(coordinator, kept(f"{bags}/count", counted="9", seen="15", reason="数过"))
    assert late["outcome"] == "refused", "the book changed meanwhile"
    assert read(sa.select(PackagingStock.units)) == [14]

    producer_id = county.producers[0][0]
    declared = kept(
        "/village/lots/new", producer=str(producer_id), variant=str(county.tea), units="8",
        harvested_on=NOW.date().isoformat(), token="of the kept page",
    )  # fmt: skip
    before = len(read(sa.select(Lot)))
    for _ in range(2):
        assert send(coordinator, declared)["outcome"] == "applied"
    lot = read(sa.select(Lot).order_by(Lot.id.desc()).limit(1))[0]
    assert (len(read(sa.select(Lot))), lot.declared) == (before + 1, 8)

    soon = (utc_now() + timedelta(days=3)).date().isoformat()
    expected = kept(
        "/village/lots/forecast", producer=str(producer_id), variant=str(county.tea), units="10",
        expected_on=soon, confidence_pct="80",
    )  # fmt: skip
    assert send(coordinator, expected)["outcome"] == "applied"
    forecast = read(sa.select(Lot).where(Lot.expected_on.is_not(None)))[0]
    harvest = kept(f"/village/lots/{forecast.id}/harvest", units="9", harvested_on=NOW.date().isoformat())
    assert send(stranger, harvest)["outcome"] == "refused"
    for _ in range(2):
        assert send(coordinator, harvest)["outcome"] == "applied"
    assert read(sa.select(Lot.declared).where(Lot.id == forecast.id)) == [9]

    anew = kept(
        f"/village/lots/{lot.id}/repack", variant=str(workshop["kilo"]), producer=str(workshop["id"]), units="2",
        **{f"taken-{lot.id}": "8"},
    )  # fmt: skip
    for _ in range(2):
        answer = send(coordinator, anew)
        assert answer["outcome"] == "applied", answer
    [origin] = read(sa.select(LotOrigin))
    assert (origin.origin_id, origin.units) == (lot.id, 8)
    gone = send(coordinator, kept(anew["path"], **anew["fields"]))
    assert gone["outcome"] == "refused", "they are packed anew already"


def test_goods_come_in_by_every_code_that_stands_on_them(
    county, coordinator, stranger, hub, press, place, task_of, read, unit_of_work
):
    def come() -> object:
        return task_of(place({county.honey: 1}))

    def received(task) -> bool:
        return task_of(task.order_id).received_at is not None

    village = county.villages[0]
    by_code, by_six, by_three = come(), come(), come()
    for task, typed in (
        (by_code, by_code.code.lower()),
        (by_six, slip_number(village, by_six.code)),
        (by_three, by_three.code[:3]),
    ):
        assert press(stranger, "/village/take-in", code=typed).status_code == 400, "it comes to another place"
        assert not received(task)
        assert press(coordinator, "/village/take-in", code=typed).status_code == 303, typed
        assert received(task)
    assert task_of(by_code.order_id).status is TaskStatus.READY
    page = coordinator.get("/village/take-in?lang=en").text
    assert page.count("Take back") >= 3
    assert len(re.findall(r"/tasks/\d+/undo-receive|undo", page)) >= 3

    again = send(coordinator, kept("/village/take-in", code=by_six.code))
    assert (again["outcome"], by_six.code[:3] in again["said"]) == ("applied", True)
    assert "早收进来了" in again["said"]
    unknown = send(coordinator, kept("/village/take-in", code="000000000"))
    assert unknown["outcome"] == "refused"

    one = task_of(place({county.tea: 1}))  # the only order of its lot: nothing of it is here yet
    lot_id = read(sa.select(Lot.id).where(Lot.id == county.lots[county.tea, one.producer_id]))[0]
    label = f"http://localhost/trace/{trace_code(lot_id, 1, DEMO_TRACE_KEY)}"
    assert press(coordinator, "/village/take-in", code=label).status_code == 303
    assert received(one)
    waiting = [come() for _ in range(3)]
    producer_id = max((one.producer_id for one in waiting), key=[one.producer_id for one in waiting].count)
    same = [one for one in waiting if one.producer_id == producer_id]
    assert len(same) > 1, "two households share three orders"
    of_lot = trace_code(county.lots[county.honey, producer_id], 1, DEMO_TRACE_KEY)
    several = press(coordinator, "/village/take-in", code=of_lot)
    assert several.status_code == 400
    assert all(slip_number(village, task.code) in several.text for task in same)
    for task in same[1:]:
        assert press(coordinator, "/village/take-in", code=task.code).status_code == 303
    once_more = press(coordinator, "/village/take-in", code=of_lot)
    assert once_more.status_code == 400, "the bag may be one that is here already"
    assert f"✓ {slip_number(village, same[1].code)}" in once_more.text
    assert not received(same[0])
    forged = label[:-1] + ("0" if label[-1] != "0" else "1")
    for nonsense in (forged, "x", "１２", "'; --", "9" * 60):
        assert press(coordinator, "/village/take-in", code=nonsense).status_code == 400, nonsense


def test_a_slip_has_the_code_and_the_six_digits_that_are_typed(county, coordinator, place, task_of):
    task = task_of(place({county.honey: 1}))
    page = coordinator.get("/village/slips?who=all").text
    assert slip_number(task.village_id, task.code) in page
    assert f'aria-label="备货单 {task.code[:3]}"' in page
