"""What the phones of keepers and coordinators send that had no network when the button was pressed."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient

from shop.accounts.models import RoleName
from shop.catalogue.models import VillageCoordinator
from shop.delivery.models import PointKeeper, Run
from shop.fulfilment.accepting import accept
from shop.fulfilment.declining import reassign
from shop.fulfilment.left_behind import left_behind
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskStatus
from shop.fulfilment.reach import WORKER
from shop.inventory.models import Lot
from shop.kit.clock import utc_now
from shop.ordering.models import OrderEvent
from shop.web.farm import phone as farm_phone
from shop.web.point import phone as point_phone
from shop.web.village import phone as village_phone
from tests.factories.counting import counted_statements
from tests.factories.villages import NOW, add_lot

ARRIVED = 1_800_000_000_000  # by the phone's own clock, whatever that says
FACES = (farm_phone, point_phone, village_phone)


def kept(path: str, *, ago: timedelta = timedelta(minutes=5), **fields: str | list[str]) -> dict:
    """One press as the phone keeps it."""
    at = ARRIVED - int(ago.total_seconds() * 1000)
    return {"id": str(uuid4()), "path": path, "fields": fields, "at": at, "sent_at": ARRIVED}


def send(phone: FlaskClient, press: dict, **more) -> dict:
    """Send it as the page's script does, after asking who is there."""
    face = "/" + press["path"].split("/")[1]
    here = phone.get(f"{face}/actions", headers={"Accept": "application/json"}).json
    body = {"person": here["person"], **press, **more}
    answer = phone.post(f"{face}/actions", json=body, headers={"X-CSRFToken": here["token"]})
    assert answer.status_code == 200, answer.text
    return answer.json


@pytest.fixture
def second_keeper(signed_in, county):
    """Another keeper of the same point."""
    return signed_in(
        "keeper3",
        RoleName.POINT_KEEPER,
        lambda user_id: PointKeeper(user_id=user_id, pickup_point_id=county.points[0]),
    )


@pytest.fixture
def second_coordinator(signed_in, county):
    return signed_in(
        "coordinator3",
        RoleName.COORDINATOR,
        lambda user_id: VillageCoordinator(user_id=user_id, village_id=county.villages[0]),
    )


@pytest.fixture
def history(unit_of_work):
    newest = sa.select(OrderEvent).order_by(OrderEvent.id)
    return lambda order_id: unit_of_work.run(
        lambda session: list(session.scalars(newest.where(OrderEvent.order_id == order_id)))
    )


@pytest.fixture
def here(travelling, keeper, county, parcel_of):
    """An order whose parcel waits at the point under a code."""
    [order_id] = travelling("482913")
    send(keeper, kept(f"/point/runs/{county.run}/arrived"))
    return order_id, parcel_of(order_id)


def handing_over(order_id: int, *parcels: str, code: str = "482913") -> dict:
    several = list(parcels) if len(parcels) > 1 else "".join(parcels)
    return kept("/point/hand-over", order=str(order_id), code=code, chosen="1", parcel=several)


def test_what_was_handed_over_without_a_network_is_handed_over_once(keeper, here, parcel_of):
    order_id, parcel = here
    press = handing_over(order_id, parcel.code)
    first, again = send(keeper, press), send(keeper, press)
    assert (first["outcome"], first["said"]) == ("applied", "交给 林老师 1 包。")
    assert (again["said"], again["known"]) == (first["said"], True)
    assert parcel_of(order_id).status is ParcelStatus.HANDED_OVER


def test_a_second_counter_that_gave_the_same_parcel_out_is_told_and_it_is_written_down(
    keeper, second_keeper, here, history
):
    order_id, parcel = here
    send(keeper, handing_over(order_id, parcel.code))
    late = send(second_keeper, handing_over(order_id, parcel.code))
    assert late["outcome"] == "refused"
    assert "已经交出去了" in late["said"]
    [noted] = [one for one in history(order_id) if one.kind == "press_unused"]
    assert (noted.facts["parcel"], noted.facts["pressed"]) == (parcel.code, "parcel_handed_over")


@pytest.mark.parametrize("code", ["000000", "", "四八二九一三"])
def test_a_wrong_code_is_told_and_the_parcel_stands_here_still(keeper, here, parcel_of, history, code):
    order_id, parcel = here
    answer = send(keeper, handing_over(order_id, parcel.code, code=code))
    assert answer["outcome"] == "refused"
    assert answer["said"].startswith("取货码不是这一单的。")
    assert parcel_of(order_id).status is ParcelStatus.SHIPPED
    assert history(order_id)[-1].kind == "press_unused"


