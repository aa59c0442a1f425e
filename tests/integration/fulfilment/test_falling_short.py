"""A household has only some of the units of a task."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.check import books, households, stock
from shop.check import tasks as tasks_rules
from shop.fulfilment.closing import waiting_of_order
from shop.fulfilment.errors import HasNone
from shop.fulfilment.models import Task, TaskItem, TaskStatus
from shop.fulfilment.reach import WORKER
from shop.fulfilment.readiness import mark_ready
from shop.fulfilment.shortage import fall_short
from shop.inventory.models import Allocation, AllocationStatus, Lot, LotShare
from shop.kit.errors import Conflict, NotFound
from shop.kit.transitions import IllegalStep
from shop.ordering.models import OrderEvent
from tests.factories.confirmed_orders import confirmed_order
from tests.factories.villages import NOW

LATER = NOW + timedelta(hours=1)
LONG_AFTER = NOW + timedelta(days=3)


@pytest.fixture
def do(unit_of_work):
    def _do(step, *args, now=LATER, **facts):
        return unit_of_work.run(lambda session: step(session, *args, now=now, **facts))

    return _do


@pytest.fixture
def place(unit_of_work, county):
    return lambda wanted, **facts: confirmed_order(unit_of_work, county, wanted, **facts)


@pytest.fixture
def tasks(see):
    return lambda order_id: see(sa.select(Task).where(Task.order_id == order_id).order_by(Task.id))


@pytest.fixture
def units(see):
    """Units of a task by state of their allocation."""

    def _units(task):
        items = sa.select(TaskItem.allocation_id).where(TaskItem.task_id == task.id)
        return [
            (one.units, one.status.value)
            for one in see(sa.select(Allocation).where(Allocation.id.in_(items)))
        ]

    return _units


@pytest.fixture
def checked(unit_of_work):
    """What is wrong with units, tasks, books and figures; the factory's orders have no payments and no dates."""

    def look(session):
        rules = (*stock.RULES, *tasks_rules.RULES, *households.RULES, *books.RULES[:1], *books.RULES[3:5])
        return [found for rule in rules for found in rule.violations(session, LATER)]

    return lambda: unit_of_work.run(look)


def test_what_a_household_lacks_goes_to_another_one_and_the_rest_stays_its_own(
    county, place, do, tasks, units, checked
):
    order_id = place({county.tea: 5})
    (task,) = tasks(order_id)
    assert do(fall_short, task.id, {county.tea: 3}, by=WORKER)
    kept, gone, new = tasks(order_id)
    assert (kept.id, kept.status, units(kept)) == (task.id, TaskStatus.ACCEPTED, [(3, "committed")])
    assert (gone.producer_id, gone.status, gone.decline_reason) == (
        task.producer_id,
        TaskStatus.DECLINED,
        "short",
    )
    assert units(gone) == [(2, "withdrawn")]
    assert (new.status, units(new)) == (TaskStatus.OPEN, [(2, "committed")])
    assert new.producer_id != task.producer_id
    assert kept.earns_fen + new.earns_fen == task.earns_fen
    assert len({kept.code, gone.code, new.code}) == 3
    assert checked() == []


def test_pressing_twice_takes_no_more_away(county, place, do, tasks, units):
    order_id = place({county.tea: 5})
    task = tasks(order_id)[0]
    for _ in range(2):
        assert do(fall_short, task.id, {county.tea: 3}, by=WORKER)
    assert [units(one) for one in tasks(order_id)] == [
        [(3, "committed")],
        [(2, "withdrawn")],
        [(2, "committed")],
    ]
    with pytest.raises(Conflict):
        do(fall_short, task.id, {county.tea: 4}, by=WORKER)


def test_units_that_nobody_else_has_wait_and_the_household_prepares_the_rest(
    county, place, do, tasks, units, unit_of_work, checked
):
    order_id = place({county.honey: 4})
    (task,) = tasks(order_id)
    for _ in range(2):
        assert not do(fall_short, task.id, {county.honey: 3}, by=WORKER)
    kept, waiting = tasks(order_id)
    assert units(kept) == [(3, "committed")]
    assert waiting.needs_person_at == LATER
    (shown,) = unit_of_work.run(lambda session: waiting_of_order(session, order_id))
    assert (shown.units, shown.price_fen) == (1, 5000)
    do(mark_ready, [kept.id], by=WORKER)
    assert checked() == []


