"""Runs, freight zones and the calendar."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.delivery.models import CalendarKind, CalendarSpan, FreightZone, PickupPoint, Run, RunStatus, RunStop
from shop.kit.clock import in_shanghai, utc_now

WEEKLY = {
    "prefix": "XA", "weeks": 3, "cutoff_day": 2, "cutoff_time": "18:00", "departs_day": 4, "departs_time": "07:30",
    "arrives_day": 4, "arrives_time": "15:30", "capacity_kg": 2500,
}  # fmt: skip


def local(moment) -> str:
    return f"{in_shanghai(moment):%Y-%m-%dT%H:%M}"


def test_coming_weeks_are_planned_once_and_around_holidays(admin, shop, see, session):
    form = WEEKLY | {"point_ids": [shop.point_id]}
    assert admin.post("/admin/runs/plan", **form).status_code == 303
    runs = see(sa.select(Run).where(Run.code.startswith("XA-")).order_by(Run.arrives_at))
    assert len(runs) == 3
    assert all(run.cutoff_at > utc_now() and in_shanghai(run.arrives_at).weekday() == 4 for run in runs)
    day = in_shanghai(runs[-1].arrives_at).date() + timedelta(days=7)
    session.add(
        CalendarSpan(kind=CalendarKind.HOLIDAY, first_day=day, last_day=day, name_zh="节", name_en="Feast")
    )
    session.commit()
    admin.post("/admin/runs/plan", **(form | {"weeks": 4}))
    codes = see(sa.select(Run.arrives_at).where(Run.code.startswith("XA-")).order_by(Run.arrives_at))
    assert len(codes) == 4
    assert in_shanghai(codes[-1]).date() == day + timedelta(days=7)


@pytest.mark.parametrize(
    "wrong", [{"weeks": 0}, {"weeks": 99}, {"capacity_kg": 0}, {"capacity_kg": "1e9"}, {"cutoff_day": 9},
              {"departs_day": 0}, {"arrives_time": "25:00"}, {"prefix": ""}, {"point_ids": []}, {"point_ids": [10**9]}],
)  # fmt: skip
def test_a_week_that_cannot_be_is_refused(admin, shop, see, wrong):
    answer = admin.post("/admin/runs/plan", **(WEEKLY | {"point_ids": [shop.point_id]} | wrong))
    assert answer.status_code == 400
    assert see(sa.select(Run.id).where(Run.code.startswith("XA-"))) == []


def test_a_run_is_changed_while_it_is_planned(admin, shop, see, session):
    other = PickupPoint(slug="gym", name_zh="体育馆", name_en="Gym")
    session.add(other)
    session.commit()
    [run] = see(sa.select(Run))
    form = {
        "cutoff_at": local(run.cutoff_at), "departs_at": local(run.departs_at), "arrives_at": local(run.arrives_at),
        "capacity_kg": 900, "point_ids": [shop.point_id, other.id],
    }  # fmt: skip
    path = f"/admin/runs/{run.id}"
    assert admin.post(path, **form, booked_g=0, status="arrived").status_code == 303
    [changed] = see(sa.select(Run))
    assert (changed.capacity_g, changed.status) == (900_000, RunStatus.PLANNED)
    assert len(see(sa.select(RunStop.pickup_point_id))) == 2
    assert (
        admin.post(path, **(form | {"departs_at": local(run.arrives_at + timedelta(days=1))})).status_code
        == 400
    )


def test_a_run_after_its_cutoff_is_found_as_one_that_takes_no_more_orders(admin, shop, see, session):
    [run] = see(sa.select(Run))

    def found(status: str) -> bool:
        return f'href="/admin/runs/{run.id}"' in admin.get("/admin/runs", status=status).text

    assert (found("planned"), found("closed")) == (True, False)
    session.execute(sa.update(Run).values(cutoff_at=utc_now()))
    session.commit()
    assert (found("planned"), found("closed"), found("departed")) == (False, True, False)
    rows = admin.get("/admin/runs", lang="en").text.partition("<tbody>")[2]
    assert "Takes no more orders" in rows
    assert "Taking orders" not in rows


def test_a_booked_run_keeps_its_stops_and_is_not_called_off_unseen(admin, shop, see, place):
    place({"tea": 1})
    [run] = see(sa.select(Run))
    assert run.booked_g > 0
    admin.post(f"/admin/runs/{run.id}/cancel")
    assert see(sa.select(Run.status)) == [RunStatus.PLANNED]
    assert "Orders that wait for this truck: 1" in admin.said()


def test_an_empty_run_is_called_off_once(admin, shop, see):
    [run] = see(sa.select(Run))
    for _ in range(2):
        assert admin.post(f"/admin/runs/{run.id}/cancel").status_code == 303
    assert see(sa.select(Run.status)) == [RunStatus.CANCELLED]


def test_a_province_is_in_one_zone_only(admin, shop, see):
    form = {
        "slug": "west", "name_zh": "西部", "name_en": "West", "first_g": 1000, "first_fen": "14.00", "step_g": 1000,
        "step_fen": "7", "days_min": 3, "days_max": 6, "served": "y", "provinces": ["甘肃省"],
    }  # fmt: skip
    for wrong in (
        {"provinces": ["陕西省"]}, {"provinces": []}, {"provinces": ["火星"]}, {"days_max": 1}, {"first_g": 0},
        {"first_fen": "-1"}, {"step_fen": "0.001"},
    ):  # fmt: skip
        assert admin.post("/admin/freight-zones/new", **(form | wrong)).status_code == 400, wrong
    assert admin.post("/admin/freight-zones/new", **form).status_code == 303
    [zone] = see(sa.select(FreightZone).where(FreightZone.slug == "west"))
    assert (zone.first_fen, zone.provinces) == (1400, ["甘肃省"])


def test_days_are_added_changed_and_removed(admin, see):
    form = {"kind": "holiday", "name_zh": "春节", "name_en": "Spring Festival"}
    assert (
        admin.post("/admin/calendar/new", **form, first_day="2027-02-06", last_day="2027-02-05").status_code
        == 400
    )
    assert (
        admin.post("/admin/calendar/new", **form, first_day="2027-02-05", last_day="2027-02-11").status_code
        == 303
    )
    [span] = see(sa.select(CalendarSpan))
    admin.post(
        f"/admin/calendar/{span.id}",
        **(form | {"kind": "courier_stop"}),
        first_day="2027-02-05",
        last_day="2027-02-12",
    )
    assert see(sa.select(CalendarSpan.kind)) == [CalendarKind.COURIER_STOP]
    admin.post(f"/admin/calendar/{span.id}/remove")
    assert see(sa.select(CalendarSpan.id)) == []
    assert admin.post(f"/admin/calendar/{span.id}/remove").status_code == 404


def test_switching_a_point_off_says_how_many_orders_still_go_there(admin, shop, paid, see):
    path = f"/admin/pickup-points/{shop.point_id}"
    form = {"name_zh": "东门", "name_en": "East gate", "position": "0"}
    assert admin.post(path, **form).status_code == 303
    assert "1 paid order still goes there" in admin.said()
    assert see(sa.select(PickupPoint.active).where(PickupPoint.id == shop.point_id)) == [False]


def test_the_team_sends_off_a_truck_that_the_villages_forgot(admin, see, paid, unit_of_work):
    """At the times and with the confirmation that villages have, and it is written down who did it."""
    [run] = see(sa.select(Run))
    path = f"/admin/runs/{run.id}"
    status = lambda: see(sa.select(Run.status))[0]  # noqa: E731
    admin.post(f"{path}/depart")
    assert "It can leave after that" in admin.said()
    hour = timedelta(hours=1)
    times = {"cutoff_at": utc_now() - 3 * hour, "departs_at": utc_now() + hour}
    unit_of_work.run(lambda s: s.execute(sa.update(Run).values(**times)))
    page = admin.get(path).text
    assert "1 order that is booked on this truck is not on it" in page
    admin.post(f"{path}/depart")
    assert status() is RunStatus.PLANNED
    admin.post(f"{path}/depart", behind=re.search('name="behind" value="([^"]+)"', page)[1])
    assert status() is RunStatus.DEPARTED
    admin.post(f"{path}/arrive")
    assert status() is RunStatus.DEPARTED
    unit_of_work.run(lambda s: s.execute(sa.update(Run).values(departs_at=utc_now() - hour)))
    admin.post(f"{path}/arrive")
    admin.post(f"{path}/undo-arrive")
    assert status() is RunStatus.DEPARTED
    admin.post(f"{path}/undo-depart")
    assert status() is RunStatus.PLANNED
    steps = see(sa.select(AuditEntry.action).where(AuditEntry.subject_type == "run").order_by(AuditEntry.id))
    assert steps == ["run.departed", "run.arrived", "run.arrival_undone", "run.departure_undone"]


def test_runs_and_days_that_are_to_come_stand_first_and_the_nearest_on_top(admin, shop, session):
    now = utc_now()
    for name, days in (("OLD", -40), ("LATER", 30), ("SOON", 20), ("JUST", -10)):
        at = now + timedelta(days=days)
        session.add(Run(code=name, cutoff_at=at, departs_at=at, arrives_at=at, capacity_g=1))
        day = in_shanghai(at).date()
        session.add(
            CalendarSpan(kind=CalendarKind.TERM, first_day=day, last_day=day, name_zh=name, name_en=name)
        )
    session.commit()
    for path in ("/admin/runs", "/admin/calendar"):
        page = admin.get(path).text
        found = [
            name for name in re.findall(r">([A-Z]+)</a>", page) if name in {"OLD", "LATER", "SOON", "JUST"}
        ]
        assert found == ["SOON", "LATER", "JUST", "OLD"], path
