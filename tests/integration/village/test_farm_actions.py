"""What a farmer's phone sends that had no network when the button was pressed."""

from __future__ import annotations

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient

from shop.accounts import device_actions
from shop.accounts.device_models import ActionOutcome, DeviceAction
from shop.accounts.forgetting import forget_old_traces
from shop.accounts.models import AuditEntry, RoleName, User
from shop.catalogue.models import ProducerMember
from shop.fulfilment.declining import reassign
from shop.fulfilment.models import TaskStatus
from shop.fulfilment.reach import WORKER
from shop.inventory.models import Lot, LotChange
from shop.kit.clock import utc_now
from shop.ordering.models import Order, OrderEvent
from shop.web.phone_actions import person_name
from tests.conftest import OwnOriginClient
from tests.factories.people import PASSWORD, csrf_token
from tests.factories.villages import add_lot
from tests.factories.without_locks import drop_unique, goes_wrong, without_locks

ARRIVED = 1_800_000_000_000  # by the phone's own clock, whatever that says


def press(path: str, *, ago: timedelta = timedelta(minutes=5), **fields: str) -> dict:
    """One press as the phone keeps it."""
    return {
        "id": str(uuid4()),
        "path": path,
        "fields": fields,
        "at": ARRIVED - int(ago.total_seconds() * 1000),
        "sent_at": ARRIVED,
    }


def send(phone: FlaskClient, kept: dict, **more) -> dict:
    """Send it as the page's script does, after asking who is there."""
    answer = post(phone, kept, **more)
    assert answer.status_code == 200, answer.text
    return answer.json


def post(phone: FlaskClient, kept: object, **more):
    here = phone.get("/farm/actions", headers={"Accept": "application/json"}).json
    body = {"person": here["person"], **kept, **more} if isinstance(kept, dict) else kept
    return phone.post("/farm/actions", json=body, headers={"X-CSRFToken": here["token"]})


@pytest.fixture
def sister(signed_in, county, unit_of_work):
    """Somebody else of the same household, on a phone of her own."""
    producer_id = county.producers[0][0]
    phone = signed_in(
        "sister", RoleName.FARMER, lambda user_id: ProducerMember(user_id=user_id, producer_id=producer_id)
    )
    unit_of_work.run(
        lambda session: session.execute(
            sa.update(User).where(User.email == "sister@example.com").values(name="王小妹")
        )
    )
    return phone


@pytest.fixture
def press_form():
    """Post a form with this browser's token."""
    return lambda client, path, **fields: client.post(
        path, data=fields | {"csrf_token": csrf_token(client, "/account")}
    )


@pytest.fixture
def actions(unit_of_work):
    """What the shop has written down, the first first."""
    return lambda: unit_of_work.run(
        lambda session: list(session.scalars(sa.select(DeviceAction).order_by(DeviceAction.id)))
    )


@pytest.fixture
def history(unit_of_work):
    newest = sa.select(OrderEvent).order_by(OrderEvent.id)
    return lambda order_id: unit_of_work.run(
        lambda session: list(session.scalars(newest.where(OrderEvent.order_id == order_id)))
    )


def test_a_press_that_comes_later_is_carried_out_once_however_often_it_is_sent(
    county, farmer, place, task_of, actions, history
):
    order_id = place({county.honey: 1})
    kept = press(f"/farm/tasks/{task_of(order_id).id}/accept")
    first, again = send(farmer, kept), send(farmer, kept)
    assert (first["outcome"], first["said"], first["known"]) == ("applied", "接下了，按时备好", False)
    assert (again["outcome"], again["said"], again["known"]) == ("applied", "接下了，按时备好", True)
    assert task_of(order_id).status is TaskStatus.ACCEPTED
    assert [one.kind for one in history(order_id)].count("task_accepted") == 1
    [row] = actions()
    assert row.received_at - row.made_at == timedelta(minutes=5)