def test_a_parcel_in_the_keepers_hand_is_handed_over_before_the_trucks_arrival_was_pressed(
    keeper, travelling, parcel_of
):
    ids = travelling("482914", "482913")
    codes = [parcel_of(one).code for one in ids]
    assert send(keeper, handing_over(ids[1], codes[1]))["outcome"] == "applied"
    assert [parcel_of(one).status for one in ids] == [ParcelStatus.SHIPPED, ParcelStatus.HANDED_OVER]


def test_taking_back_counts_from_when_it_was_pressed(keeper, here, parcel_of):
    order_id, parcel = here
    send(keeper, handing_over(order_id, parcel.code))
    path = f"/point/parcels/{parcel.code}/undo"
    with time_machine.travel(utc_now() + timedelta(hours=1)):
        late = send(keeper, kept(path, ago=timedelta(minutes=40)))
        assert (late["outcome"], parcel_of(order_id).status) == ("refused", ParcelStatus.HANDED_OVER)
        in_time = send(keeper, kept(path, ago=timedelta(minutes=55)))
        assert (in_time["outcome"], parcel_of(order_id).status) == ("applied", ParcelStatus.SHIPPED)


def test_a_truck_that_both_counters_saw_has_arrived(keeper, second_keeper, travelling, county, parcel_of):
    [order_id] = travelling("482913")
    for phone in (keeper, second_keeper):
        answer = send(phone, kept(f"/point/runs/{county.run}/arrived"))
        assert (answer["outcome"], answer["said"]) == ("applied", "包裹到了，已告诉买家。")
    assert parcel_of(order_id).arrived_at is not None


def test_a_parcel_is_reported_later_and_what_the_form_refuses_is_said(keeper, here):
    _order_id, parcel = here
    path = f"/point/parcels/{parcel.code}/report"
    assert send(keeper, kept(path, trouble="missing"))["outcome"] == "refused"
    looked_at = send(keeper, kept(path, trouble="missing"), direct=True)
    assert looked_at["form"]
    assert send(keeper, kept(path, trouble="broken", word="罐子裂了"))["outcome"] == "applied"


def test_another_points_parcel_is_as_good_as_absent(other_keeper, here, county, history, parcel_of):
    order_id, parcel = here
    for press in (
        handing_over(order_id, parcel.code),
        kept(f"/point/parcels/{parcel.code}/undo"),
        kept(f"/point/parcels/{parcel.code}/report", trouble="missing", word="没见到"),
        kept(f"/point/runs/{county.run}/arrived"),
    ):
        assert send(other_keeper, press)["outcome"] == "refused"
    assert parcel_of(order_id).status is ParcelStatus.SHIPPED
    assert not [one for one in history(order_id) if one.kind == "press_unused"]


def test_a_phone_keeps_names_and_parcels_and_no_pickup_code(keeper, here, press):
    order_id, parcel = here
    page = keeper.get("/point")
    assert page.headers["X-Keep-For"]
    assert f'data-order="{order_id}"' in page.text
    assert f'data-parcel="{parcel.code}"' in page.text
    assert "482913" not in page.text
    assert not any(word in page.text for word in ("13812345678", "¥"))
    shown = keeper.get(press(keeper, "/point/find", code="482913").location)
    assert "482913" in shown.text
    assert "X-Keep-For" not in shown.headers


def test_the_counter_asks_as_much_for_four_parcels_as_for_one(
    engine, keeper, travelling, unit_of_work, county
):
    travelling("482913", "482914", "482915", "482916")

    keeper.get("/point")

    def asked() -> int:
        with counted_statements(engine) as statements:
            keeper.get("/point")
        return len(statements)

    some = asked()
    but_one = sa.select(sa.func.min(Parcel.id)).scalar_subquery()
    gone = sa.update(Parcel).where(Parcel.id != but_one).values(status="handed_over")
    unit_of_work.run(lambda s: s.execute(gone))
    assert asked() == some


@pytest.fixture
def task(place, county, task_of):
    return task_of(place({county.honey: 2}))


@pytest.fixture
def now_of(unit_of_work):
    return lambda task: unit_of_work.run(lambda session: session.get_one(Task, task.id))