def test_loose_units_go_before_those_of_a_gift_box(county, place, do, tasks, see, checked):
    place({county.box: 1, county.honey: 2}, pickup=True)
    honey = see(sa.select(Allocation).where(Allocation.variant_id == county.honey).order_by(Allocation.id))
    (loose,) = (one for one in honey if one.units == 2)
    items = sa.select(TaskItem.task_id).where(TaskItem.allocation_id == loose.id)
    (task,) = see(sa.select(Task).where(Task.id.in_(items)))
    do(fall_short, task.id, {county.honey: 1}, by=WORKER)
    lacking = see(sa.select(Allocation).where(Allocation.status == AllocationStatus.WITHDRAWN))
    assert [(one.order_line_id, one.units) for one in lacking] == [(loose.order_line_id, 1)]
    assert checked() == []


def test_a_part_of_a_pooled_lot_leaves_the_books_and_the_figures_agreed(
    county, place, do, tasks, unit_of_work, checked
):
    """Seven elevenths and four: rounded in two parts it is another fen for each than rounded once."""
    lot = county.lots[county.honey, county.producers[0][0]]
    second = county.households[0][1]
    unit_of_work.run(
        lambda s: s.execute(sa.update(LotShare).where(LotShare.lot_id == lot).values(share_bp=6364))
    )
    unit_of_work.run(lambda s: s.add(LotShare(lot_id=lot, household_id=second, share_bp=3636)))
    for wanted in range(2, 9):
        task = tasks(place({county.honey: wanted}))[0]
        for keeps in range(wanted - 1, 0, -1):
            do(fall_short, task.id, {county.honey: keeps}, by=WORKER)
            assert checked() == [], (wanted, keeps)
        unit_of_work.run(
            lambda s: s.execute(
                sa.update(Lot)
                .where(Lot.id == lot)
                .values(declared=Lot.declared + 9, available=Lot.available + 9)
            )
        )


def test_a_household_that_has_nothing_at_all_is_told_to_decline(county, place, do, tasks):
    (task,) = tasks(place({county.tea: 2}))
    with pytest.raises(HasNone):
        do(fall_short, task.id, {county.tea: 0}, by=WORKER)


def test_goods_that_stand_ready_are_not_short_and_other_variants_are_none(county, place, do, tasks):
    (task,) = tasks(place({county.tea: 2}))
    with pytest.raises(Conflict):
        do(fall_short, task.id, {county.honey: 1}, by=WORKER)
    do(mark_ready, [task.id], by=WORKER)
    with pytest.raises(IllegalStep):
        do(fall_short, task.id, {county.tea: 1}, by=WORKER)


def test_only_the_household_and_its_village_say_that_it_has_fewer(county, people, place, do, tasks):
    (task,) = tasks(place({county.honey: 2}))
    for stranger in (
        people.farmer(0, 1),
        people.coordinator(1),
        people.coordinator(hub=True),
        people.keeper(),
    ):
        with pytest.raises(NotFound):
            do(fall_short, task.id, {county.honey: 1}, by=stranger)
    do(fall_short, task.id, {county.honey: 1}, by=people.coordinator(0))
    assert tasks(task.order_id)[0].acted_for


def test_an_answer_after_the_deadline_gives_the_household_some_hours(county, place, do, tasks):
    (task,) = tasks(place({county.tea: 2}))
    do(fall_short, task.id, {county.tea: 1}, by=WORKER, now=LONG_AFTER)
    assert tasks(task.order_id)[0].deadline_at > LONG_AFTER


def test_the_history_says_how_many_were_missing(county, place, do, tasks, see):
    (task,) = tasks(place({county.tea: 5}))
    do(fall_short, task.id, {county.tea: 3}, by=WORKER)
    (event,) = see(sa.select(OrderEvent).where(OrderEvent.kind == "task_short"))
    assert event.facts["units"] == 2