def test_every_form_of_the_face_can_come_later(county, farmer, place, task_of, unit_of_work):
    task = task_of(place({county.honey: 2}))
    lot_id = unit_of_work.run(lambda s: add_lot(s, county, county.tea, county.producers[0][0], 9))
    at = f"/farm/tasks/{task.id}"
    item = f"-{county.honey}"
    for path, fields, said in (
        (f"{at}/short", {f"of{item}": "2", f"short{item}": "1", "sure": "1"}, "知道了"),
        (f"{at}/ready", {}, "备好了"),
        (f"{at}/undo", {}, "撤回了"),
        (f"{at}/decline", {"reason": "货坏了", "sure": "1"}, "知道了"),
        (f"/farm/lots/{lot_id}/correct", {"units": "7", "seen": "9"}, "改好了"),
        (f"/farm/lots/{lot_id}/withdraw", {"sure": "1"}, "不卖了"),
        (f"/farm/lots/{lot_id}/reopen", {}, "又开卖了"),
        (f"/farm/lots/new/{county.tea}", {"units": "5", "day": "0", "sure": "1"}, "报上去了"),
    ):
        taken = send(farmer, press(path, **fields))
        assert (taken["outcome"], taken["said"][:3]) == ("applied", said[:3]), (path, taken)


def test_two_lots_from_one_page_that_the_phone_kept_are_two_lots_and_one_sent_twice_is_one(
    county, farmer, unit_of_work
):
    """The page has one token; each press has a name of its own, and the day on which it was made."""
    path, fields = f"/farm/lots/new/{county.tea}", {"units": "5", "day": "0", "token": "t" * 40, "sure": "1"}
    lots = sa.select(Lot).where(Lot.variant_id == county.tea).order_by(Lot.id.desc())
    before = unit_of_work.run(lambda s: len(list(s.scalars(lots))))
    today, yesterday = press(path, **fields), press(path, ago=timedelta(days=1), **fields)
    for kept in (today, yesterday, today):
        assert send(farmer, kept)["outcome"] == "applied"
    found = unit_of_work.run(lambda s: list(s.scalars(lots)))
    assert len(found) == before + 2
    assert found[1].harvested_on - found[0].harvested_on == timedelta(days=1)


def test_what_stood_first_stands_and_the_other_phone_is_told_by_whom(
    county, farmer, sister, place, task_of, history
):
    order_id = place({county.honey: 3})
    task, item = task_of(order_id), f"-{county.honey}"
    assert send(sister, press(f"/farm/tasks/{task.id}/ready"))["outcome"] == "applied"
    late = press(f"/farm/tasks/{task.id}/short", **{f"of{item}": "3", f"short{item}": "2"})
    taken = send(farmer, late)
    assert taken["outcome"] == "refused"
    assert taken["said"].startswith("王小妹 ")
    assert taken["said"].endswith("报了备好。您点的“货不够”没用上。")
    assert send(farmer, late)["said"] == taken["said"]
    assert task_of(order_id).status is TaskStatus.READY
    [noted] = [one for one in history(order_id) if one.kind == "press_unused"]
    assert (noted.facts["pressed"], noted.facts["task"]) == ("task_short", task.code)


def test_a_harmless_repeat_from_another_phone_counts_as_done(county, farmer, sister, place, task_of):
    at = f"/farm/tasks/{task_of(place({county.honey: 1})).id}"
    assert send(sister, press(f"{at}/ready"))["outcome"] == "applied"
    for step in ("ready", "accept"):
        assert send(farmer, press(f"{at}/{step}"))["outcome"] == "applied"


def test_nobody_is_named_who_is_not_of_the_house(
    county, farmer, coordinator, place, task_of, press_form, unit_of_work
):
    named = sa.update(User).where(User.email == "coordinator@example.com").values(name="周联络")
    unit_of_work.run(lambda session: session.execute(named))
    task = task_of(place({county.honey: 1}))
    press_form(coordinator, f"/village/tasks/{task.id}/receive")
    taken = send(farmer, press(f"/farm/tasks/{task.id}/decline", reason="没有货"))
    assert taken["outcome"] == "refused"
    assert "周联络" not in taken["said"]
    assert re.fullmatch(r"(联络员|村里) \d\d:\d\d 收了货。您点的“整单给别家”没用上。", taken["said"])


