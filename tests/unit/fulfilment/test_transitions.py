"""The lives of tasks and parcels, and when goods must be ready."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.catalogue.models import PackingPlaceKind
from shop.fulfilment.due import SHORTEST, Truck, deadline
from shop.fulfilment.models import ParcelStatus, TaskStatus
from shop.fulfilment.transitions import LIVE_TASKS, PARCEL_STATES, TASK_STATES
from shop.kit.clock import SHANGHAI
from shop.kit.transitions import IllegalStep

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
VILLAGE, HUB = PackingPlaceKind.VILLAGE, PackingPlaceKind.HUB


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In November, on a clock in Shanghai."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def test_every_state_has_a_row():
    assert set(TASK_STATES.states) == set(TaskStatus)
    assert set(PARCEL_STATES.states) == set(ParcelStatus)


def test_what_is_over_stays_over():
    for status in set(TaskStatus) - set(LIVE_TASKS):
        assert not TASK_STATES.after(status)


def test_what_a_buyer_has_can_only_turn_out_to_be_still_on_its_way():
    for status in (ParcelStatus.HANDED_OVER, ParcelStatus.DELIVERED):
        assert PARCEL_STATES.after(status) == {ParcelStatus.SHIPPED}


def test_goods_that_stand_ready_are_not_declined():
    with pytest.raises(IllegalStep):
        TASK_STATES.step(TaskStatus.READY, TaskStatus.DECLINED)


def test_a_parcel_never_skips_the_road():
    with pytest.raises(IllegalStep):
        PARCEL_STATES.step(ParcelStatus.PACKED, ParcelStatus.HANDED_OVER)


def test_a_courier_order_is_due_when_its_goods_can_be_ready():
    assert deadline(NOW, 48, VILLAGE, None) == NOW + timedelta(hours=48)


@pytest.mark.parametrize(
    ("ordered", "due"),
    [
        (at(23, 2, 31), at(25, 8)),
        (at(23, 7, 59), at(25, 8)),
        (at(23, 10, 15), at(25, 10)),
        (at(23, 20, 59), at(25, 20)),
        (at(23, 23, 40), at(25, 20)),
        (at(23, 0, 0), at(25, 8)),
    ],
)
def test_goods_for_a_courier_are_due_at_an_hour_at_which_people_work_on_the_same_day(ordered, due):
    assert deadline(ordered, 48, VILLAGE, None) == due


def test_whoever_orders_late_for_the_same_evening_shortens_nobodys_time():
    assert deadline(at(23, 19, 30), 3, VILLAGE, None) == at(23, 22)


def test_goods_for_a_truck_are_prepared_after_its_cut_off():
    truck = Truck(cutoff_at=NOW + timedelta(days=3), departs_at=NOW + timedelta(days=6))
    assert deadline(NOW, 24, VILLAGE, truck) == NOW + timedelta(days=4)


def test_goods_for_a_truck_come_the_evening_before_it_and_a_day_before_by_the_hub():
    truck = Truck(cutoff_at=NOW + timedelta(days=1), departs_at=NOW + timedelta(days=2))
    assert deadline(NOW, 72, VILLAGE, truck) == NOW + timedelta(days=1, hours=12)
    assert deadline(NOW, 72, HUB, truck) == NOW + timedelta(days=1)


def test_a_truck_that_has_left_no_longer_sets_the_deadline():
    truck = Truck(cutoff_at=NOW - timedelta(days=3), departs_at=NOW - timedelta(days=1))
    assert deadline(NOW, 24, VILLAGE, truck) == NOW + timedelta(hours=24)


@given(hours=st.integers(1, 300), cutoff=st.integers(-100, 300), way=st.integers(0, 200), hub=st.booleans())
def test_nobody_is_given_less_than_two_hours_unless_the_goods_need_less(hours, cutoff, way, hub):
    truck = Truck(NOW + timedelta(hours=cutoff), NOW + timedelta(hours=cutoff + way))
    due = deadline(NOW, hours, HUB if hub else VILLAGE, truck)
    assert due >= NOW + min(SHORTEST, timedelta(hours=hours))
