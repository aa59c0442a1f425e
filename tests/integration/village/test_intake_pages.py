"""Weighing in, making a lot and packaging, as a coordinator does it."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Household, Producer, ProducerKind, Variant
from shop.inventory.intake.models import Intake, RawGood, RawGrade
from shop.inventory.intake.packaging_models import PackagingChange, PackagingStock
from shop.inventory.intake.processing_models import Processing
from shop.inventory.models import Lot, LotShare, LotStatus
from tests.factories.counting import counted_statements
from tests.factories.villages import NOW, number

PAGES = (
    "/village/intake",
    "/village/intake/slips",
    "/village/processing",
    "/village/processing/new",
    "/village/packaging",
    "/village/packaging/new",
)


@pytest.fixture
def workshop(unit_of_work, county):
    """A workshop in the first village that takes in leaf of two grades; a tin of tea weighs 250 g. Ids."""

    def build(session):
        count = number()
        producer = Producer(
            slug=f"workshop{count}", kind=ProducerKind.WORKSHOP, village_id=county.villages[0],
            name_zh="茶坊", name_en="Tea workshop",
        )  # fmt: skip
        leaf = RawGood(
            slug=f"leaf{count}", name_zh="鲜叶", name_en="Fresh leaf", usual_yield_bp=2500, heaviest_g=50_000,
            grades=[
                RawGrade(position=1, name_zh="一级", name_en="Grade 1", weight=100),
                RawGrade(position=2, name_zh="二级", name_en="Grade 2", weight=50),
            ],
        )  # fmt: skip
        session.add_all([producer, leaf])
        session.flush()
        return {"id": producer.id, "grade": leaf.grades[0].id, "second": leaf.grades[1].id}

    return unit_of_work.run(build)


@pytest.fixture
def read(unit_of_work):
    return lambda statement: unit_of_work.run(lambda s: s.scalars(statement).all())


@pytest.fixture
def weigh(press, county, workshop, coordinator):
    def _weigh(household=None, weight="20", grade="grade", **more):
        fields = {
            "workshop": workshop["id"], "grade": workshop[grade], "weight": weight,
            "household": household or str(county.households[0][0]), "token": f"t{number()}",
        }  # fmt: skip
        return press(coordinator, "/village/intake", **fields | more)

    return _weigh


def make(press, client, workshop, county, ids, weight="20", **more):
    fields = {"variant": county.tea, "units": "10", "use": ids, "token": f"t{number()}"}
    fields |= {f"g-{one}": weight for one in ids}
    return press(client, f"/village/processing/new?workshop={workshop['id']}", **fields | more)


def test_every_page_opens_in_both_languages_and_says_what_is_missing(
    county, coordinator, workshop, weigh, press
):
    for filled in (False, True):
        for path in PAGES:
            for language in ("zh", "en"):
                assert coordinator.get(path, query_string={"lang": language}).status_code == 200, (
                    filled,
                    path,
                )
        weigh()


def test_a_coordinator_without_a_workshop_is_told_so(stranger, workshop):
    assert "No workshop in your villages" in stranger.get("/village/intake?lang=en").text
    assert stranger.get("/village/processing/new").status_code == 200


def test_the_queue_goes_on_with_the_same_workshop_and_grade(coordinator, weigh, read, workshop):
    answer = weigh(weight="１２．５", grade="second")
    assert answer.status_code == 303
    page = coordinator.get(answer.location).text
    assert f'<option selected value="{workshop["second"]}">' in page
    (slip,) = read(sa.select(Intake))
    assert (slip.grams, slip.grade_id) == (6_250, workshop["second"])
    assert slip.number in page
    assert slip.weighed_by_id is not None


def test_a_form_that_is_sent_twice_writes_one_slip(weigh, read):
    for _ in range(2):
        assert weigh(token="the same").status_code == 303
    assert len(read(sa.select(Intake))) == 1


def test_a_household_is_named_by_number_or_name_and_two_of_a_name_are_asked_about(
    weigh, read, county, unit_of_work
):
    unit_of_work.run(
        lambda s: s.execute(
            sa.update(Household).where(Household.id.in_(county.households[0])).values(alias_zh="李家")
        )
    )
    asked = weigh("李家")
    assert asked.status_code == 400
    assert all(f"{one} 李家" in asked.text for one in county.households[0])
    assert 'value="20"' in asked.text
    assert weigh(f"{county.households[0][1]} 李家").status_code == 303
    assert [one.household_id for one in read(sa.select(Intake))] == [county.households[0][1]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"weight": "-3"}, {"weight": "很多"}, {"weight": ""}, {"weight": "0"}, {"weight": "99999"},
        {"household": "没有这家"}, {"household": "9" * 40}, {"grade": "abc"}, {"workshop": "' OR 1=1"},
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_what_was_typed_stays(press, coordinator, county, workshop, read, wrong):
    fields = {
        "workshop": workshop["id"], "grade": workshop["grade"], "weight": "12", "household": str(county.households[0][0]),
    }  # fmt: skip
    answer = press(coordinator, "/village/intake", **fields | wrong)
    assert answer.status_code == 400
    assert read(sa.select(Intake)) == []


def test_a_household_of_another_village_is_nobody_here(weigh, read, county):
    assert weigh(str(county.households[1][0])).status_code == 400
    assert read(sa.select(Intake)) == []


def test_an_unusual_weight_is_asked_about_once(weigh, read):
    asked = weigh(weight="200")
    assert asked.status_code == 409
    sure = re.search(r'name="sure"[^>]*value="(\d+)"', asked.text)[1]
    assert sure == "100000"
    assert weigh(weight="300", sure=sure).status_code == 409
    assert weigh(weight="200", sure=sure).status_code == 303
    assert [one.grams for one in read(sa.select(Intake))] == [100_000]


def test_a_slip_is_printed_twice_and_taken_back_by_another(weigh, read, coordinator, stranger, press):
    weigh(weight="50")
    (slip,) = read(sa.select(Intake))
    at = f"/village/intake/slips/{slip.id}"
    printed = coordinator.get(f"{at}/print").text
    assert printed.count(slip.number) >= 2
    assert printed.count("50 斤") == 2
    assert press(coordinator, f"{at}/take-back", reason="").status_code == 400
    assert press(coordinator, f"{at}/take-back", reason="多看了一位", weight="5").status_code == 303
    assert [one.grams for one in read(sa.select(Intake).order_by(Intake.id))] == [25_000, -25_000, 2_500]
    again = press(coordinator, f"{at}/take-back", reason="多看了一位", weight="5")
    assert again.status_code == 409
    for path in (at, f"{at}/print"):
        assert stranger.get(path).status_code == 404
    assert press(stranger, f"{at}/take-back", reason="x").status_code == 404
    counter = coordinator.get(f"/village/intake/slips/{slip.id + 1}").text
    assert "多看了一位" in counter


def test_the_household_reads_its_own_slips_and_no_other_household_does(
    weigh, coordinator, farmer, press, read, county
):
    assert "看过秤的单子" not in farmer.get("/farm/money").text
    weigh(weight="20")
    weigh(household=str(county.households[0][1]), weight="33")
    assert "看过秤的单子" in farmer.get("/farm/money").text
    shown = farmer.get("/farm/money/weighed").text
    assert "鲜叶 一级" in shown
    assert "20 斤" in shown
    assert "等着加工" in shown
    assert "33 斤" not in shown
    first = read(sa.select(Intake.id).order_by(Intake.id))[0]
    assert press(coordinator, f"/village/intake/slips/{first}/take-back", reason="写错了").status_code == 303
    shown = farmer.get("/farm/money/weighed").text
    assert "作废" in shown
    assert shown.count("20 斤") == 1, "the entry that takes it back is not a delivery of its own"


def test_a_lot_is_made_of_slips_and_undone_again(weigh, read, county, coordinator, stranger, workshop, press):
    first, second = county.households[0]
    weigh(str(first))
    weigh(str(second), grade="second")
    ids = [one.id for one in read(sa.select(Intake).order_by(Intake.id))]
    answer = make(press, coordinator, workshop, county, ids, units="20")
    assert answer.status_code == 303, answer.text
    (made,) = read(sa.select(Processing))
    assert (made.in_g, made.out_g) == (20_000, 5_000)
    shares = read(sa.select(LotShare).where(LotShare.lot_id == made.lot_id).order_by(LotShare.household_id))
    assert [one.share_bp for one in shares] == [6_667, 3_333]
    page = coordinator.get(f"{answer.location}?lang=en").text
    assert "66.67 %" in page
    assert "25.0 %" in page
    at = f"/village/processing/{made.id}"
    assert stranger.get(at).status_code == 404
    assert press(stranger, f"{at}/undo", reason="x").status_code == 404
    assert press(coordinator, f"{at}/undo", reason="").status_code == 400
    assert press(coordinator, f"{at}/undo", reason="打错了").status_code == 303
    again = press(coordinator, f"{at}/undo", reason="打错了")
    assert again.status_code == 409
    assert "已经撤销" in again.text
    (lot,) = read(sa.select(Lot).where(Lot.id == made.lot_id))
    assert (lot.status, lot.declared) == (LotStatus.CLOSED, 0)
    assert {one.left_g for one in read(sa.select(Intake))} == {10_000}


def test_only_the_wanted_grade_since_a_day_is_offered(weigh, coordinator, workshop, read):
    weigh()
    weigh(grade="second")
    first, second = read(sa.select(Intake).order_by(Intake.id))
    page = coordinator.get(f"/village/processing/new?grade={workshop['second']}&since={NOW:%Y-%m-%d}").text
    assert f'id="use-{second.id}" checked' in page
    assert f'id="use-{first.id}"' not in page
    assert "checked" not in coordinator.get("/village/processing/new?since=2199-01-01").text


def test_a_part_of_a_slip_is_used_and_the_rest_is_left(weigh, coordinator, workshop, county, read, press):
    weigh()
    (slip,) = read(sa.select(Intake))
    answer = make(press, coordinator, workshop, county, [slip.id], weight="10.5", units="5")
    assert answer.status_code == 303
    assert [one.left_g for one in read(sa.select(Intake))] == [4_750]


def test_what_is_wrong_with_a_lot_is_said_and_everything_typed_stays(
    weigh, coordinator, workshop, county, read, press
):
    weigh()
    (slip,) = read(sa.select(Intake))
    for more, status in (
        ({"units": "0"}, 400),
        ({"units": "41"}, 400),
        ({"lost": "19"}, 400),
        ({f"g-{slip.id}": "20.001"}, 400),
        ({f"g-{slip.id}": "21"}, 400),
        ({"use": []}, 400),
        ({"use": ["999999"]}, 400),
        ({"variant": "1000000000"}, 400),
        ({"best_before": "2020-01-01"}, 400),
        ({"units": "4"}, 409),
    ):
        answer = make(press, coordinator, workshop, county, [slip.id], **more)
        assert answer.status_code == status, more
    assert 'name="sure" type="hidden" value="1000"' in answer.text
    assert re.search(r'name="units"[^>]*value="4"', answer.text)
    assert read(sa.select(Processing)) == []
    assert make(press, coordinator, workshop, county, [slip.id], units="4", sure="1000").status_code == 303


def test_packaging_comes_in_is_used_counted_and_warns(
    weigh, coordinator, stranger, workshop, county, read, press
):
    fields = {
        "keeper": f"w{workshop['id']}", "kind": "tin", "name_zh": "茶罐", "name_en": "Tin", "units": "40",
        "alarm_at": "25", "token": "once",
    }  # fmt: skip
    at = [press(coordinator, "/village/packaging/new", **fields).location for _ in range(2)]
    assert at[0] == at[1]
    (stock,) = read(sa.select(PackagingStock))
    weigh()
    (slip,) = read(sa.select(Intake))
    too_many = make(press, coordinator, workshop, county, [slip.id], **{f"p-{stock.id}": "41"})
    assert too_many.status_code == 409
    assert "40" in too_many.text.split('role="alert"')[1][:400]
    assert 'value="41"' in too_many.text
    assert make(press, coordinator, workshop, county, [slip.id], **{f"p-{stock.id}": "x"}).status_code == 400
    make(press, coordinator, workshop, county, [slip.id], **{f"p-{stock.id}": "20"})
    for path in ("/village", "/village/work", at[0], "/village/packaging"):
        assert "茶罐" in coordinator.get(path).text, path
        assert "茶罐" not in stranger.get(path).text, path
    assert press(coordinator, f"{at[0]}/receive", units="100", token="more").status_code == 303
    press(coordinator, f"{at[0]}/receive", units="100", token="more")
    assert "茶罐" not in coordinator.get("/village/work").text
    assert press(coordinator, f"{at[0]}/count", counted="118", seen="100", reason="坏了").status_code == 409
    assert press(coordinator, f"{at[0]}/count", counted="118", seen="120", reason="").status_code == 400
    assert press(coordinator, f"{at[0]}/count", counted="118", seen="120", reason="坏了").status_code == 303
    assert press(coordinator, f"{at[0]}/alarm", alarm_at="118", active="y").status_code == 303
    assert press(stranger, f"{at[0]}/receive", units="1").status_code == 404
    assert [one.change for one in read(sa.select(PackagingChange).order_by(PackagingChange.id))] == [
        40,
        -20,
        100,
        -2,
    ]
    assert read(sa.select(PackagingStock.units)) == [118]


def test_the_number_of_statements_does_not_grow_with_the_slips(
    weigh, coordinator, workshop, county, press, read, engine
):
    for _ in range(2):
        weigh()
    make(press, coordinator, workshop, county, [read(sa.select(sa.func.min(Intake.id)))[0]], units="10")
    coordinator.get(PAGES[0])
    few = {path: _count(coordinator, path, engine) for path in PAGES}
    for _ in range(4):
        weigh()
        newest = read(sa.select(sa.func.max(Intake.id)))[0]
        make(press, coordinator, workshop, county, [newest], weight="10", units="5")
    assert {path: _count(coordinator, path, engine) for path in PAGES} == few


def _count(client, path, engine):
    with counted_statements(engine) as counted:
        assert client.get(path).status_code == 200
    return len(counted)


def test_goods_that_the_workshop_may_not_sell_are_not_made(
    weigh, coordinator, workshop, county, read, press, unit_of_work
):
    weigh()
    (slip,) = read(sa.select(Intake))
    unit_of_work.run(
        lambda s: s.execute(sa.update(Variant).where(Variant.id == county.tea).values(active=False))
    )
    assert make(press, coordinator, workshop, county, [slip.id]).status_code == 400
    assert read(sa.select(Processing)) == []


def test_another_workshops_slips_go_into_no_lot_here(
    weigh, coordinator, workshop, county, read, press, unit_of_work
):
    weigh()
    (slip,) = read(sa.select(Intake))
    other = Producer(
        slug="elsewhere",
        kind=ProducerKind.WORKSHOP,
        village_id=county.villages[1],
        name_zh="别村坊",
        name_en="Elsewhere",
    )
    unit_of_work.run(lambda s: (s.add(other), s.flush()))
    unit_of_work.run(lambda s: s.execute(sa.update(Intake).values(producer_id=other.id)))
    assert make(press, coordinator, workshop, county, [slip.id]).status_code == 404
    assert coordinator.get(f"/village/intake/slips/{slip.id}").status_code == 404
    assert slip.number not in coordinator.get("/village/intake/slips").text
    assert read(sa.select(Processing)) == []


def test_own_reports_show_own_workshops_only_as_page_and_as_file(weigh, coordinator, stranger):
    weigh(weight="12")
    for name in ("intake", "yield", "lot-balance"):
        for language in ("zh", "en"):
            assert coordinator.get(f"/village/reports/{name}?lang={language}").status_code == 200
    assert "6000" in coordinator.get("/village/reports/intake").text
    assert "茶坊" in coordinator.get("/village/reports/intake?format=csv").data.decode("utf-8-sig")
    assert "茶坊" not in stranger.get("/village/reports/intake?format=csv").data.decode("utf-8-sig")
    assert "茶坊" not in stranger.get("/village/reports/intake").text
    assert coordinator.get("/village/reports/intake?format=xlsx").data.startswith(b"PK")
    assert coordinator.get("/village/reports/orders").status_code == 404
    assert coordinator.get("/village/reports/intake?from=tomorrow").status_code == 400
    assert coordinator.get("/village/reports/intake?format=pdf").status_code == 400
