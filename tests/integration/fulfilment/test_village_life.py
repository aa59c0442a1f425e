"""One order's way through the village, by each path."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Producer
from shop.fulfilment.accepting import accept
from shop.fulfilment.cancelling import cancel_tasks
from shop.fulfilment.deadlines import escalate_overdue, overdue_tasks
from shop.fulfilment.declining import decline, reassign
from shop.fulfilment.errors import (
    AlreadyReceived,
    GoesByTruck,
    NobodyElse,
    NotAllHere,
    NumberTaken,
    ReasonMissing,
    RunHasLeft,
    TooLateToUndo,
)
from shop.fulfilment.handover import find_pickup, hand_over, undo_hand_over
from shop.fulfilment.household_tasks import work_list
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskItem, TaskStatus
from shop.fulfilment.order_progress import order_progress
from shop.fulfilment.packing import pack_parcel, unpack
from shop.fulfilment.parcel_list import labels
from shop.fulfilment.point_errors import NotHereYet, UnknownPickupCode
from shop.fulfilment.readiness import mark_ready, undo_ready
from shop.fulfilment.receiving import receive, undo_receive
from shop.fulfilment.runs import arrive, depart, load
from shop.fulfilment.shipping import Consignment, mark_delivered, ship_parcels
from shop.fulfilment.taking_back import undo_delivered, undo_ship
from shop.fulfilment.tasks import short_number
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.transitions import IllegalStep
from shop.ordering.models import Order, OrderEvent, OrderStatus
from shop.storage.outbox import OutboxMessage
from tests.factories.confirmed_orders import confirmed_order
from tests.factories.villages import NOW, add_lot

LATER = NOW + timedelta(hours=1)
AFTER_CUTOFF = NOW + timedelta(days=2)
SF = "SF1234567890123"


@pytest.fixture
def place(unit_of_work, county):
    """Place a confirmed order: `place({variant: units}, pickup=True)`."""

    def _place(wanted, **facts):
        return confirmed_order(unit_of_work, county, wanted, **facts)

    return _place


@pytest.fixture
def do(unit_of_work):
    """Run a step in a transaction of its own: `do(accept, [task], by=…)`."""

    def _do(step, *args, now=LATER, **facts):
        return unit_of_work.run(lambda session: step(session, *args, now=now, **facts))

    return _do


@pytest.fixture
def tasks(unit_of_work):
    def _tasks(order_id, *statuses):
        def read(session):
            found = session.scalars(sa.select(Task).where(Task.order_id == order_id).order_by(Task.id)).all()
            return [task for task in found if not statuses or task.status in statuses]

        return unit_of_work.run(read)

    return _tasks


@pytest.fixture
def parcel(unit_of_work):
    return lambda code: unit_of_work.run(
        lambda s: s.scalars(sa.select(Parcel).where(Parcel.code == code)).one()
    )


@pytest.fixture
def order(unit_of_work):
    return lambda order_id: unit_of_work.run(lambda s: s.get_one(Order, order_id))


@pytest.fixture
def kinds(unit_of_work):
    """The kinds of lines in an order's history."""
    statement = sa.select(OrderEvent.kind).order_by(OrderEvent.id)
    return lambda order_id: unit_of_work.run(
        lambda s: list(s.scalars(statement.where(OrderEvent.order_id == order_id)))
    )


def test_a_courier_order_is_accepted_prepared_received_packed_shipped_and_delivered(
    county, people, place, do, tasks, parcel, order, kinds
):
    order_id = place({county.tea: 3})
    (task,) = tasks(order_id)
    village = [task.village_id == one for one in county.villages].index(True)
    household = county.producers[village].index(task.producer_id)
    farmer, coordinator = people.farmer(village, household), people.coordinator(village)
    assert task.earns_fen == 3 * 8000 * 7000 // 10000
    assert task.deadline_at == NOW + timedelta(hours=48)

    do(accept, [task.id], by=farmer)
    do(mark_ready, [task.id], by=farmer)
    do(receive, [task.id], by=coordinator)
    code = do(pack_parcel, order_id, task.packing_place_id, by=coordinator)
    assert parcel(code).weight_g == 3 * 300
    assert do(ship_parcels, [Consignment(code, "sf", SF)], by=coordinator).left == 1
    assert order(order_id).status is OrderStatus.SHIPPED
    do(mark_delivered, code, by=coordinator)

    assert tasks(order_id)[0].status is TaskStatus.PACKED
    assert parcel(code).status is ParcelStatus.DELIVERED
    assert [kind for kind in kinds(order_id) if kind.startswith(("task", "parcel"))] == [
        "task_accepted",
        "task_ready",
        "task_received",
        "parcel_packed",
        "parcel_shipped",
        "parcel_delivered",
    ]