def test_a_days_work_of_the_barn_comes_later_in_its_order(
    coordinator, task, now_of, unit_of_work, parcel_of, county
):
    number = unit_of_work.run(
        lambda s: s.scalar(sa.text("SELECT number FROM orders WHERE id = :id"), {"id": task.order_id})
    )
    for path, fields, said in (
        (f"/village/tasks/{task.id}/accept", {}, "已替农户接单。"),
        (f"/village/tasks/{task.id}/ready", {}, "已报备好。"),
        (f"/village/tasks/{task.id}/receive", {"back": "order"}, "已收货。"),
        (f"/village/packing/{number}/{task.packing_place_id}", {"weight_g": ""}, "已装箱，现在打印面单。"),
    ):
        answer = send(coordinator, kept(path, **fields))
        assert answer["outcome"] == "applied", (path, answer)
        assert answer["said"] == said or answer["said"], (path, answer)
    parcel = parcel_of(task.order_id)
    assert now_of(task).status is TaskStatus.PACKED
    shipped = send(
        coordinator,
        kept(f"/village/parcels/{parcel.code}/ship", carrier="sf", tracking_number="SF1234567890123"),
    )
    assert shipped["outcome"] == "applied"
    assert send(coordinator, kept(f"/village/parcels/{parcel.code}/delivered"))["outcome"] == "applied"
    assert parcel_of(task.order_id).status is ParcelStatus.DELIVERED


def test_several_tasks_of_a_household_are_pressed_together(coordinator, place, county, task_of, now_of):
    tasks = [task_of(place({county.honey: 1})) for _ in range(2)]
    path = f"/village/producers/{tasks[0].producer_id}/accept"
    answer = send(coordinator, kept(path, task=[str(one.id) for one in tasks]))
    assert answer["outcome"] == "applied"
    assert {now_of(one).status for one in tasks} == {TaskStatus.ACCEPTED}
    assert send(coordinator, kept(path))["outcome"] == "refused"  # none was ticked


def packed(unit_of_work, coordinator, place, county, task_of, parcel_of, count: int, **facts) -> list[Parcel]:
    found = []
    for _ in range(count):
        task = task_of(place({county.honey: 1}, **facts))
        send(coordinator, kept(f"/village/tasks/{task.id}/receive"))
        number = unit_of_work.run(
            lambda s, task=task: s.scalar(
                sa.text("SELECT number FROM orders WHERE id = :id"), {"id": task.order_id}
            )
        )
        send(coordinator, kept(f"/village/packing/{number}/{task.packing_place_id}"))
        found.append(parcel_of(task.order_id))
    return found


def test_forty_numbers_come_later_all_or_none(coordinator, place, county, task_of, parcel_of, unit_of_work):
    parcels = packed(unit_of_work, coordinator, place, county, task_of, parcel_of, 2)
    lines = [f"{one.code} SF123456789012{number}" for number, one in enumerate(parcels)]
    wrong = send(
        coordinator, kept("/village/parcels/ship", carrier="sf", lines=[*lines, "AAAAAAAAAA SF1234567890129"])
    )
    assert wrong["outcome"] == "refused"
    assert wrong["said"].startswith("AAAAAAAAAA SF1234567890129: ")
    assert {parcel_of(one.order_id).status for one in parcels} == {ParcelStatus.PACKED}
    assert send(coordinator, kept("/village/parcels/ship", carrier="sf", lines=lines))["outcome"] == "applied"
    assert {parcel_of(one.order_id).status for one in parcels} == {ParcelStatus.SHIPPED}


def test_a_truck_is_loaded_and_sent_off_later(coordinator, place, county, task_of, parcel_of, unit_of_work):
    parcels = packed(unit_of_work, coordinator, place, county, task_of, parcel_of, 2, pickup=True)
    at = f"/village/runs/{county.run}"
    assert send(coordinator, kept(f"{at}/load"))["outcome"] == "refused"
    assert send(coordinator, kept(f"{at}/load", typed="AAAAAAAAAA"))["said"].startswith("您的打包点没有")
    codes = [one.code for one in parcels]
    assert send(coordinator, kept(f"{at}/load", parcel=codes))["outcome"] == "applied"
    assert send(coordinator, kept(f"{at}/unload", parcel=codes[0]))["outcome"] == "applied"
    assert send(coordinator, kept(f"{at}/load", parcel=codes[0]))["outcome"] == "applied"
    with time_machine.travel(NOW + timedelta(days=4, hours=1)):
        behind = unit_of_work.run(lambda s: left_behind(s, county.run_id).mark)
        assert send(coordinator, kept(f"{at}/depart", behind="x"))["outcome"] == "refused"
        assert send(coordinator, kept(f"{at}/depart", behind=behind))["outcome"] == "applied"
        assert send(coordinator, kept(f"{at}/arrive"))["outcome"] == "applied"
    assert unit_of_work.run(lambda s: s.get_one(Run, county.run_id)).arrived_at is not None
    assert all(parcel_of(one.order_id).arrived_at for one in parcels)


