"""“Short by n”, on the farmer's phone and at the coordinator's desk."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.fulfilment.models import Task, TaskStatus


@pytest.fixture
def units_of(unit_of_work):
    """What an order's tasks are of: `(producer, status, units)`, the oldest first."""

    def read(session, order_id):
        tasks = session.scalars(sa.select(Task).where(Task.order_id == order_id).order_by(Task.id)).all()
        return [(one.producer_id, one.status, one.earns_fen // 5600) for one in tasks]

    return lambda order_id: unit_of_work.run(lambda session: read(session, order_id))


@pytest.fixture
def tea(county, place, task_of):
    """An order of five teas; its id, its task and the names of its fields."""
    order_id = place({county.tea: 5})
    task = task_of(order_id)
    assert task.producer_id == county.producers[0][0]
    return order_id, task, f"short-{county.tea}", f"of-{county.tea}"


def test_a_farmer_says_how_many_are_missing_and_is_asked_once_more(tea, farmer, press, units_of):
    order_id, task, short, of = tea
    at = f"/farm/tasks/{task.id}"
    assert f"{at}/short" in farmer.get(at).text
    assert "要 5 份" in farmer.get(f"{at}/short").text
    asked = press(farmer, f"{at}/short", **{short: "２", of: "5"})
    assert asked.status_code == 303
    sure = farmer.get(asked.location).text
    assert '<span class="task-q">3</span>' in sure
    assert "少 <b>2</b> 份" in sure
    assert len(units_of(order_id)) == 1
    for _ in range(2):
        press(farmer, f"{at}/short", **{short: "2", of: "5", "sure": "1"})
    kept, gone, new = units_of(order_id)
    assert kept == (task.producer_id, TaskStatus.ACCEPTED, 3)
    assert gone == (task.producer_id, TaskStatus.DECLINED, 2)
    assert new[1:] == (TaskStatus.OPEN, 2)
    page = farmer.get("/farm/tasks").text
    assert "知道了，少的给别家" in page
    assert '<span class="task-q">3</span>' in page


@pytest.mark.parametrize("typed", ["两", "-1", "1.5", "9", "", "0"])
def test_a_number_that_cannot_be_is_asked_for_again(tea, farmer, coordinator, press, units_of, typed):
    order_id, task, short, of = tea
    for person, path in ((farmer, "farm"), (coordinator, "village")):
        answer = press(person, f"/{path}/tasks/{task.id}/short", **{short: typed, of: "5", "sure": "1"})
        assert answer.status_code == 400
        assert "say-bad" in answer.text or "msg-bad" in answer.text or "field-bad" in answer.text
        assert not typed or f'value="{typed}"' in answer.text
    assert len(units_of(order_id)) == 1


def test_who_has_nothing_at_all_is_told_to_decline(tea, farmer, press, units_of):
    order_id, task, short, of = tea
    press(farmer, f"/farm/tasks/{task.id}/short", **{short: "5", of: "5", "sure": "1"})
    assert "整个任务改报" in farmer.get("/farm/tasks").text
    assert len(units_of(order_id)) == 1


def test_a_task_of_one_unit_has_no_part(county, farmer, coordinator, place, task_of):
    task = task_of(place({county.tea: 1}))
    assert "/short" not in farmer.get(f"/farm/tasks/{task.id}").text
    assert farmer.get(f"/farm/tasks/{task.id}/short").status_code == 303
    assert "short-" not in coordinator.get(f"/village/tasks/{task.id}").text


def test_a_coordinator_says_it_for_the_household_and_it_is_written_down(
    tea, coordinator, press, units_of, task_of, unit_of_work
):
    order_id, task, short, of = tea
    at = f"/village/tasks/{task.id}"
    assert "short-" in coordinator.get(at).text
    for _ in range(2):
        assert press(coordinator, f"{at}/short", **{short: "2", of: "5"}).status_code == 303
    assert [one[2] for one in units_of(order_id)] == [3, 2, 2]
    page = coordinator.get(at).text
    assert "少的份数已由别家备货" in page
    assert "联络员代点" in page
    acted = sa.select(Task.acted_for).where(Task.order_id == order_id).order_by(Task.id)
    assert unit_of_work.run(lambda s: s.scalars(acted).all()) == [True, True, False]


def test_missing_units_that_nobody_has_wait_for_the_coordinator(county, coordinator, place, task_of, press):
    task = task_of(place({county.honey: 3}))
    fields = {f"short-{county.honey}": "1", f"of-{county.honey}": "3"}
    press(coordinator, f"/village/tasks/{task.id}/short", **fields)
    assert "没有别家有全部" in coordinator.get(f"/village/tasks/{task.id}").text
    assert "× 1" in coordinator.get("/village/work").text


def test_another_villages_coordinator_finds_no_such_task(tea, stranger, press, units_of):
    order_id, task, short, of = tea
    assert press(stranger, f"/village/tasks/{task.id}/short", **{short: "2", of: "5"}).status_code == 404
    assert len(units_of(order_id)) == 1