def test_the_number_on_the_goods_is_short_and_no_other_goods_of_the_village_have_it(
    county, place, tasks, monkeypatch
):
    monkeypatch.setattr("shop.fulfilment.tasks.NUMBERS", frozenset({"001", "002", "003"}))
    numbers = [short_number(tasks(place({county.honey: 1}))[0].code) for _ in range(3)]
    assert sorted(numbers) == ["001", "002", "003"]
    assert short_number(tasks(place({county.honey: 1}))[0].code) in numbers  # none is free: any will do


def test_each_step_may_be_pressed_twice(county, people, place, do, tasks, kinds):
    order_id = place({county.honey: 2})
    (task,) = tasks(order_id)
    farmer, coordinator = people.farmer(), people.coordinator(0)
    codes = set()
    for _ in range(2):
        do(accept, [task.id], by=farmer)
    for _ in range(2):
        do(mark_ready, [task.id], by=farmer)
    for _ in range(2):
        do(receive, [task.id], by=coordinator)
    for _ in range(2):
        codes.add(do(pack_parcel, order_id, county.places[0], by=coordinator))
    (code,) = codes
    assert [do(ship_parcels, [Consignment(code, "sf", SF)], by=coordinator).left for _ in range(2)] == [1, 0]
    for _ in range(2):
        do(mark_delivered, code, by=coordinator)
    assert len(kinds(order_id)) == len(set(kinds(order_id)))


def test_a_coordinator_acts_for_a_household_and_it_is_written_down(county, people, place, do, tasks):
    (task,) = tasks(place({county.honey: 1}))
    do(accept, [task.id], by=people.coordinator(0))
    (task,) = tasks(task.order_id)
    assert (task.status, task.acted_for, task.acted_by_id) == (TaskStatus.ACCEPTED, True, county.user)


def test_declined_units_go_to_another_household_and_are_not_offered_to_the_first_again(
    county, people, place, do, tasks, unit_of_work
):
    order_id = place({county.tea: 4})
    declined_by = []
    for _ in range(4):
        (task,) = tasks(order_id, TaskStatus.OPEN)
        declined_by.append(task.producer_id)
        do(decline, task.id, "货不够", by=people.coordinator(0, 1))
    assert sorted(declined_by) == sorted([*county.producers[0], *county.producers[1]])
    assert tasks(order_id, TaskStatus.OPEN) == []
    coordinator = people.coordinator(0, 1)
    (stuck,) = unit_of_work.run(lambda s: work_list(s, coordinator, now=LATER))
    assert stuck.producer_id == declined_by[-1]
    assert stuck.needs_person_at == LATER


def test_a_decline_needs_a_reason(county, people, place, do, tasks):
    (task,) = tasks(place({county.honey: 1}))
    with pytest.raises(ReasonMissing):
        do(decline, task.id, "  ", by=people.farmer())


