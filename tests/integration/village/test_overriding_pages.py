"""Another household than the rule says, and the notice sheet on which the village reads it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop.catalogue.models import Household
from shop.fulfilment.models import Task
from shop.fulfilment.override_models import Override
from shop.inventory.models import HouseholdMonth, LotShare
from tests.factories.counting import counted_statements
from tests.factories.villages import NOW, add_lot

MONTH = f"{NOW:%Y-%m}"


@pytest.fixture
def tea(county, place, task_of):
    """A task of the first household, and the address at which it is given to the second one of its village."""
    task = task_of(place({county.tea: 3}))
    assert task.producer_id == county.producers[0][0]
    return task, f"/village/tasks/{task.id}/other", county.lots[county.tea, county.producers[0][1]]


@pytest.fixture
def overrides(unit_of_work):
    return lambda: unit_of_work.run(lambda s: list(s.scalars(sa.select(Override))))


@pytest.fixture
def agree(unit_of_work, county):
    """Households that may be named."""

    def _agree(*households):
        change = sa.update(Household).where(Household.id.in_(households)).values(consented_at=NOW)
        unit_of_work.run(lambda s: s.execute(change))

    return _agree


def test_the_page_says_who_has_it_by_the_rule_and_offers_own_villages_lots(tea, coordinator, county):
    task, at, lot = tea
    page = coordinator.get(at).text
    assert "按规则由" in page
    assert f'value="{lot}"' in page
    for producer in county.producers[1]:
        assert f'value="{county.lots[county.tea, producer]}"' not in page, "another village's"
    assert at in coordinator.get(f"/village/tasks/{task.id}").text


def test_it_is_given_once_and_only_with_a_reason(tea, coordinator, stranger, press, overrides, unit_of_work):
    task, at, lot = tea
    for form in ({"lot": lot}, {"reason": "轮到他家"}, {"lot": "x", "reason": "轮到他家"}):
        answer = press(coordinator, at, **form)
        assert answer.status_code == 400
        assert "reason" not in form or "轮到他家" in answer.text
    assert press(stranger, at, lot=lot, reason="轮到他家").status_code == 404
    assert press(coordinator, at, lot=99999, reason="轮到他家").status_code == 404
    assert overrides() == []
    for _ in range(2):
        assert press(coordinator, at, lot=lot, reason="轮到他家").status_code == 303
    assert [one.reason for one in overrides()] == ["轮到他家"]
    standing = sa.select(Task).where(Task.order_id == task.order_id, Task.status == "open")
    (new,) = unit_of_work.run(lambda s: list(s.scalars(standing)))
    assert new.earns_fen == task.earns_fen


def test_the_sheet_names_those_who_agreed_and_no_ones_earnings(
    tea, coordinator, press, agree, county, unit_of_work
):
    _, at, lot = tea
    press(coordinator, at, lot=lot, reason="轮到他家")
    first, second = county.households[0]
    agree(second)
    page = coordinator.get(f"/village/notice?month={MONTH}").text
    alias = {
        one: unit_of_work.run(lambda s, one=one: s.get_one(Household, one).alias_zh)
        for one in (first, second)
    }
    assert alias[second] in page
    assert alias[first] not in page
    assert "未同意公开名称" in page
    assert "轮到他家" in page
    assert "¥" not in page, "two households are too few for a total"


def sheet(coordinator) -> str:
    """The month's sheet, as it hangs once the month is over."""
    with time_machine.travel(NOW + timedelta(days=8)):
        return coordinator.get(f"/village/notice?month={MONTH}").text


def test_from_five_households_up_that_earned_something_the_sheet_tells_what_the_village_earned(
    tea, coordinator, county, unit_of_work
):
    lot = county.lots[county.honey, county.producers[0][0]]

    def more(session):
        session.execute(sa.update(LotShare).where(LotShare.lot_id == lot).values(share_bp=9600))
        for number in range(4):
            one = Household(
                slug=f"more{number}", village_id=county.villages[0], alias_zh=f"多{number}", alias_en=f"More {number}", people=3,
            )  # fmt: skip
            session.add(one)
            session.flush()
            session.add(LotShare(lot_id=lot, household_id=one.id, share_bp=100))

    unit_of_work.run(more)
    assert "¥" not in sheet(coordinator), "six households have goods, and only two of them earned something"
    small = sa.select(Household.id).where(Household.slug.startswith("more"))

    def earn(session):
        for one in session.scalars(small):
            session.add(
                HouseholdMonth(household_id=one, month=date.fromisoformat(f"{MONTH}-01"), earned_fen=100)
            )

    unit_of_work.run(earn)
    page = sheet(coordinator)
    assert "全村各户合计收入" in page
    assert "¥172" in page, "seven tenths of three teas, and a yuan for each of the four"
    with time_machine.travel(NOW):
        assert "¥" not in coordinator.get(f"/village/notice?month={MONTH}").text, (
            "two sheets of a month that is running would tell what one household earned meanwhile"
        )


def test_every_order_that_followed_the_rule_is_said_to(tea, coordinator):
    assert "每一单都是按规则给的" in coordinator.get(f"/village/notice?month={MONTH}").text


@pytest.mark.parametrize("month", ["2026-13", "x", "9999-01", "2027-01", ""])
def test_what_is_no_month_shows_the_last_one(coordinator, month):
    answer = coordinator.get(f"/village/notice?month={month}")
    assert answer.status_code == 200
    assert "2026-10" in answer.text


def test_another_villages_sheet_is_not_there(coordinator, county):
    assert coordinator.get(f"/village/notice?village={county.villages[1]}").status_code == 404
    assert coordinator.get("/village/notice?village=x").status_code == 404


def test_a_household_that_cannot_serve_all_of_it_is_not_offered(tea, coordinator, county, unit_of_work):
    _, at, _ = tea
    few = unit_of_work.run(lambda s: add_lot(s, county, county.tea, county.producers[0][1], 2))
    assert f'value="{few}"' not in coordinator.get(at).text


def test_the_sheet_and_the_work_list_take_as_many_statements_however_much_stands_on_them(
    coordinator, county, place, task_of, press, engine
):
    def statements(path: str) -> int:
        with counted_statements(engine) as sent:
            assert coordinator.get(path).status_code == 200
        return len(sent)

    paths = (f"/village/notice?month={MONTH}", "/village/work")

    def decided_once_more() -> None:
        given, gone = task_of(place({county.tea: 1})), task_of(place({county.honey: 1}))
        lots = [county.lots[county.tea, one] for one in county.producers[0] if one != given.producer_id]
        press(coordinator, f"/village/tasks/{given.id}/other", lot=lots[0], reason="轮到他家")
        press(coordinator, f"/village/tasks/{gone.id}/decline", reason="没有了")

    decided_once_more()
    before = [statements(path) for path in paths]
    for _ in range(2):
        decided_once_more()
    assert [statements(path) for path in paths] == before
