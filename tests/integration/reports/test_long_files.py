"""Files of many rows are written by the worker: watched, called off, taken by their owner alone, and never half."""

from __future__ import annotations

import csv
import io
import json
import re
import tracemalloc
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from shop import jobs
from shop.accounts.models import Attempt, AuditEntry, RoleName, ShopSetting, User, UserRole
from shop.catalogue.models import VillageCoordinator
from shop.exports.job_models import ExportJob, JobState
from shop.exports.writing import LEASE, MOST_ATTEMPTS, take_export
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.reports import background
from shop.storage.media import MediaStore, StorageFull, media_store
from tests.whole_shop import WholeShop

HERE = "/admin/reports/order-lines"


@pytest.fixture(autouse=True)
def short_patience(any_shop: WholeShop) -> None:
    """Everything with more than three rows goes to the worker."""

    def write(session: Session) -> None:
        session.execute(sa.delete(Attempt))
        session.execute(sa.delete(ExportJob))
        session.merge(
            ShopSetting(name="export_rows_at_once", value={"value": 3}, version=1, changed_at=utc_now())
        )

    any_shop.read(write)


def works(shop: WholeShop) -> None:
    with shop.app.app_context():
        jobs.run_job("write_exports")


def job(shop: WholeShop, job_id: int) -> ExportJob:
    return shop.read(lambda session: session.get_one(ExportJob, job_id))


def ask(
    shop: WholeShop, person: str = "admin", address: str = HERE, kind: str = "csv", token: str = "t"
) -> int:
    first = shop.send(person, "GET", f"{address}?format={kind}&from=2026-01-01")
    assert first.status_code == 303, first.text
    assert "/background?" in first.location
    page = shop.send(person, "GET", first.location)
    assert page.status_code == 200
    answer = shop.send(person, "POST", first.location, {"token": f"{person} {token}"})
    assert answer.status_code == 303, answer.text
    return int(re.search(r"exports/([0-9]+)", answer.location)[1])


def stored(shop: WholeShop) -> MediaStore:
    with shop.app.app_context():
        return media_store(settings().media_url)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_a_long_file_is_asked_for_written_and_taken(any_shop: WholeShop, kind: str):
    job_id = ask(any_shop, kind=kind)
    assert any_shop.send("admin", "GET", f"/admin/exports/{job_id}/file").status_code == 404
    works(any_shop)
    done = job(any_shop, job_id)
    assert done.state is JobState.DONE
    assert done.rows_written == done.rows_expected > 3
    answer = any_shop.send("admin", "GET", f"/admin/exports/{job_id}/file")
    assert answer.status_code == 200
    assert len(answer.data) == done.size_bytes
    assert answer.headers["Cache-Control"] == "no-store"
    if kind == "csv":
        assert len(list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))) == done.rows_written + 1
    if kind == "json":
        assert len(json.loads(answer.data)["rows"]) == done.rows_written
    if kind == "xlsx":
        assert answer.data.startswith(b"PK")
    for page in ("/admin/exports", f"/admin/exports/{job_id}"):
        assert any_shop.send("admin", "GET", page).status_code == 200
    trail = sa.select(AuditEntry.action).order_by(AuditEntry.id.desc()).limit(2)
    assert any_shop.read(lambda session: session.scalars(trail).all()) == ["export.taken", "report.exported"]


def test_the_same_form_asks_once(any_shop: WholeShop):
    assert ask(any_shop) == ask(any_shop)
    assert ask(any_shop, token="another") != ask(any_shop)


def test_a_view_is_written_as_it_stands(any_shop: WholeShop):
    job_id = ask(any_shop, address=f"{HERE}")
    wanted = {"format": "csv", "from": "2026-01-01", "columns": "number,units"}
    page = any_shop.send("admin", "GET", HERE, wanted)
    assert page.status_code == 303
    assert "columns=number" in page.location
    answer = any_shop.send("admin", "POST", page.location, {"token": "view"})
    other = int(re.search(r"exports/([0-9]+)", answer.location)[1])
    works(any_shop)
    heads = [
        next(
            csv.reader(
                io.StringIO(
                    any_shop.send("admin", "GET", f"/admin/exports/{one}/file").data.decode("utf-8-sig")
                )
            )
        )
        for one in (job_id, other)
    ]
    assert len(heads[1]) < len(heads[0])


def test_nobody_watches_calls_off_or_takes_the_file_of_another(any_shop: WholeShop):
    job_id = ask(any_shop)
    for person, face in (("admin2", "admin"), ("clerk", "admin"), ("coordinator", "village")):
        for path in (f"/{face}/exports/{job_id}", f"/{face}/exports/{job_id}/file"):
            assert any_shop.send(person, "GET", path).status_code == 404
        assert any_shop.send(person, "POST", f"/{face}/exports/{job_id}/cancel").status_code == 404
    assert job(any_shop, job_id).state is JobState.WAITING