def test_units_that_nobody_has_wait_for_a_person_and_go_on_once_somebody_has_them(
    county, people, place, do, tasks, unit_of_work, order
):
    order_id = place({county.honey: 2, county.tea: 1})
    honey = next(task for task in tasks(order_id) if task.producer_id == county.producers[0][0])
    coordinator = people.coordinator(0, 1)
    do(decline, honey.id, "蜂跑了", by=coordinator)
    with pytest.raises(NobodyElse):
        do(reassign, honey.id, by=coordinator)
    assert unit_of_work.run(
        lambda s: s.scalars(sa.select(TaskItem.waits).where(TaskItem.task_id == honey.id)).all()
    ).count(True)

    other = county.producers[1][0]
    unit_of_work.run(lambda s: add_lot(s, county, county.honey, other, 5))
    do(reassign, honey.id, by=coordinator)
    do(reassign, honey.id, by=coordinator)
    assert other in {task.producer_id for task in tasks(order_id, TaskStatus.OPEN)}
    assert unit_of_work.run(lambda s: work_list(s, coordinator, now=LATER)) == []


def test_an_order_is_not_on_its_way_as_a_whole_while_units_of_it_wait(
    county, people, place, do, tasks, order
):
    order_id = place({county.honey: 2, county.tea: 1})
    coordinator = people.coordinator(0, 1)
    honey = next(task for task in tasks(order_id) if task.producer_id == county.producers[0][0])
    do(decline, honey.id, "蜂跑了", by=coordinator)
    for task in tasks(order_id, TaskStatus.OPEN):
        do(receive, [task.id], by=coordinator)
        code = do(pack_parcel, order_id, task.packing_place_id, by=coordinator)
        do(ship_parcels, [Consignment(code, "yto", f"YT{task.id:013d}")], by=coordinator)
    assert order(order_id).status is OrderStatus.CONFIRMED


def test_a_silent_household_is_called_first_and_replaced_later(
    county, people, place, do, tasks, unit_of_work
):
    order_id = place({county.tea: 2})
    (task,) = tasks(order_id)
    late = task.deadline_at + timedelta(minutes=1)
    due = lambda now: unit_of_work.run(lambda s: overdue_tasks(s, coordinator_hours=12, now=now))  # noqa: E731
    assert due(task.deadline_at - timedelta(minutes=1)) == []
    assert due(late) == [task.id]
    do(escalate_overdue, task.id, coordinator_hours=12, now=late)
    assert due(late + timedelta(hours=11)) == []
    coordinator = people.coordinator(0, 1)
    assert [one.id for one in unit_of_work.run(lambda s: work_list(s, coordinator, now=late))] == [task.id]
    after = late + timedelta(hours=12)
    for _ in range(2):
        do(escalate_overdue, task.id, coordinator_hours=12, now=after)
    assert tasks(order_id)[0].status is TaskStatus.REASSIGNED
    (new,) = tasks(order_id, TaskStatus.OPEN)
    assert new.producer_id != task.producer_id
    assert new.deadline_at == after.replace(hour=12, minute=0) + timedelta(hours=48)  # 20:00 in Shanghai


def test_a_late_yes_gives_the_household_new_time(county, people, place, do, tasks, unit_of_work):
    (task,) = tasks(place({county.honey: 1}))
    late = task.deadline_at + timedelta(hours=2)
    do(escalate_overdue, task.id, coordinator_hours=12, now=late)
    do(accept, [task.id], by=people.farmer(), now=late)
    assert (
        unit_of_work.run(lambda s: overdue_tasks(s, coordinator_hours=12, now=late + timedelta(hours=11)))
        == []
    )


def test_a_slow_household_is_better_than_none(county, people, place, do, tasks, unit_of_work):
    (task,) = tasks(place({county.honey: 1}))
    late = task.deadline_at + timedelta(minutes=1)
    do(escalate_overdue, task.id, coordinator_hours=1, now=late)
    do(escalate_overdue, task.id, coordinator_hours=1, now=late + timedelta(hours=1))
    (task,) = tasks(task.order_id)
    assert (task.status, task.needs_person_at) == (TaskStatus.OPEN, late + timedelta(hours=1))
    do(mark_ready, [task.id], by=people.farmer(), now=late + timedelta(hours=2))
    assert tasks(task.order_id)[0].status is TaskStatus.READY


