"""Packed goods of one order go from one parcel into another: whole boxes, right weights, labels that lead on."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.fulfilment.errors import StillLoaded
from shop.fulfilment.models import Parcel, Task
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.fulfilment.regrouping import (
    BoxStaysWhole,
    NotToRegroup,
    PackedElsewhere,
    inside_of,
    others_beside,
    regroup,
)
from shop.fulfilment.runs import load
from shop.fulfilment.shipping import Consignment, ship_parcels
from shop.fulfilment.unmade_parcels import unmade_parcel
from shop.kit.errors import InvalidInput, NotFound
from tests.factories.confirmed_orders import confirmed_order
from tests.factories.truck_weeks import tasks_of


@pytest.fixture
def packed(unit_of_work, county, do, see):
    """An order of two households of one village in one parcel: its code and its tasks."""

    def _packed(**way):
        order_id = confirmed_order(unit_of_work, county, {county.tea: 25}, **way)
        ids = tasks_of(see, order_id)
        do(receive, ids, by=WORKER)
        [place] = set(see(sa.select(Task.packing_place_id).where(Task.id.in_(ids))))
        return do(pack_parcel, order_id, place, weight_g=8000, by=WORKER), ids

    return _packed


def parcels(see):
    return see(sa.select(Parcel).order_by(Parcel.number))


def test_a_parcel_is_split_and_put_together_again(packed, do, see):
    code, (first, second) = packed()
    new = do(regroup, code, [second], None, by=WORKER)
    one, two = parcels(see)
    assert (one.code, two.code, one.number, two.number) == (code, new, 1, 2)
    assert one.weight_g + two.weight_g == 8000
    assert see(sa.select(Task.parcel_id).where(Task.id == second)) == [two.id]
    assert do(lambda s, now: others_beside(s, one.id)) == [new]
    assert [one.task_id for one in do(lambda s, now: inside_of(s, two.id))] == [second]
    assert do(regroup, new, [second], code, by=WORKER) == code
    assert do(regroup, new, [second], code, by=WORKER) == code, "pressed twice"
    [whole] = parcels(see)
    assert (whole.code, whole.weight_g) == (code, 8000)
    assert do(lambda s, now: unmade_parcel(s, new, WORKER)).code == new
    assert first != second


def test_nothing_all_and_what_lies_elsewhere_are_not_moved(packed, do):
    code, tasks = packed()
    with pytest.raises(InvalidInput):
        do(regroup, code, [], None, by=WORKER)
    with pytest.raises(InvalidInput):
        do(regroup, code, tasks, None, by=WORKER)
    do(regroup, code, tasks[:1], None, by=WORKER)
    with pytest.raises(PackedElsewhere):
        do(regroup, code, tasks[:1], None, by=WORKER)


def test_another_orders_parcel_and_another_villages_people_are_not_known(packed, do, people, county, see):
    code, tasks = packed()
    place = see(sa.select(Parcel.packing_place_id))[0]
    stranger = people.coordinator(1 if place == county.places[0] else 0)
    with pytest.raises(NotFound):
        do(regroup, code, tasks[:1], None, by=stranger)
    with pytest.raises(NotFound):
        do(regroup, code, tasks[:1], "NOSUCHCODE", by=WORKER)


def test_what_has_left_or_is_loaded_stays_as_it_is(packed, do, see):
    code, tasks = packed()
    do(ship_parcels, [Consignment(code, "sf", "SF1234567890123")], by=WORKER)
    with pytest.raises(NotToRegroup):
        do(regroup, code, tasks[:1], None, by=WORKER)


def test_a_parcel_on_the_truck_is_taken_off_first(book, do, see, county):
    order_id = book({county.honey: 1})
    do(receive, tasks_of(see, order_id), by=WORKER)
    code = do(pack_parcel, order_id, county.places[0], by=WORKER)
    do(load, county.run, [code], by=WORKER)
    with pytest.raises(StillLoaded):
        do(regroup, code, tasks_of(see, order_id), None, by=WORKER)


def test_the_hub_merges_in_its_own_way(book, do, see, county):
    order_id = book({county.box: 1})
    ids = tasks_of(see, order_id)
    do(receive, ids, by=WORKER)
    code = do(pack_parcel, order_id, county.hub, by=WORKER)
    with pytest.raises((NotToRegroup, BoxStaysWhole)):
        do(regroup, code, ids[:1], None, by=WORKER)
