"""Who sends a truck off and when, what stays behind, and the way back from a mistaken press."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.delivery.models import RunStatus
from shop.fulfilment.errors import (
    DidNotMiss,
    LeavesBehind,
    NoLaterTruck,
    NotYourTruck,
    TooEarly,
    TooLateToUndo,
)
from shop.fulfilment.handover import hand_over
from shop.fulfilment.later_trucks import missed_counted, missed_orders, move_to_next_truck
from shop.fulfilment.left_behind import left_behind
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.fulfilment.runs import arrive, depart, load, unload
from shop.fulfilment.taking_back import undo_arrive, undo_depart
from shop.inventory.models import Allocation, AllocationStatus
from shop.kit.errors import NotFound
from shop.ordering.models import Order, OrderStatus
from shop.storage.outbox import OutboxMessage
from tests.factories.truck_weeks import CUTOFF, DEPARTS, FRIDAY, next_week, run_of, tasks_of


def test_no_truck_leaves_before_its_orders_are_closed(county, people, do, loaded, see):
    loaded()
    early = CUTOFF - timedelta(minutes=1)
    with pytest.raises(TooEarly) as refused:
        do(depart, county.run, by=people.coordinator(0), now=early)
    assert refused.value.facts["when"] == CUTOFF
    assert do(depart, county.run, by=people.coordinator(0), now=CUTOFF) == 1


def test_a_truck_cannot_have_arrived_before_it_was_to_leave(county, people, do, loaded, see):
    loaded()
    coordinator = people.coordinator(0)
    do(depart, county.run, by=coordinator, now=CUTOFF)
    with pytest.raises(TooEarly):
        do(arrive, county.run, by=coordinator, now=DEPARTS - timedelta(minutes=1))
    assert do(arrive, county.run, by=coordinator, now=DEPARTS) == 1


def test_only_the_hub_and_villages_with_orders_on_it_send_a_truck(county, people, do, loaded):
    loaded()
    for step in (depart, arrive, undo_depart, undo_arrive):
        if step is arrive:
            do(depart, county.run, by=people.coordinator(0))
        with pytest.raises(NotYourTruck):
            do(step, county.run, by=people.coordinator(1))
    assert do(arrive, county.run, by=people.coordinator(hub=True)) == 1


def test_what_stays_behind_is_counted_by_village_and_must_be_said(
    county, people, do, loaded, book, unit_of_work
):
    loaded()
    book({county.honey: 1, county.tea: 1}, code="111111")
    coordinator = people.coordinator(0, 1)
    behind = unit_of_work.run(lambda s: left_behind(s, county.run_id))
    assert behind.orders == 1
    assert all(one.orders == 1 for one in behind.villages)
    with pytest.raises(LeavesBehind):
        do(depart, county.run, by=coordinator)
    assert do(depart, county.run, behind=behind.mark, by=coordinator) == 1


def test_another_order_than_was_shown_is_not_left_behind(county, people, do, loaded, book, see, unit_of_work):
    """One comes off and another goes on: as many stay behind, and not those that somebody has seen."""
    _order_id, parcel = loaded()
    other = book({county.honey: 1}, code="111111")
    coordinator = people.coordinator(0)
    shown = unit_of_work.run(lambda s: left_behind(s, county.run_id))
    do(receive, tasks_of(see, other), by=WORKER)
    do(load, county.run, [do(pack_parcel, other, county.places[0], by=WORKER)], by=WORKER)
    do(unload, county.run, parcel, by=WORKER)
    with pytest.raises(LeavesBehind):
        do(depart, county.run, behind=shown.mark, by=coordinator)
    assert run_of(see, county.run).status is RunStatus.PLANNED


def test_a_departure_is_taken_back_for_ten_minutes_with_everything_it_did(county, people, do, loaded, see):
    order_id, parcel = loaded()
    coordinator = people.coordinator(0)
    do(depart, county.run, by=coordinator)
    assert see(sa.select(Order.status).where(Order.id == order_id)) == [OrderStatus.SHIPPED]
    for _ in range(2):
        do(undo_depart, county.run, by=coordinator, now=FRIDAY + timedelta(minutes=10))
    run = run_of(see, county.run)
    assert (run.status, run.departed_at) == (RunStatus.PLANNED, None)
    [back] = see(sa.select(Parcel).where(Parcel.code == parcel))
    assert (back.status, back.shipped_at, back.run_id) == (ParcelStatus.PACKED, None, run.id)
    assert see(sa.select(Order.status).where(Order.id == order_id)) == [OrderStatus.CONFIRMED]
    assert set(see(sa.select(Allocation.status))) == {AllocationStatus.COMMITTED}
    told = [payload["message"] for payload in see(sa.select(OutboxMessage.payload))]
    assert "order_shipped" not in told  # it had not been sent yet, and was called back
    assert see(sa.select(AuditEntry.action).order_by(AuditEntry.id)) == [
        "run.departed",
        "run.departure_undone",
    ]
    do(depart, county.run, by=coordinator)
    with pytest.raises(TooLateToUndo):
        do(undo_depart, county.run, by=coordinator, now=FRIDAY + timedelta(minutes=11))


def test_an_arrival_is_taken_back_until_something_is_handed_over(county, people, do, loaded, see):
    _order_id, parcel = loaded()
    coordinator = people.coordinator(0)
    do(depart, county.run, by=coordinator)
    do(arrive, county.run, by=coordinator)
    with pytest.raises(TooLateToUndo):
        do(undo_depart, county.run, by=coordinator)
    for _ in range(2):
        do(undo_arrive, county.run, by=coordinator, now=FRIDAY + timedelta(hours=3))
    assert run_of(see, county.run).status is RunStatus.DEPARTED
    assert see(sa.select(Parcel.arrived_at).where(Parcel.code == parcel)) == [None]
    do(arrive, county.run, by=coordinator)
    do(hand_over, "482913", by=people.keeper())
    with pytest.raises(TooLateToUndo):
        do(undo_arrive, county.run, by=coordinator)


def test_an_order_that_missed_its_truck_is_on_the_list_until_it_has_the_next(
    county, people, do, loaded, book, see, unit_of_work
):
    loaded()
    late = book({county.honey: 2}, code="111111")
    [number] = see(sa.select(Order.number).where(Order.id == late))
    coordinator, stranger = people.coordinator(0), people.coordinator(1)
    look = lambda by: [one.number for one in unit_of_work.run(lambda s: missed_orders(s, by))]  # noqa: E731
    assert look(coordinator) == []
    with pytest.raises(DidNotMiss):
        do(move_to_next_truck, number, by=coordinator)
    do(depart, county.run, by=WORKER)
    assert (look(coordinator), look(stranger)) == ([number], [])
    assert unit_of_work.run(lambda s: s.scalar(missed_counted(WORKER))) == 1
    with pytest.raises(NotFound):
        do(move_to_next_truck, number, by=stranger)
    with pytest.raises(NoLaterTruck):
        do(move_to_next_truck, number, by=coordinator)
    unit_of_work.run(lambda s: s.add(next_week(county)))
    assert do(move_to_next_truck, number, by=coordinator) == "NEXT"
    [order] = see(sa.select(Order).where(Order.id == late))
    assert order.run_id == run_of(see, "NEXT").id
    assert run_of(see, "NEXT").booked_g == order.gross_weight_g
    assert look(coordinator) == []
    with pytest.raises(DidNotMiss):
        do(move_to_next_truck, number, by=coordinator)