def test_ready_can_be_taken_back_until_the_goods_are_received(county, people, place, do, tasks):
    (task,) = tasks(place({county.honey: 1}))
    farmer, coordinator = people.farmer(), people.coordinator(0)
    do(mark_ready, [task.id], by=farmer)
    do(undo_ready, task.id, by=farmer)
    assert tasks(task.order_id)[0].status is TaskStatus.ACCEPTED
    do(mark_ready, [task.id], by=farmer)
    do(receive, [task.id], by=coordinator)
    with pytest.raises(AlreadyReceived):
        do(undo_ready, task.id, by=farmer)
    do(undo_receive, task.id, by=coordinator, now=LATER + timedelta(minutes=9))
    do(undo_ready, task.id, by=farmer)


def test_goods_that_nobody_called_ready_are_ready_when_they_come_in(county, people, place, do, tasks):
    (task,) = tasks(place({county.honey: 1}))
    do(receive, [task.id], by=people.coordinator(0))
    (task,) = tasks(task.order_id)
    assert (task.status, task.ready_at, task.received_at) == (TaskStatus.READY, LATER, LATER)


def test_an_order_with_goods_of_two_households_is_one_parcel_when_all_has_come(
    county, people, place, do, tasks, unit_of_work
):
    second = county.producers[0][1]
    unit_of_work.run(lambda s: _leave_tea_to(s, county, second))
    order_id = place({county.tea: 1, county.honey: 1})
    first, other = tasks(order_id)
    assert {first.producer_id, other.producer_id} == set(county.producers[0])
    coordinator = people.coordinator(0)
    do(receive, [first.id], by=coordinator)
    with pytest.raises(NotAllHere):
        do(pack_parcel, order_id, county.places[0], by=coordinator)
    do(receive, [other.id], by=coordinator)
    do(pack_parcel, order_id, county.places[0], weight_g=1234, by=coordinator)
    assert len({task.parcel_id for task in tasks(order_id)}) == 1


def _leave_tea_to(session, county, producer_id):
    for (variant, producer), lot_id in county.lots.items():
        if variant == county.tea and producer != producer_id:
            lot = session.get_one(Lot, lot_id)
            lot.available, lot.withdrawn = 0, lot.declared


def test_part_of_an_order_can_be_packed_when_said_so(county, people, place, do, tasks, unit_of_work):
    unit_of_work.run(lambda s: _leave_tea_to(s, county, county.producers[0][1]))
    order_id = place({county.tea: 1, county.honey: 1})
    first, other = tasks(order_id)
    coordinator = people.coordinator(0)
    do(receive, [first.id], by=coordinator)
    one = do(pack_parcel, order_id, county.places[0], partly=True, by=coordinator)
    do(receive, [other.id], by=coordinator)
    assert do(pack_parcel, order_id, county.places[0], by=coordinator) != one


def test_unpacking_works_for_ten_minutes(county, people, place, do, tasks, parcel, unit_of_work):
    order_id = place({county.honey: 1})
    (task,) = tasks(order_id)
    coordinator = people.coordinator(0)
    do(receive, [task.id], by=coordinator)
    code = do(pack_parcel, order_id, county.places[0], by=coordinator)
    do(unpack, code, by=coordinator, now=LATER + timedelta(minutes=10))
    assert tasks(order_id)[0].status is TaskStatus.READY
    code = do(pack_parcel, order_id, county.places[0], by=coordinator)
    with pytest.raises(TooLateToUndo):
        do(unpack, code, by=coordinator, now=LATER + timedelta(minutes=11))


def test_a_number_that_the_carrier_never_gives_is_refused_and_a_wrong_one_can_be_corrected(
    county, people, place, do, tasks, parcel
):
    coordinator = people.coordinator(0)
    codes = []
    for _ in range(2):
        order_id = place({county.honey: 1})
        do(receive, [tasks(order_id)[0].id], by=coordinator)
        codes.append(do(pack_parcel, order_id, county.places[0], by=coordinator))
    with pytest.raises(InvalidInput):
        do(ship_parcels, [Consignment(codes[0], "sf", "12")], by=coordinator)
    do(ship_parcels, [Consignment(codes[0], "sf", SF)], by=coordinator)
    with pytest.raises(NumberTaken):
        do(ship_parcels, [Consignment(codes[1], "sf", SF)], by=coordinator)
    again = do(ship_parcels, [Consignment(codes[0], "jt", "JT1234567890123")], by=coordinator)
    assert (again.left, len(again.corrections)) == (0, 1)
    assert (parcel(codes[0]).carrier, parcel(codes[0]).tracking_number) == ("jt", "JT1234567890123")


