"""A part of an order has left: the next truck takes the rest of it, and is asked for no more than that."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.check.all_rules import find_violations
from shop.delivery.models import Run
from shop.fulfilment.deadlines import overdue_tasks
from shop.fulfilment.errors import DidNotMiss
from shop.fulfilment.later_trucks import lacks_truck, move_to_next_truck, paid_too_late
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.fulfilment.runs import depart, load
from shop.ordering.history import note
from shop.ordering.missed_trucks import MISSED, orders_without_truck
from shop.ordering.models import Order
from tests.factories.truck_weeks import CUTOFF, DEPARTS, FRIDAY, next_week, run_of, tasks_of

WEEK = timedelta(days=7)


@pytest.fixture
def half_gone(book, do, see, county, unit_of_work):
    """Honey of the first village has left; tea of the second has not. The order's id and number."""
    order_id = book({county.honey: 2, county.tea: 45}, code="111111")
    first = see(
        sa.select(Task.id).where(Task.order_id == order_id, Task.packing_place_id == county.places[0])
    )
    lots = see(sa.select(Task.id).where(Task.order_id == order_id))
    assert len(lots) == len(first) + 1
    do(receive, first, by=WORKER)
    do(load, county.run, [do(pack_parcel, order_id, county.places[0], by=WORKER)], by=WORKER)
    do(depart, county.run, by=WORKER)
    [number] = see(sa.select(Order.number).where(Order.id == order_id))
    return order_id, number


def violations(unit_of_work) -> list[str]:
    found = unit_of_work.run(lambda s: list(find_violations(s, now=FRIDAY)))
    return [f"{one.rule}: {one.subject} {one.detail}" for one in found if one.rule.startswith("truck")]


def test_the_next_truck_is_asked_for_the_weight_that_is_still_to_go(county, do, half_gone, see, unit_of_work):
    order_id, number = half_gone
    whole_g = see(sa.select(Order.gross_weight_g).where(Order.id == order_id))[0]
    unit_of_work.run(lambda s: s.add(next_week(county, capacity_g=whole_g - 1)))
    do(move_to_next_truck, number, by=WORKER)
    [rest] = see(sa.select(Order).where(Order.id == order_id))
    assert 0 < rest.booked_g < whole_g
    assert (run_of(see, "NEXT").booked_g, run_of(see, county.run).booked_g) == (rest.booked_g, 0)
    assert violations(unit_of_work) == []


def test_an_order_of_which_nothing_left_is_booked_as_a_whole(county, do, book, see, unit_of_work):
    order_id = book({county.honey: 2}, code="111111")
    do(depart, county.run, by=WORKER)
    unit_of_work.run(lambda s: s.add(next_week(county)))
    [number] = see(sa.select(Order.number).where(Order.id == order_id))
    do(move_to_next_truck, number, by=WORKER)
    [order] = see(sa.select(Order).where(Order.id == order_id))
    assert (order.run_weight_g, run_of(see, "NEXT").booked_g) == (None, order.gross_weight_g)


def test_who_was_late_for_the_last_truck_is_in_time_for_the_next(county, do, half_gone, see, unit_of_work):
    order_id, number = half_gone
    unit_of_work.run(lambda s: s.add(next_week(county)))
    silent = sa.update(Task).where(Task.status == TaskStatus.OPEN).values(escalated_at=FRIDAY)
    unit_of_work.run(lambda s: s.execute(silent))
    do(move_to_next_truck, number, by=WORKER)
    [task] = see(sa.select(Task).where(Task.order_id == order_id, Task.status == TaskStatus.OPEN))
    assert task.escalated_at is None
    assert CUTOFF + WEEK < task.deadline_at < DEPARTS + WEEK
    overdue = lambda now: unit_of_work.run(  # noqa: E731
        lambda s: overdue_tasks(s, coordinator_hours=12, now=now)
    )
    assert overdue(FRIDAY + timedelta(days=4)) == []
    assert overdue(task.deadline_at) == [task.id]


def test_what_stands_on_a_coming_truck_by_hand_needs_no_press(county, do, book, see, unit_of_work):
    """Also when the order was paid too late for any: its parcel goes, and nobody moves it once more."""
    order_id = book({county.honey: 1}, code="111111")
    [number] = see(sa.select(Order.number).where(Order.id == order_id))
    missed = lambda s: note(s, order_id, MISSED, FRIDAY, run=county.run)  # noqa: E731
    unit_of_work.run(missed)
    assert [one for one, _since in unit_of_work.run(paid_too_late)] == [number]
    unit_of_work.run(lambda s: s.add(next_week(county)))
    do(receive, tasks_of(see, order_id), by=WORKER)
    do(load, "NEXT", [do(pack_parcel, order_id, county.places[0], by=WORKER)], by=WORKER)
    assert unit_of_work.run(paid_too_late) == []
    assert len(unit_of_work.run(orders_without_truck)) == 1
    assert not unit_of_work.run(lambda s: lacks_truck(s, order_id))
    with pytest.raises(DidNotMiss):
        do(move_to_next_truck, number, by=WORKER)
    assert see(sa.select(Run.code).join(Order, Order.run_id == Run.id)) == [county.run]
