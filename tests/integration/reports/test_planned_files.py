"""Planned files: one for each date, a letter with a link, and nothing for who lost the right."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from shop import jobs
from shop.accounts.models import Attempt, RoleName, UserRole
from shop.exports.job_models import ExportJob, JobState
from shop.exports.models import ReportView
from shop.exports.schedule_models import ReportSchedule, ScheduleState
from shop.exports.schedules import FAILED_OFTEN, LOST_RIGHT, LOST_VIEW
from shop.kit.clock import utc_now
from shop.reports.scheduled import plan_dates
from shop.storage.media import MediaStore, StorageFull
from shop.storage.outbox import OutboxMessage
from tests.whole_shop import WholeShop

DAILY = {
    "every": "DAILY",
    "weekday": "MO",
    "monthday": "1",
    "at": "07:30",
    "period": "year_so_far",
    "kind": "csv",
}


@pytest.fixture(autouse=True)
def nothing_planned(any_shop: WholeShop) -> None:
    def clear(session: Session) -> None:
        for model in (ExportJob, ReportSchedule, Attempt):
            session.execute(sa.delete(model))
        ours = OutboxMessage.payload["message"].as_string().in_(("export_ready", "exports_paused"))
        session.execute(sa.delete(OutboxMessage).where(ours))

    any_shop.read(clear)


def save(shop: WholeShop, person: str, report: str, *, face: str = "admin", **typed: str) -> int:
    form = {"do": "save", "name": f"计划 {report} {utc_now().timestamp()}", **typed}
    answer = shop.send(person, "POST", f"/{face}/reports/{report}/columns", form)
    assert answer.status_code == 303, answer.text
    return int(re.search(r"view=([0-9]+)", answer.location)[1])


def plan(shop: WholeShop, person: str, view_id: int, *, face: str = "admin", **typed: str) -> int:
    form = {**DAILY, "token": f"plan {view_id} {person}", **typed}
    answer = shop.send(person, "POST", f"/{face}/report-views/{view_id}/plan", form)
    assert answer.status_code == 303, answer.text
    return int(re.search(r"schedules/([0-9]+)", answer.location)[1])


def schedule(shop: WholeShop, schedule_id: int) -> ReportSchedule:
    return shop.read(lambda session: session.get_one(ReportSchedule, schedule_id))


def runs(shop: WholeShop, schedule_id: int) -> list[ExportJob]:
    found = sa.select(ExportJob).where(ExportJob.schedule_id == schedule_id).order_by(ExportJob.due_at)
    return list(shop.read(lambda session: session.scalars(found).all()))


def letters(shop: WholeShop) -> list[dict[str, Any]]:
    found = sa.select(OutboxMessage.payload).order_by(OutboxMessage.id)
    told = shop.read(lambda session: session.scalars(found).all())
    return [one for one in told if one.get("message") in {"export_ready", "exports_paused"}]


def works_after(shop: WholeShop, **time: float) -> None:
    with time_machine.travel(utc_now() + timedelta(**time)), shop.app.app_context():
        jobs.run_job("plan_exports")
        jobs.run_job("write_exports")


@contextmanager
def without(shop: WholeShop, person: str, role: RoleName) -> Iterator[None]:
    user_id = shop.world.users[person]
    mine = sa.and_(UserRole.user_id == user_id, UserRole.role == role)
    shop.read(lambda session: session.execute(sa.delete(UserRole).where(mine)))
    try:
        yield
    finally:
        shop.read(lambda session: session.add(UserRole(user_id=user_id, role=role)))


def test_a_file_is_written_on_its_date_and_a_letter_leads_to_it(any_shop: WholeShop):
    one = plan(any_shop, "admin", save(any_shop, "admin", "orders", **{"place-number": "1"}))
    assert schedule(any_shop, one).rule == "FREQ=DAILY;BYHOUR=7;BYMINUTE=30;BYSECOND=0"
    works_after(any_shop, seconds=1)
    assert runs(any_shop, one) == []
    works_after(any_shop, days=1)
    works_after(any_shop, days=1)
    (run,) = runs(any_shop, one)
    assert (run.state, run.due_at) != (JobState.DONE, None)
    assert run.state is JobState.DONE
    (letter,) = letters(any_shop)
    assert (letter["message"], letter["user_id"]) == ("export_ready", any_shop.world.users["admin"])
    path = letter["facts"]["path"]
    assert path == f"/admin/exports/{run.id}"
    assert any_shop.send("admin", "GET", path).status_code == 200
    assert any_shop.send("admin", "GET", f"{path}/file").status_code == 200
    assert any_shop.send("admin2", "GET", path).status_code == 404
    assert any_shop.send("", "GET", f"{path}/file").status_code == 302
    page = any_shop.send("admin", "GET", f"/admin/schedules/{one}").text
    assert path in page
    assert "FREQ=DAILY" in page


def test_a_form_sent_twice_plans_once_and_the_same_form_of_somebody_else_is_another_plan(any_shop: WholeShop):
    own = [save(any_shop, person, "orders", **{"place-number": "1"}) for person in ("admin", "admin2")]
    one, again = (plan(any_shop, "admin", own[0], token="sent by both") for _ in range(2))
    assert again == one
    assert plan(any_shop, "admin2", own[1], token="sent by both") != one


def test_each_date_is_made_up_for_once_after_the_worker_was_away(any_shop: WholeShop):
    one = plan(any_shop, "admin", save(any_shop, "admin", "orders", **{"place-number": "1"}))
    works_after(any_shop, days=4)
    works_after(any_shop, days=4)
    done = runs(any_shop, one)
    assert [run.state for run in done] == [JobState.DONE] * 4
    assert [later.due_at - earlier.due_at for earlier, later in itertools.pairwise(done)] == [
        timedelta(days=1)
    ] * 3
    assert len({run.last for run in done}) == 4
    assert len(letters(any_shop)) == 4


def test_the_same_form_plans_once_and_a_wrong_time_is_said(any_shop: WholeShop):
    view = save(any_shop, "admin", "orders", **{"place-number": "1"})
    assert plan(any_shop, "admin", view) == plan(any_shop, "admin", view)
    for wrong in (
        {"at": "25:00"},
        {"at": "soon"},
        {"every": "HOURLY"},
        {"period": "ever"},
        {"kind": "exe"},
        {"monthday": "31"},
    ):
        answer = any_shop.send(
            "admin", "POST", f"/admin/report-views/{view}/plan", {**DAILY, "token": "x", **wrong}
        )
        assert answer.status_code == 400, wrong
    kept = any_shop.send("admin", "POST", f"/admin/report-views/{view}/plan", {**DAILY, "at": "25:00"}).text
    assert 'value="25:00"' in kept


def test_nobody_sees_pauses_or_deletes_the_plan_of_another(any_shop: WholeShop):
    one = plan(any_shop, "admin", save(any_shop, "admin", "orders", **{"place-number": "1"}))
    for person, face in (
        ("admin2", "admin"),
        ("clerk", "admin"),
        ("coordinator", "village"),
        ("buyer", "admin"),
    ):
        path = f"/{face}/schedules/{one}"
        assert any_shop.send(person, "GET", path).status_code == 404
        for pressed in ("pause", "resume", "delete"):
            assert any_shop.send(person, "POST", path, {"do": pressed}).status_code == 404
    assert schedule(any_shop, one).state is ScheduleState.ACTIVE


def test_who_lost_the_right_gets_no_file_and_is_told_once(any_shop: WholeShop):
    one = plan(any_shop, "admin2", save(any_shop, "admin2", "journal", **{"place-entry": "1"}))
    with without(any_shop, "admin2", RoleName.FINANCE):
        works_after(any_shop, days=1)
        works_after(any_shop, days=2)
        refused = any_shop.send("admin2", "POST", f"/admin/schedules/{one}", {"do": "resume"})
        assert refused.status_code == 303
        assert schedule(any_shop, one).state is ScheduleState.PAUSED
    assert runs(any_shop, one) == []
    assert schedule(any_shop, one).reason == LOST_RIGHT
    (letter,) = letters(any_shop)
    assert (letter["message"], letter["facts"]["reason"]) == ("exports_paused", LOST_RIGHT)
    assert any_shop.send("admin2", "POST", f"/admin/schedules/{one}", {"do": "resume"}).status_code == 303
    assert schedule(any_shop, one).state is ScheduleState.ACTIVE


def test_a_right_lost_between_date_and_writing_pauses_it_too(any_shop: WholeShop):
    one = plan(any_shop, "admin2", save(any_shop, "admin2", "journal", **{"place-entry": "1"}))
    later = utc_now() + timedelta(days=1)
    any_shop.read(lambda session: plan_dates(session, one, later))
    with without(any_shop, "admin2", RoleName.FINANCE), any_shop.app.app_context():
        jobs.run_job("write_exports")
    assert [run.state for run in runs(any_shop, one)] == [JobState.FAILED]
    assert schedule(any_shop, one).reason == LOST_RIGHT


def test_a_view_that_is_not_shared_any_more_pauses_the_plans_of_others(any_shop: WholeShop):
    view = save(any_shop, "admin", "orders", **{"place-number": "1", "shared_with": "admin"})
    one = plan(any_shop, "clerk", view)
    any_shop.read(
        lambda session: session.execute(
            sa.update(ReportView).where(ReportView.id == view).values(shared_with=None)
        )
    )
    works_after(any_shop, days=1)
    assert (runs(any_shop, one), schedule(any_shop, one).reason) == ([], LOST_VIEW)


def test_a_deleted_view_pauses_its_plans(any_shop: WholeShop):
    view = save(any_shop, "admin", "orders", **{"place-number": "1"})
    one = plan(any_shop, "admin", view)
    assert any_shop.send("admin", "POST", f"/admin/report-views/{view}", {"do": "delete"}).status_code == 303
    works_after(any_shop, days=1)
    assert schedule(any_shop, one).reason == LOST_VIEW


def test_three_failures_in_a_row_pause_a_plan_and_a_good_one_between_starts_anew(
    any_shop: WholeShop, monkeypatch: pytest.MonkeyPatch
):
    one = plan(any_shop, "admin", save(any_shop, "admin", "orders", **{"place-number": "1"}))
    real: Callable[..., None] = MediaStore.write_file

    def full(*_args: Any) -> None:
        raise StorageFull()

    for day, writes in enumerate((full, full, real, full, full, full, real), start=1):
        monkeypatch.setattr(MediaStore, "write_file", writes)
        works_after(any_shop, days=day)
    assert [run.state for run in runs(any_shop, one)] == [
        *(JobState.FAILED, JobState.FAILED, JobState.DONE),
        *(JobState.FAILED, JobState.FAILED, JobState.FAILED),
    ]
    assert schedule(any_shop, one).reason == FAILED_OFTEN
    assert [letter["message"] for letter in letters(any_shop)] == ["export_ready", "exports_paused"]
    assert any_shop.send("admin", "POST", f"/admin/schedules/{one}", {"do": "resume"}).status_code == 303
    assert (schedule(any_shop, one).state, schedule(any_shop, one).failures) == (ScheduleState.ACTIVE, 0)


def test_what_is_paused_by_hand_writes_nothing_and_makes_up_for_nothing(any_shop: WholeShop):
    one = plan(any_shop, "admin", save(any_shop, "admin", "orders", **{"place-number": "1"}))
    for pressed in ("pause", "pause"):
        assert any_shop.send("admin", "POST", f"/admin/schedules/{one}", {"do": pressed}).status_code == 303
    works_after(any_shop, days=3)
    assert (runs(any_shop, one), letters(any_shop)) == ([], [])
    assert any_shop.send("admin", "POST", f"/admin/schedules/{one}", {"do": "resume"}).status_code == 303
    assert schedule(any_shop, one).next_at > utc_now()


def test_a_coordinators_planned_file_has_own_villages(any_shop: WholeShop):
    view = save(any_shop, "coordinator", "lot-balance", face="village", **{"place-village": "1"})
    one = plan(any_shop, "coordinator", view, face="village")
    works_after(any_shop, days=1)
    (run,) = runs(any_shop, one)
    assert run.villages
    assert letters(any_shop)[0]["facts"]["path"] == f"/village/exports/{run.id}"
    assert any_shop.send("coordinator", "GET", f"/village/exports/{run.id}/file").status_code == 200


def test_a_deleted_plan_leaves_its_files(any_shop: WholeShop):
    one = plan(any_shop, "admin", save(any_shop, "admin", "orders", **{"place-number": "1"}))
    works_after(any_shop, days=1)
    (run,) = runs(any_shop, one)
    assert any_shop.send("admin", "POST", f"/admin/schedules/{one}", {"do": "delete"}).status_code == 303
    assert any_shop.send("admin", "GET", f"/admin/schedules/{one}").status_code == 404
    assert any_shop.send("admin", "GET", f"/admin/exports/{run.id}/file").status_code == 200