@pytest.fixture
def shipped(county, people, place, do, tasks):
    """A parcel that the coordinator has called shipped: its order and its code."""
    order_id = place({county.honey: 1})
    (task,) = tasks(order_id)
    coordinator = people.coordinator(0)
    do(receive, [task.id], by=coordinator)
    code = do(pack_parcel, order_id, county.places[0], by=coordinator)
    do(ship_parcels, [Consignment(code, "sf", SF)], by=coordinator)
    return order_id, code


@pytest.fixture
def letters(unit_of_work):
    """The messages that wait or went out about parcels."""
    statement = sa.select(OutboxMessage.payload).order_by(OutboxMessage.id)
    told = ("order_shipped", "order_number_corrected", "order_not_shipped")
    return lambda: [
        payload["message"]
        for payload in unit_of_work.run(lambda s: list(s.scalars(statement)))
        if payload["message"] in told
    ]


def test_the_buyer_is_told_a_corrected_number_once(shipped, people, do, letters):
    for _ in range(2):
        do(ship_parcels, [Consignment(shipped[1], "jt", "JT1234567890123")], by=people.coordinator(0))
    assert letters() == ["order_shipped", "order_number_corrected"]


def test_the_wrong_parcel_called_shipped_is_taken_back_before_anybody_is_told(
    shipped, people, do, parcel, order, letters, unit_of_work
):
    order_id, code = shipped
    coordinator = people.coordinator(0)
    for _ in range(2):
        do(undo_ship, code, by=coordinator, now=LATER + timedelta(minutes=9))
    assert (parcel(code).status, parcel(code).tracking_number) == (ParcelStatus.PACKED, None)
    assert (order(order_id).status, letters()) == (OrderStatus.CONFIRMED, [])
    units = unit_of_work.run(
        lambda s: s.execute(sa.select(Lot.committed, Lot.shipped).where(Lot.committed > 0)).all()
    )
    assert units == [(1, 0)]
    do(ship_parcels, [Consignment(code, "sf", SF)], by=coordinator, now=LATER + timedelta(minutes=20))
    assert (order(order_id).status, letters()) == (OrderStatus.SHIPPED, ["order_shipped"])
    with pytest.raises(TooLateToUndo):
        do(undo_ship, code, by=coordinator, now=LATER + timedelta(minutes=31))


def test_a_buyer_who_was_told_too_early_hears_that_the_parcel_has_not_left(
    shipped, people, do, letters, unit_of_work
):
    unit_of_work.run(lambda s: s.execute(sa.update(OutboxMessage).values(attempts=1, sent_at=LATER)))
    do(undo_ship, shipped[1], by=people.coordinator(0))
    assert letters() == ["order_shipped", "order_not_shipped"]


def test_delivered_is_taken_back_within_ten_minutes(shipped, people, do, parcel):
    coordinator = people.coordinator(0)
    do(mark_delivered, shipped[1], by=coordinator)
    do(undo_delivered, shipped[1], by=coordinator)
    assert parcel(shipped[1]).status is ParcelStatus.SHIPPED
    do(mark_delivered, shipped[1], by=coordinator)
    with pytest.raises(TooLateToUndo):
        do(undo_delivered, shipped[1], by=coordinator, now=LATER + timedelta(minutes=11))


