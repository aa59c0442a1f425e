"""Slips of paper for households without a telephone."""

from __future__ import annotations

import re
from datetime import timedelta

import sqlalchemy as sa
import time_machine

from shop.catalogue.household_people import add_person
from shop.catalogue.models import Producer
from shop.fulfilment.reach import WORKER
from shop.fulfilment.readiness import mark_ready
from shop.kit.clock import shanghai_date, utc_now
from tests.factories.counting import counted_statements


def slips_on(page: str) -> list[str]:
    return re.findall(r'<article class="sl" aria-label="([^"]+)"', page)


def test_a_slip_says_goods_number_when_and_where_and_nothing_of_the_buyer(
    county, coordinator, place, task_of, rows
):
    task = task_of(place({county.honey: 3}))
    name = rows(sa.select(Producer.name_zh).where(Producer.id == task.producer_id))[0]
    page = coordinator.get("/village/slips").text
    assert slips_on(page) == [f"{name} {task.code[:3]}"]
    day = shanghai_date(task.deadline_at)
    assert f"{day.month} 月 {day.day} 日 周" in page  # paper is read on another day than it was printed
    for fact in ("货上写", "3 <small>份", "点前", "送到", "0915000000"):
        assert fact in page
    for private in ("林老师", "13812345678", "雁塔区", "150.00"):
        assert private not in page


def test_a_household_with_a_telephone_needs_none_unless_all_are_asked_for(
    county, coordinator, place, unit_of_work
):
    place({county.honey: 1})
    household_id = county.households[0][0]
    unit_of_work.run(
        lambda s: add_person(
            s, household_id, name="王小妹", phone="13912345678", actor_id=county.user, now=utc_now()
        )
    )
    assert slips_on(coordinator.get("/village/slips").text) == []
    assert len(slips_on(coordinator.get("/village/slips?who=all").text)) == 1


def test_slips_are_of_one_day_and_of_what_is_still_to_be_prepared(
    county, coordinator, place, task_of, unit_of_work
):
    due, done = task_of(place({county.honey: 1})), task_of(place({county.honey: 1}))
    unit_of_work.run(lambda s: mark_ready(s, [done.id], by=WORKER, now=utc_now()))
    day = shanghai_date(due.deadline_at)
    assert len(slips_on(coordinator.get(f"/village/slips?day={day}").text)) == 1
    assert slips_on(coordinator.get(f"/village/slips?day={day + timedelta(days=1)}").text) == []
    assert len(slips_on(coordinator.get("/village/slips?day=nonsense").text)) == 1
    with time_machine.travel(due.deadline_at + timedelta(days=2)):  # overdue: of today
        assert len(slips_on(coordinator.get("/village/slips").text)) == 1


def test_another_villages_slips_are_absent(county, coordinator, stranger, place):
    place({county.honey: 1})
    own, other = county.villages
    assert len(slips_on(coordinator.get(f"/village/slips?village={own}").text)) == 1
    assert coordinator.get(f"/village/slips?village={other}").status_code == 404
    assert slips_on(stranger.get("/village/slips?who=all").text) == []


def test_the_sheet_asks_as_often_for_many_slips_as_for_one(county, coordinator, place, engine):
    place({county.honey: 1})
    with counted_statements(engine) as one:
        coordinator.get("/village/slips")
    for _ in range(5):
        place({county.honey: 1, county.tea: 1})
    with counted_statements(engine) as many:
        page = coordinator.get("/village/slips").text
    assert len(slips_on(page)) > 5
    assert len(many) == len(one)


def test_the_tasks_page_says_who_pressed_for_the_household(
    county, coordinator, farmer, place, task_of, press, unit_of_work, rows
):
    at = f"/village/tasks/{task_of(place({county.honey: 1})).id}"
    press(coordinator, f"{at}/accept")
    assert "for the household" in coordinator.get(at, headers={"Accept-Language": "en"}).text
    assert "联络员代您报的" in farmer.get(at.replace("/village", "/farm")).text