def test_the_team_reads_in_words_what_did_not_stand(
    county, farmer, sister, signed_in, place, task_of, unit_of_work
):
    admin = signed_in("admin", RoleName.ADMIN)
    order_id = place({county.honey: 1})
    lot_id = unit_of_work.run(lambda s: add_lot(s, county, county.tea, county.producers[0][0], 9))
    for path in (f"/farm/tasks/{task_of(order_id).id}/ready", f"/farm/lots/{lot_id}/withdraw"):
        assert send(sister, press(path))["outcome"] == "applied"
    late = press(f"/farm/tasks/{task_of(order_id).id}/decline", reason="没有货")
    assert send(farmer, late)["outcome"] == "refused"
    assert send(farmer, press(f"/farm/lots/{lot_id}/correct", units="4", seen="9"))["outcome"] == "refused"
    number = unit_of_work.run(lambda s: s.get_one(Order, order_id)).number
    page = admin.get(f"/admin/orders/{number}", headers={"Accept-Language": "zh"}).text
    assert "手机没网时点的，报上来晚了，没用上" in page
    assert "农户不接" in page
    trail = admin.get("/admin/audit", headers={"Accept-Language": "en"}).text
    assert "A change of a lot, sent too late by a phone without a network: not used" in trail
    assert "Units of a lot corrected" in trail


def test_a_change_of_a_lot_that_did_not_stand_is_in_the_audit_trail(county, farmer, sister, unit_of_work):
    lot_id = unit_of_work.run(lambda s: add_lot(s, county, county.tea, county.producers[0][0], 9))
    assert send(sister, press(f"/farm/lots/{lot_id}/withdraw"))["outcome"] == "applied"
    assert send(farmer, press(f"/farm/lots/{lot_id}/correct", units="4", seen="9"))["outcome"] == "refused"
    noted = sa.select(AuditEntry).where(AuditEntry.action == "lot.press_unused")
    assert unit_of_work.run(lambda s: s.scalars(noted).one()).facts["pressed"] == "lot.corrected"


def test_who_looks_at_the_form_may_put_it_right_and_nothing_is_decided(
    county, farmer, place, task_of, actions
):
    task, item = task_of(place({county.honey: 2})), f"-{county.honey}"
    wrong = press(f"/farm/tasks/{task.id}/short", **{f"of{item}": "2", f"short{item}": "9"})
    assert send(farmer, wrong, direct=True)["form"] is True
    assert actions() == []
    later = send(farmer, wrong)
    assert (later["outcome"], later["form"]) == ("refused", False)
    assert later["said"]


def test_what_was_taken_back_before_it_came_changes_nothing_when_it_comes_after_all(
    county, farmer, place, task_of
):
    order_id = place({county.honey: 1})
    kept = press(f"/farm/tasks/{task_of(order_id).id}/ready")
    assert send(farmer, kept, take_back=True)["outcome"] == "taken_back"
    assert send(farmer, kept)["outcome"] == "taken_back"
    assert task_of(order_id).status is TaskStatus.OPEN


def test_taking_back_what_has_come_already_is_answered_with_that(county, farmer, place, task_of):
    order_id = place({county.honey: 1})
    kept = press(f"/farm/tasks/{task_of(order_id).id}/ready")
    send(farmer, kept)
    answer = send(farmer, kept, take_back=True)
    assert answer["outcome"] == "applied"
    assert "撤不回" in answer["said"]
    assert task_of(order_id).status is TaskStatus.READY


def test_what_another_person_pressed_waits_for_that_person(county, app, farmer, sister, place, task_of):
    order_id = place({county.honey: 1})
    kept = press(f"/farm/tasks/{task_of(order_id).id}/ready")
    pressed_by = farmer.get("/farm/actions").json["person"]
    refused = post(sister, kept, person=pressed_by)
    assert (refused.status_code, refused.json["code"]) == (409, "other_person")
    assert task_of(order_id).status is TaskStatus.OPEN
    assert send(farmer, kept)["outcome"] == "applied"


def test_the_names_of_persons_say_nothing_and_outlive_the_shops_secret(app):
    with app.app_context():
        assert person_name(1) != person_name(2)
        assert len(person_name(1)) == 20
        before = person_name(7)
        app.extensions["shop.settings"] = replace(app.extensions["shop.settings"], secret_key="another" * 8)
        assert person_name(7) == before