def test_a_pickup_order_travels_by_truck_and_is_handed_over_by_its_code(
    county, people, place, do, tasks, parcel, order, unit_of_work
):
    order_id = place({county.honey: 1}, pickup=True, code="482913")
    (task,) = tasks(order_id)
    coordinator, keeper = people.coordinator(0), people.keeper(0)
    do(receive, [task.id], by=coordinator)
    code = do(pack_parcel, order_id, county.places[0], by=coordinator)
    with pytest.raises(GoesByTruck):
        do(ship_parcels, [Consignment(code, "sf", SF)], by=coordinator)
    for _ in range(2):
        do(load, county.run, [code], by=coordinator)
    assert [do(depart, county.run, by=coordinator, now=AFTER_CUTOFF) for _ in range(2)] == [1, 0]
    assert order(order_id).status is OrderStatus.SHIPPED
    with pytest.raises(RunHasLeft):
        do(load, county.run, [code], by=coordinator)
    assert [do(arrive, county.run, point_ids=[county.points[0]]) for _ in range(2)] == [1, 0]

    for wrong, by in (("000000", keeper), ("482913", people.keeper(1))):
        with pytest.raises(UnknownPickupCode):
            unit_of_work.run(lambda s, wrong=wrong, by=by: find_pickup(s, wrong, by=by))
    assert unit_of_work.run(lambda s: find_pickup(s, "４８２９１３", by=keeper)).name == "林老师"
    do(hand_over, "482913", by=keeper)
    again = do(hand_over, "482913", by=keeper, now=LATER + timedelta(days=1))
    assert (again.codes, again.handed_over_at) == ((), LATER)
    assert parcel(code).status is ParcelStatus.HANDED_OVER


@pytest.fixture
def travelling(county, people, place, do, tasks):
    """The two parcels of one order, from two villages, on the truck that has left."""

    def _travelling(code):
        order_id = place({county.honey: 1, county.tea: 45}, pickup=True, code=code)
        coordinator = people.coordinator(0, 1)
        packed = {}
        for task in tasks(order_id):
            do(receive, [task.id], by=coordinator)
            packed[task.packing_place_id] = None
        for place_id in packed:
            packed[place_id] = do(pack_parcel, order_id, place_id, by=coordinator)
        do(load, county.run, list(packed.values()), by=coordinator)
        do(depart, county.run, by=coordinator, now=AFTER_CUTOFF)
        return order_id, list(packed.values())

    return _travelling


def test_a_parcel_that_is_still_on_a_truck_is_not_handed_over_with_the_one_that_is_here(
    people, do, travelling, parcel, unit_of_work, kinds
):
    order_id, (here, behind) = travelling("482913")
    keeper = people.keeper(0)
    with pytest.raises(NotHereYet):
        do(hand_over, "482913", by=keeper)
    unit_of_work.run(
        lambda s: s.execute(sa.update(Parcel).where(Parcel.code == here).values(arrived_at=LATER))
    )
    found = unit_of_work.run(lambda s: find_pickup(s, "482913", by=keeper))
    assert (found.here, found.on_the_way) == ((here,), (behind,))
    assert do(hand_over, "482913", by=keeper).codes == (here,)
    assert (parcel(behind).status, parcel(behind).arrived_at) == (ParcelStatus.SHIPPED, None)
    assert do(hand_over, "482913", by=keeper).codes == ()
    held = do(hand_over, "482913", in_hand=[behind], by=keeper, now=LATER + timedelta(hours=1))
    assert held.codes == (behind,)
    assert parcel(behind).arrived_at == LATER + timedelta(hours=1)
    assert kinds(order_id).count("parcel_arrived") == 1


def test_a_parcel_given_to_the_wrong_person_is_taken_back_within_ten_minutes(people, do, travelling, parcel):
    _order_id, codes = travelling("482913")
    keeper = people.keeper(0)
    do(hand_over, "482913", in_hand=codes, by=keeper)
    with pytest.raises(NotFound):
        do(undo_hand_over, codes[0], by=people.keeper(1))
    for _ in range(2):
        do(undo_hand_over, codes[0], by=keeper, now=LATER + timedelta(minutes=9))
    assert (parcel(codes[0]).status, parcel(codes[0]).handed_over_at) == (ParcelStatus.SHIPPED, None)
    with pytest.raises(TooLateToUndo):
        do(undo_hand_over, codes[1], by=keeper, now=LATER + timedelta(minutes=11))