def test_what_was_called_off_is_never_written(any_shop: WholeShop):
    job_id = ask(any_shop)
    for _ in range(2):
        assert any_shop.send("admin", "POST", f"/admin/exports/{job_id}/cancel").status_code == 303
    works(any_shop)
    assert job(any_shop, job_id).state is JobState.CANCELLED
    assert any_shop.send("admin", "GET", f"/admin/exports/{job_id}/file").status_code == 404


def test_a_file_is_called_off_while_it_is_written(any_shop: WholeShop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(background, "BEAT_ROWS", 1)
    job_id = ask(any_shop)
    real, seen = background.beat, []

    def beat(session, taken, *, rows, **facts):
        seen.append(rows)
        if rows == 2:
            session.execute(
                sa.update(ExportJob)
                .where(ExportJob.id == job_id)
                .values(state=JobState.CANCELLED, ended_at=utc_now())
            )
        return real(session, taken, rows=rows, **facts)

    monkeypatch.setattr(background, "beat", beat)
    works(any_shop)
    assert seen == [0, 1, 2]
    assert job(any_shop, job_id).state is JobState.CANCELLED
    assert job(any_shop, job_id).file is None


def test_a_killed_worker_leaves_no_half_file_and_the_next_one_begins_anew(any_shop: WholeShop):
    job_id = ask(any_shop)
    killed = any_shop.read(lambda session: take_export(session, now=utc_now()))
    assert killed.id == job_id
    assert any_shop.send("admin", "GET", f"/admin/exports/{job_id}/file").status_code == 404
    works(any_shop)
    assert job(any_shop, job_id).state is JobState.RUNNING  # it may be writing still
    with time_machine.travel(utc_now() + LEASE + timedelta(seconds=1)):
        works(any_shop)
    done = job(any_shop, job_id)
    assert (done.state, done.attempts) == (JobState.DONE, 2)


def test_a_slow_worker_that_was_taken_for_dead_ends_nothing(any_shop: WholeShop):
    job_id = ask(any_shop)
    slow = any_shop.read(lambda session: take_export(session, now=utc_now()))
    with time_machine.travel(utc_now() + LEASE + timedelta(seconds=1)):
        works(any_shop)
    whole = job(any_shop, job_id).file
    late = background.Written("exports/other.csv", 1, 1)
    assert not any_shop.read(lambda session: background._finish(session, slow, late))
    assert job(any_shop, job_id).file == whole


def test_what_kills_its_worker_every_time_fails_in_the_end(any_shop: WholeShop):
    job_id, now = ask(any_shop), utc_now()
    for number in range(MOST_ATTEMPTS):
        later = now + number * (LEASE + timedelta(seconds=1))
        assert any_shop.read(lambda session, at=later: take_export(session, now=at)).id == job_id
    last = now + MOST_ATTEMPTS * (LEASE + timedelta(seconds=1))
    assert any_shop.read(lambda session: take_export(session, now=last)) is None
    assert job(any_shop, job_id).state is JobState.FAILED
    assert "三次" in any_shop.send("admin", "GET", f"/admin/exports/{job_id}", {"lang": "zh"}).text


def test_a_full_disk_is_said_and_nothing_can_be_taken(any_shop: WholeShop, monkeypatch: pytest.MonkeyPatch):
    job_id = ask(any_shop)

    def full(*_args):
        raise StorageFull()

    monkeypatch.setattr(MediaStore, "write_file", full)
    works(any_shop)
    assert (job(any_shop, job_id).state, job(any_shop, job_id).file) == (JobState.FAILED, None)
    assert any_shop.send("admin", "GET", f"/admin/exports/{job_id}/file").status_code == 404


def test_who_lost_the_right_meanwhile_gets_nothing(any_shop: WholeShop):
    job_id = ask(any_shop, "admin2", "/admin/reports/journal")
    user_id = any_shop.world.users["admin2"]
    finance = sa.and_(UserRole.user_id == user_id, UserRole.role == RoleName.FINANCE)
    any_shop.read(lambda session: session.execute(sa.delete(UserRole).where(finance)))
    try:
        works(any_shop)
        assert job(any_shop, job_id).state is JobState.FAILED
    finally:
        any_shop.read(lambda session: session.add(UserRole(user_id=user_id, role=RoleName.FINANCE)))


def test_who_loses_the_right_afterwards_cannot_take_it(any_shop: WholeShop):
    job_id = ask(any_shop, "admin2", "/admin/reports/journal")
    works(any_shop)
    assert job(any_shop, job_id).state is JobState.DONE
    user_id = any_shop.world.users["admin2"]
    finance = sa.and_(UserRole.user_id == user_id, UserRole.role == RoleName.FINANCE)
    any_shop.read(lambda session: session.execute(sa.delete(UserRole).where(finance)))
    try:
        assert any_shop.send("admin2", "GET", f"/admin/exports/{job_id}/file").status_code == 404
    finally:
        any_shop.read(lambda session: session.add(UserRole(user_id=user_id, role=RoleName.FINANCE)))
    assert any_shop.send("admin2", "GET", f"/admin/exports/{job_id}/file").status_code == 200


def test_a_coordinators_file_has_own_villages_and_is_closed_when_one_is_lost(any_shop: WholeShop):
    name = "lot-balance"
    job_id = ask(any_shop, "coordinator", f"/village/reports/{name}")
    works(any_shop)
    rows = list(
        csv.reader(
            io.StringIO(
                any_shop.send("coordinator", "GET", f"/village/exports/{job_id}/file").data.decode(
                    "utf-8-sig"
                )
            )
        )
    )
    assert len(rows) > 4
    user_id = any_shop.world.users["coordinator"]
    link = sa.select(VillageCoordinator.village_id).where(VillageCoordinator.user_id == user_id)
    villages = any_shop.read(lambda session: session.scalars(link).all())
    assert sorted(job(any_shop, job_id).villages) == sorted(villages)
    gone = sa.and_(VillageCoordinator.user_id == user_id, VillageCoordinator.village_id == villages[0])
    any_shop.read(lambda session: session.execute(sa.delete(VillageCoordinator).where(gone)))
    try:
        assert any_shop.send("coordinator", "GET", f"/village/exports/{job_id}/file").status_code == 404
    finally:
        any_shop.read(
            lambda session: session.add(VillageCoordinator(user_id=user_id, village_id=villages[0]))
        )


def test_an_account_that_was_closed_gets_no_file(any_shop: WholeShop):
    job_id = ask(any_shop, "clerk")
    user_id = any_shop.world.users["clerk"]

    def active(is_active: bool) -> None:
        any_shop.read(
            lambda session: session.execute(
                sa.update(User).where(User.id == user_id).values(active=is_active)
            )
        )

    active(False)
    works(any_shop)
    active(True)
    assert job(any_shop, job_id).state is JobState.FAILED


def test_files_are_forgotten_after_the_shops_days(any_shop: WholeShop):
    job_id = ask(any_shop)
    works(any_shop)
    name = job(any_shop, job_id).file
    assert b"".join(stored(any_shop).pieces(name))
    with time_machine.travel(utc_now() + timedelta(days=7, minutes=1)), any_shop.app.app_context():
        jobs.run_job("forget_exports")
        jobs.run_job("forget_exports")
    assert (job(any_shop, job_id).state, job(any_shop, job_id).file) == (JobState.GONE, None)
    assert any_shop.send("admin", "GET", f"/admin/exports/{job_id}/file").status_code == 404
    with pytest.raises(Exception, match="not"):
        stored(any_shop).pieces(name)


def test_nobody_has_more_than_five_files_written_at_once(any_shop: WholeShop):
    for number in range(5):
        ask(any_shop, token=str(number))
    again = any_shop.send(
        "admin", "POST", f"{HERE}/background?format=csv&from=2026-01-01", {"token": "sixth"}
    )
    assert again.location.endswith("/admin/exports")
    count = sa.select(sa.func.count(ExportJob.id))
    assert any_shop.read(lambda session: session.scalar(count)) == 5


def test_short_files_come_at_once(any_shop: WholeShop):
    any_shop.read(
        lambda session: session.merge(
            ShopSetting(name="export_rows_at_once", value={"value": 100_000}, version=1, changed_at=utc_now())
        )
    )
    assert any_shop.send("admin", "GET", HERE, {"format": "csv"}).status_code == 200


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_memory_stays_flat_however_many_rows_there_are(kind: str):
    """The rows of a file are never in memory together."""
    report = background.readable.__globals__["REPORTS"]["sales-by-day"].as_file
    span = background.Span(utc_now().date(), utc_now().date())
    row = (span.first, 1, 2, 3, 4, 5, 6)

    def peak(count: int) -> int:
        rows = (row for _ in range(count))
        chunks = (
            background.csv_chunks(report, rows, str)
            if kind == "csv"
            else background.json_chunks(report, span, rows, str)
        )
        tracemalloc.start()
        for _ in chunks:
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(2_000)
    assert peak(40_000) < 1.5 * peak(4_000)