def test_a_press_outlives_its_session_and_is_sent_after_the_next_sign_in(
    county, app, farmer, place, task_of, signed_in
):
    order_id = place({county.honey: 1})
    kept = press(f"/farm/tasks/{task_of(order_id).id}/accept")
    here = farmer.get("/farm/actions").json
    farmer.post("/logout", data={"csrf_token": csrf_token(farmer, "/account")})
    answer = farmer.post(
        "/farm/actions", json={**kept, "person": here["person"]}, headers={"X-CSRFToken": here["token"]}
    )
    assert (answer.status_code, answer.json["code"]) == (400, "signed_out")
    assert farmer.get("/farm/actions", headers={"Accept": "application/json"}).status_code == 401
    page = farmer.get("/login").text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    fields = {"email": "farmer@example.com", "password": PASSWORD, "csrf_token": page}
    assert farmer.post("/login", data=fields).status_code == 303
    assert send(farmer, kept)["outcome"] == "applied"
    assert task_of(order_id).status is TaskStatus.ACCEPTED


def test_somebody_elses_task_and_an_absent_one_are_refused_alike(
    county, farmer, place, task_of, unit_of_work
):
    own = county.producers[0][0]
    sold_out = sa.update(Lot).where(Lot.producer_id == own, Lot.variant_id == county.tea)
    unit_of_work.run(lambda s: s.execute(sold_out.values(available=0, withdrawn=Lot.declared)))
    other = task_of(place({county.tea: 1}))
    assert other.producer_id != own
    lot_id = county.lots[county.tea, other.producer_id]
    for there, absent in (
        (f"/farm/tasks/{other.id}/ready", "/farm/tasks/987654/ready"),
        (f"/farm/lots/{lot_id}/withdraw", "/farm/lots/987654/withdraw"),
    ):
        answers = [send(farmer, press(path)) for path in (there, absent)]
        assert answers[0] == answers[1]
        assert answers[0]["outcome"] == "refused"
    assert task_of(other.order_id).status is TaskStatus.OPEN


def test_only_forms_of_this_face_come_like_this(county, farmer):
    for path in (
        "/logout",
        "/account",
        "/village/tasks/1/receive",
        "/farm/actions",
        "//evil.example/x",
        "",
        "x",
    ):
        assert send(farmer, press(path))["outcome"] == "refused", path


def test_one_name_is_one_thing(county, farmer, place, task_of):
    at = f"/farm/tasks/{task_of(place({county.honey: 1})).id}"
    kept = press(f"{at}/accept")
    send(farmer, kept)
    other = post(farmer, {**kept, "path": f"{at}/ready"})
    assert (other.status_code, other.json["code"]) == (400, "other_content")


def test_what_is_too_old_is_said_to_be_so(county, farmer, place, task_of):
    order_id = place({county.honey: 1})
    taken = send(farmer, press(f"/farm/tasks/{task_of(order_id).id}/accept", ago=timedelta(days=31)))
    assert taken["outcome"] == "refused"
    assert "30" in taken["said"]
    assert task_of(order_id).status is TaskStatus.OPEN


def test_a_phone_that_sends_without_end_is_told_to_wait_and_loses_nothing(
    county, farmer, place, task_of, monkeypatch
):
    monkeypatch.setattr(device_actions, "MOST_A_DAY", 2)
    at = f"/farm/tasks/{task_of(place({county.honey: 1})).id}"
    for _ in range(2):
        send(farmer, press(f"{at}/accept"))
    kept = press(f"{at}/ready")
    refused = post(farmer, kept)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
    with time_machine.travel(utc_now() + timedelta(days=1, minutes=1)):
        assert send(farmer, kept)["outcome"] == "applied"


HOSTILE = (
    b"", b"[]", b"null", b"{", b"[" * 100_000, b'"x"', b"\xff\xfe", b"9" * 5000,
    {"person": None}, {"id": "x"}, {"id": None}, {"id": "0" * 36}, {"path": 7}, {"path": "/" * 201},
    {"fields": None}, {"fields": []}, {"fields": {"a": 1}}, {"fields": {"a": None}}, {"fields": {"a": "x" * 501}},
    {"fields": {"a": [1]}}, {"fields": {"a": ["x" * 501]}}, {"fields": {"a": ["x"] * 501}}, {"fields": {"a": [["x"]]}},
    {"fields": {"x" * 65: "1"}}, {"fields": {str(n): "1" for n in range(201)}}, {"fields": {"a": "\x00"}},
    {"fields": {"a": "\ud800"}}, {"at": "now"}, {"at": -1}, {"at": 10**15}, {"at": True}, {"at": 1.5}, {"sent_at": None},
)  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body)[:40])
def test_whatever_is_sent_is_no_error_of_ours(county, farmer, body, actions):
    here = farmer.get("/farm/actions").json
    good = press("/farm/tasks/1/accept") | {"person": here["person"]}
    raw = json.dumps({**good, **body}).encode() if isinstance(body, dict) else body
    answer = farmer.post(
        "/farm/actions", data=raw, content_type="application/json", headers={"X-CSRFToken": here["token"]}
    )
    assert answer.status_code in {400, 409}
    assert answer.content_type == "application/problem+json"
    assert actions() == []