def test_a_gift_box_is_put_together_at_the_county_hub(county, people, place, do, tasks, order):
    order_id = place({county.box: 2})
    found = tasks(order_id)
    assert {task.packing_place_id for task in found} == {county.hub}
    hub = people.coordinator(hub=True)
    for task in found:
        with pytest.raises(NotFound):
            do(receive, [task.id], by=people.coordinator(0, 1))
        do(mark_ready, [task.id], by=people.coordinator(0, 1))
        with pytest.raises(NotFound):
            do(accept, [task.id], by=hub)
    do(receive, [task.id for task in found], by=hub)
    code = do(pack_parcel, order_id, county.hub, by=hub)
    do(ship_parcels, [Consignment(code, "sf", SF)], by=hub)
    assert order(order_id).status is OrderStatus.SHIPPED


def test_a_cancelled_order_takes_its_tasks_and_its_parcel_with_it(
    county, people, place, do, tasks, unit_of_work
):
    order_id = place({county.honey: 1, county.tea: 1})
    first = tasks(order_id)[0]
    do(receive, [first.id], by=people.coordinator(0, 1))
    do(pack_parcel, order_id, first.packing_place_id, partly=True, by=people.coordinator(0, 1))
    for _ in range(2):
        do(cancel_tasks, order_id)
    assert {task.status for task in tasks(order_id)} == {TaskStatus.CANCELLED}
    assert unit_of_work.run(lambda s: s.scalar(sa.select(sa.func.count(Parcel.id)))) == 0
    with pytest.raises(IllegalStep):
        do(accept, [first.id], by=people.coordinator(0, 1))


def test_what_is_another_villages_is_absent(county, people, place, do, tasks):
    order_id = place({county.honey: 1})
    (task,) = tasks(order_id)
    stranger, other_farmer = people.coordinator(1), people.farmer(0, 1)
    steps = [
        (accept, [task.id]),
        (mark_ready, [task.id]),
        (receive, [task.id]),
    ]
    for step, ids in steps:
        for by in (stranger, other_farmer):
            with pytest.raises(NotFound):
                do(step, ids, by=by)
    for by in (stranger, other_farmer):
        with pytest.raises(NotFound):
            do(decline, task.id, "x", by=by)
        with pytest.raises(NotFound):
            do(pack_parcel, order_id, county.places[0], by=by)


def test_every_committed_unit_stands_in_one_task(county, place, unit_of_work):
    place({county.tea: 25, county.box: 1})
    orphans = (
        sa.select(sa.func.count())
        .select_from(Allocation)
        .outerjoin(TaskItem, TaskItem.allocation_id == Allocation.id)
        .where(Allocation.status == AllocationStatus.COMMITTED, TaskItem.task_id.is_(None))
    )
    assert unit_of_work.run(lambda s: s.scalar(orphans)) == 0
    assert unit_of_work.run(lambda s: s.scalar(sa.select(sa.func.count(Producer.id)))) == 4


def test_a_parcels_number_stays_when_another_is_packed_first(county, people, place, do, tasks, unit_of_work):
    order_id = place({county.honey: 1, county.tea: 45}, pickup=True)
    coordinator = people.coordinator(0, 1)

    def numbers():
        found = unit_of_work.run(lambda s: order_progress(s, order_id, by_truck=True))
        return {parcel.place_zh: parcel.number for parcel in found}

    planned = numbers()
    assert sorted(planned.values()) == [1, 2]
    for task in tasks(order_id):
        do(receive, [task.id], by=coordinator)
    second = do(pack_parcel, order_id, county.places[1], by=coordinator)
    assert numbers() == planned
    [label] = unit_of_work.run(lambda s: labels(s, [second], coordinator))
    assert (label.number, label.of) == (2, None)
    first = do(pack_parcel, order_id, county.places[0], by=coordinator)
    assert numbers() == planned
    assert unit_of_work.run(
        lambda s: {one.parcel.code: (one.number, one.of) for one in labels(s, [first, second], coordinator)}
    ) == {first: (1, 2), second: (2, 2)}
    do(unpack, first, by=coordinator)
    assert numbers() == planned
