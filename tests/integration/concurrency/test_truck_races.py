"""A truck is sent off while somebody loads it or takes something off it.

Each race has a twin without the run's lock that must go red, or the race proves nothing.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
import sqlalchemy as sa

from shop.check.all_rules import find_violations
from shop.fulfilment import runs
from shop.fulfilment.errors import LeavesBehind
from shop.fulfilment.models import Parcel, ParcelStatus, Task
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER, Reach
from shop.fulfilment.reach import coordinator as find_coordinator
from shop.fulfilment.receiving import receive
from shop.fulfilment.runs import depart, find_run, load, unload
from tests.factories.confirmed_orders import confirmed_order
from tests.factories.villages import NOW, County, build_county
from tests.factories.without_locks import without_locks

FRIDAY = NOW + timedelta(days=4, minutes=5)
RULE = "truck: what it carries left with it"


@pytest.fixture
def county(unit_of_work) -> County:
    return unit_of_work.run(build_county)


@pytest.fixture
def packed(unit_of_work, county):
    """A parcel that stands packed in the first village."""

    def _packed() -> str:
        order_id = confirmed_order(unit_of_work, county, {county.honey: 1}, pickup=True)
        tasks = sa.select(Task.id).where(Task.order_id == order_id)
        ids = unit_of_work.run(lambda s: list(s.scalars(tasks)))
        unit_of_work.run(lambda s: receive(s, ids, by=WORKER, now=NOW))
        return unit_of_work.run(lambda s: pack_parcel(s, order_id, county.places[0], by=WORKER, now=NOW))

    return _packed


def depart_while_loading(unit_of_work, county, packed) -> tuple[int, list[str]]:
    """How many parcels left, and which stand on the departed truck without having left."""
    first, second = packed(), packed()
    unit_of_work.run(lambda s: load(s, county.run, [first], by=WORKER, now=FRIDAY))
    loaded, left = Event(), Event()

    def put_on(session) -> None:
        load(session, county.run, [second], by=WORKER, now=FRIDAY)
        loaded.set()
        left.wait(timeout=1)  # a departure that does not wait is over before this

    def send_off() -> int:
        loaded.wait()
        count = unit_of_work.run(lambda s: depart(s, county.run, by=WORKER, now=FRIDAY))
        left.set()
        return count

    with ThreadPoolExecutor(2) as pool:
        loading, leaving = pool.submit(unit_of_work.run, put_on), pool.submit(send_off)
        loading.result()
        count = leaving.result()
    found = unit_of_work.run(lambda s: list(find_violations(s, now=FRIDAY)))
    return count, [one.subject for one in found if one.rule == RULE]


@pytest.mark.race(twin="test_without_the_lock_a_parcel_would_stay_on_a_truck_that_has_left")
def test_a_truck_leaves_with_what_is_being_loaded(unit_of_work, county, packed):
    assert depart_while_loading(unit_of_work, county, packed) == (2, [])
    statuses = sa.select(Parcel.status)
    assert set(unit_of_work.run(lambda s: list(s.scalars(statuses)))) == {ParcelStatus.SHIPPED}


def test_without_the_lock_a_parcel_would_stay_on_a_truck_that_has_left(
    unit_of_work, county, packed, backend, monkeypatch
):
    if backend == "sqlite":
        pytest.skip("one writer at a time: nothing is loaded while a truck leaves")
    monkeypatch.setattr(runs, "_waiting_run", find_run)
    count, stranded = depart_while_loading(unit_of_work, county, packed)
    assert (count, len(stranded)) == (1, 1)


def depart_while_unloading(unit_of_work, county, packed) -> int | type:
    """Somebody saw everything loaded and sends the truck off, while a parcel is being taken off it."""
    first, second = packed(), packed()
    unit_of_work.run(lambda s: load(s, county.run, [first, second], by=WORKER, now=FRIDAY))
    hub = coordinator(unit_of_work, county)
    taken, left = Event(), Event()

    def take_off(session) -> None:
        unload(session, county.run, second, by=WORKER, now=FRIDAY)
        taken.set()
        left.wait(timeout=1)

    def send_off() -> int | type:
        taken.wait()
        try:
            return unit_of_work.run(lambda s: depart(s, county.run, by=hub, now=FRIDAY))
        except LeavesBehind as refused:
            return type(refused)
        finally:
            left.set()

    with ThreadPoolExecutor(2) as pool:
        unloading, leaving = pool.submit(unit_of_work.run, take_off), pool.submit(send_off)
        unloading.result()
        return leaving.result()


def coordinator(unit_of_work, county) -> Reach:
    return unit_of_work.run(lambda s: find_coordinator(s, county.user, frozenset(), frozenset({county.hub})))


@pytest.mark.race(twin="test_without_the_locks_what_comes_off_would_not_be_said")
def test_what_comes_off_while_the_truck_is_sent_off_is_said(unit_of_work, county, packed):
    assert depart_while_unloading(unit_of_work, county, packed) is LeavesBehind


def test_without_the_locks_what_comes_off_would_not_be_said(unit_of_work, county, packed, backend):
    if backend == "sqlite":
        pytest.skip("one writer at a time: nothing is taken off while a truck leaves")
    assert depart_while_unloading(without_locks(unit_of_work), county, packed) == 2