def test_a_phone_whose_clock_is_wrong_by_years_is_believed_for_how_long_ago_it_was(
    county, farmer, place, task_of, actions
):
    at = f"/farm/tasks/{task_of(place({county.honey: 1})).id}/accept"
    send(farmer, press(at) | {"at": 1000, "sent_at": 61_000})
    send(farmer, press(at) | {"at": 90_000_000_000_000, "sent_at": 1000})
    first, second = actions()
    assert first.received_at - first.made_at == timedelta(minutes=1)
    assert second.made_at == second.received_at


def together(phones: list[FlaskClient], kept: list[dict]) -> list[dict]:
    """All phones send at the same moment."""
    ready = threading.Barrier(len(kept))
    tokens = [phone.get("/farm/actions").json for phone in phones]

    def one(phone: FlaskClient, here: dict, body: dict) -> dict:
        ready.wait()
        return phone.post(
            "/farm/actions", json={"person": here["person"], **body}, headers={"X-CSRFToken": here["token"]}
        ).json

    with ThreadPoolExecutor(len(kept)) as pool:
        return list(pool.map(one, phones, tokens, kept))


def copies(app, phone: FlaskClient, number: int) -> list[FlaskClient]:
    """The same browser in several tabs."""
    tabs = []
    for _ in range(number):
        tab = OwnOriginClient(app, app.response_class, use_cookies=True)
        for name in ("session", "device"):
            if (cookie := phone.get_cookie(name)) is not None:
                tab.set_cookie(name, cookie.value)
        tabs.append(tab)
    return tabs


@pytest.fixture
def given_away(county, place, task_of, unit_of_work):
    """The task of a household whose phone was silent, and that of who has it now, on another's phone."""

    def _given_away():
        order_id = place({county.honey: 2})
        silent = task_of(order_id)
        unit_of_work.run(lambda session: reassign(session, silent.id, by=WORKER, now=utc_now()))
        return silent, task_of(order_id)

    return _given_away


@pytest.fixture
def neighbour(signed_in, county, unit_of_work):
    """A household of the other village that has honey too."""
    producer_id = county.producers[1][0]
    unit_of_work.run(lambda session: add_lot(session, county, county.honey, producer_id, 5))
    return signed_in(
        "neighbour", RoleName.FARMER, lambda user_id: ProducerMember(user_id=user_id, producer_id=producer_id)
    )


def test_ready_pressed_before_the_task_was_given_away_stands_and_everybody_reads_whose_it_is(
    farmer, neighbour, given_away, task_of, history
):
    silent, other = given_away()
    taken = send(farmer, press(f"/farm/tasks/{silent.id}/ready"))
    assert taken["outcome"] == "applied"
    assert taken["said"].startswith("您早备好了，这单还是您家的，送到")
    assert "备好了，等收货" in farmer.get("/farm/tasks").text
    assert "前一家早备好了，归他家" in neighbour.get("/farm/tasks").text
    late = send(neighbour, press(f"/farm/tasks/{other.id}/accept"))
    assert late["said"] == "前一家早就备好了，这单归他家。您点的“接下”没用上。"
    [came] = [one for one in history(silent.order_id) if one.kind == "task_came_back"]
    assert came.facts["made_at"]


def test_ready_that_comes_when_another_household_is_at_it_is_told_that_the_goods_go_first(
    county, farmer, neighbour, given_away, press_form, unit_of_work
):
    silent, other = given_away()
    press_form(neighbour, f"/farm/tasks/{other.id}/accept")
    kept = press(f"/farm/tasks/{silent.id}/ready")
    for known in (False, True):
        taken = send(farmer, kept)
        assert (taken["outcome"], taken["known"]) == ("applied", known)
        assert taken["said"] == "这单别家已经在备了。您备好的货留着，下一单先给您"
    lots = sa.select(Lot.goes_first).where(Lot.id == county.lots[county.honey, county.producers[0][0]])
    assert unit_of_work.run(lambda session: session.scalar(lots)) == 2