def test_of_two_coordinators_the_later_one_is_told_what_stands_in_her_language(
    coordinator, second_coordinator, task, now_of, history
):
    first = send(coordinator, kept(f"/village/tasks/{task.id}/decline", reason="雨太大"))
    assert first["outcome"] == "applied"
    late = send(second_coordinator, kept(f"/village/tasks/{task.id}/ready"))
    assert late["outcome"] == "refused"
    assert "谢绝了。您点的没用上。" in late["said"]
    second_coordinator.set_cookie("language", "en")
    late = send(second_coordinator, kept(f"/village/tasks/{task.id}/accept"))
    assert "declined. What you pressed was not used." in late["said"]
    assert now_of(task).status is TaskStatus.DECLINED
    assert [one.kind for one in history(task.order_id)].count("press_unused") == 2


def test_ready_that_a_coordinator_pressed_before_the_task_was_given_away_stands(
    coordinator, county, unit_of_work, place, task_of, now_of
):
    back, over = (task_of(place({county.honey: 1})) for _ in range(2))
    unit_of_work.run(lambda s: add_lot(s, county, county.honey, county.producers[1][0], 9))
    for one in (back, over):
        unit_of_work.run(lambda s, one=one: reassign(s, one.id, by=WORKER, now=utc_now()))
    unit_of_work.run(lambda s: accept(s, [task_of_order(s, over)], by=WORKER, now=utc_now()))
    said = send(coordinator, kept(f"/village/tasks/{back.id}/ready"))
    assert (said["outcome"], said["said"]) == ("applied", "早就备好了：这单还是这家的。")
    said = send(coordinator, kept(f"/village/tasks/{over.id}/ready"))
    assert (said["outcome"], said["said"]) == ("applied", "这单别家已经在备了。备好的货留着，下一单先用。")
    assert now_of(back).status is TaskStatus.READY
    lots = sa.select(Lot.goes_first).where(Lot.id == county.lots[county.honey, county.producers[0][0]])
    assert unit_of_work.run(lambda s: s.scalar(lots)) == 1


def task_of_order(session, given_away: Task) -> int:
    newest = sa.select(Task.id).where(Task.order_id == given_away.order_id).order_by(Task.id.desc())
    return session.scalars(newest).first()


def test_another_villages_task_and_parcel_are_refused_alike(stranger, task, now_of, history):
    for path in (
        f"/village/tasks/{task.id}/accept",
        "/village/tasks/999999/accept",
        "/village/parcels/AAAAAAAAAA/unpack",
    ):
        answer = send(stranger, kept(path))
        assert (answer["outcome"], answer["said"]) == ("refused", answer["said"])
    assert now_of(task).status is TaskStatus.OPEN
    assert not [one for one in history(task.order_id) if one.kind == "press_unused"]


@pytest.mark.parametrize("phone", FACES, ids=lambda one: one.FACE.root)
def test_what_may_come_later_is_a_form_of_its_face(app, phone):
    posts = {rule.endpoint: rule for rule in app.url_map.iter_rules() if "POST" in rule.methods}
    for endpoint in phone.DEEDS:
        assert posts[endpoint].rule.startswith(phone.FACE.root + "/")


@pytest.mark.parametrize("phone", FACES, ids=lambda one: one.FACE.root)
def test_each_face_can_stand_on_the_first_screen_of_a_phone(client, phone):
    root = phone.FACE.root
    manifest = client.get(f"{root}/manifest.webmanifest").json
    assert manifest["name"]
    assert manifest["short_name"]
    assert (manifest["id"], manifest["scope"], manifest["start_url"]) == (root, root, phone.FACE.home)
    assert {one["sizes"] for one in manifest["icons"]} == {"192x192", "512x512"}
    assert all(client.get(one["src"]).status_code == 200 for one in manifest["icons"])
    worker = client.get(f"{root}/worker.js")
    assert (worker.status_code, worker.headers["Service-Worker-Allowed"]) == (200, root)
    assert client.get(f"{root}/offline").status_code == 200