def test_ready_pressed_after_the_task_was_given_away_is_told_that_it_is_gone(farmer, neighbour, given_away):
    silent, _other = given_away()
    for answer in (
        send(farmer, press(f"/farm/tasks/{silent.id}/ready", ago=timedelta())),
        send(
            farmer, press(f"/farm/tasks/{silent.id}/ready", ago=timedelta(hours=2))
        ),  # there was no task yet
    ):
        assert (answer["outcome"], answer["said"][-12:]) == ("refused", "您点的“备好了”没用上。")


@pytest.mark.race(fence="the unique name of an action and running again")
def test_a_lot_that_four_tabs_send_at_once_is_declared_once(app, county, farmer, unit_of_work, actions):
    kept = press(f"/farm/lots/new/{county.tea}", units="5", day="0", sure="1")
    lots = sa.select(sa.func.count()).select_from(Lot).where(Lot.variant_id == county.tea)
    before = unit_of_work.run(lambda s: s.scalar(lots))
    answers = together(copies(app, farmer, 4), [kept] * 4)
    assert {one["outcome"] for one in answers} == {"applied"}
    assert unit_of_work.run(lambda s: s.scalar(lots)) == before + 1
    assert len(actions()) == 1


@pytest.fixture
def reopened_at_once(app, county, farmer, unit_of_work):
    """Four tabs send the same press: all read that it was carried out, and it was, once."""

    def _race() -> None:
        lot_id = unit_of_work.run(lambda s: add_lot(s, county, county.tea, county.producers[0][0], 9))
        assert send(farmer, press(f"/farm/lots/{lot_id}/withdraw"))["outcome"] == "applied"
        kept = press(f"/farm/lots/{lot_id}/reopen")
        answers = together(copies(app, farmer, 4), [kept] * 4)
        assert [(one.get("outcome"), one.get("said")) for one in answers] == [("applied", "又开卖了")] * 4
        changes = sa.select(sa.func.count()).where(LotChange.lot_id == lot_id, LotChange.withdrawn_change < 0)
        assert unit_of_work.run(lambda s: s.scalar(changes)) == 1

    return _race


@pytest.mark.race(twin="test_without_its_name_a_press_of_four_tabs_is_several")
def test_a_press_that_four_tabs_send_at_once_is_carried_out_once(reopened_at_once):
    reopened_at_once()


def test_without_its_name_a_press_of_four_tabs_is_several(app, reopened_at_once, unit_of_work, monkeypatch):
    unlocked = without_locks(unit_of_work)
    drop_unique(unlocked, "device_actions", "uq_device_actions_user_id_key")
    monkeypatch.setitem(app.extensions, "shop.unit_of_work", unlocked)
    assert goes_wrong(reopened_at_once)


@pytest.mark.race(
    fence="the order's lock, whose own twin stands with the tasks, and the unique name of an action"
)
def test_of_two_phones_that_say_the_opposite_at_once_one_stands_and_the_other_is_told(
    app, county, farmer, sister, place, task_of, actions
):
    order_id = place({county.honey: 1})
    task_id = task_of(order_id).id
    kept = [press(f"/farm/tasks/{task_id}/ready"), press(f"/farm/tasks/{task_id}/decline", reason="没有货")]
    ready, declined = together([farmer, sister], kept)
    assert sorted([ready["outcome"], declined["outcome"]]) == ["applied", "refused"]
    refused = next(one for one in (ready, declined) if one["outcome"] == "refused")
    assert "没用上" in refused["said"]
    assert sorted(one.outcome for one in actions()) == [ActionOutcome.APPLIED, ActionOutcome.REFUSED]


def test_what_was_sent_is_forgotten_long_after_it_would_be_too_old(
    county, farmer, place, task_of, actions, unit_of_work
):
    send(farmer, press(f"/farm/tasks/{task_of(place({county.honey: 1})).id}/accept"))
    unit_of_work.run(lambda s: forget_old_traces(s, now=utc_now() + timedelta(days=60)))
    assert len(actions()) == 1
    unit_of_work.run(lambda s: forget_old_traces(s, now=utc_now() + timedelta(days=91)))
    assert actions() == []
