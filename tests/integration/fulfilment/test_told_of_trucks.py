"""What a buyer is told, by letter and on the order's page, about a truck that left without the order."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.fulfilment.later_trucks import move_to_next_truck
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.fulfilment.runs import arrive, depart, load
from shop.fulfilment.taking_back import UNDO_FOR, undo_depart
from shop.kit.clock import utc_now
from shop.mailroom import seal
from shop.notifications.letters import compose
from shop.ordering.access import guest_key
from shop.ordering.history import note
from shop.ordering.missed_trucks import MISSED
from shop.ordering.models import Order
from shop.storage.outbox import OutboxMessage
from tests.factories.truck_weeks import FRIDAY, next_week, tasks_of


@pytest.fixture
def left(book, do, see, county):
    """An order whose truck has left without it; its id and number."""
    order_id = book({county.honey: 1}, code="111111")
    do(depart, county.run, by=WORKER)
    [number] = see(sa.select(Order.number).where(Order.id == order_id))
    return order_id, number


@pytest.fixture
def goes(unit_of_work, county, see, do):
    """Next week's truck is planned; by hand, the order's parcel is put on it."""

    def _goes(order_id: int | None = None) -> None:
        unit_of_work.run(lambda s: s.add(next_week(county)))
        if order_id is not None:
            do(receive, tasks_of(see, order_id), by=WORKER)
            do(load, "NEXT", [do(pack_parcel, order_id, county.places[0], by=WORKER)], by=WORKER)

    return _goes


@pytest.fixture
def enqueued(see):
    def _enqueued(*names: str) -> list[str]:
        payloads = see(sa.select(OutboxMessage.payload).order_by(OutboxMessage.id))
        return [one["message"] for one in payloads if one["message"] in names]

    return _enqueued


@pytest.fixture
def letter(app, unit_of_work):
    def _letter(message: str, order_id: int, **more) -> str | None:
        payload = {"message": message, "order_id": order_id, **more}
        found = unit_of_work.run(lambda s: compose(s, payload, now=FRIDAY))
        with app.test_request_context():
            return found and seal(found, app.extensions["shop.settings"], now=FRIDAY).text

    return _letter


@pytest.fixture
def order_page(app, client):
    def _page(number: str) -> str:
        key = guest_key(number, (app.extensions["shop.settings"].secret_key,), now=utc_now())
        client.get(f"/orders/{number}?key={key}")
        return client.get(f"/orders/{number}").text

    return _page


THIS_WEEK, NEXT_WEEK = "11 月 27 日", "12 月 4 日"


def test_who_is_left_behind_is_told_once_and_reads_no_day_that_is_not_true(
    left, enqueued, letter, order_page, county, do
):
    order_id, number = left
    do(depart, county.run, by=WORKER)
    assert enqueued("order_left_behind") == ["order_left_behind"]
    assert "没有装上班车" in letter("order_left_behind", order_id)
    assert THIS_WEEK not in letter("order_confirmed", order_id)
    shown = order_page(number)
    assert "没有装上班车" in shown
    assert "等班车" in shown
    assert "11 月 27 日 周五" not in shown


def test_who_gets_the_next_truck_is_told_its_day(left, goes, enqueued, letter, order_page, do):
    order_id, number = left
    goes()
    do(move_to_next_truck, number, by=WORKER)
    assert enqueued("order_left_behind", "order_moved") == ["order_left_behind", "order_moved"]
    assert NEXT_WEEK in letter("order_moved", order_id)
    assert letter("order_left_behind", order_id) is None
    assert NEXT_WEEK in order_page(number)


def test_a_parcel_put_on_a_later_truck_by_hand_comes_with_that_one(left, goes, letter, order_page, do, see):
    order_id, number = left
    goes(order_id)
    shown = order_page(number)
    assert "没有装上班车" not in shown
    assert NEXT_WEEK in shown
    do(depart, "NEXT", by=WORKER)
    [parcel_id] = see(sa.select(Parcel.id))
    told = letter("order_shipped", order_id, parcel_id=parcel_id)
    assert NEXT_WEEK in told
    assert THIS_WEEK not in told


def test_an_order_that_is_on_a_later_truck_by_hand_is_not_called_left_behind(
    book, goes, do, enqueued, county
):
    order_id = book({county.honey: 1}, code="111111")
    goes(order_id)
    do(depart, county.run, by=WORKER)
    assert enqueued("order_left_behind") == []


def test_a_departure_that_is_taken_back_calls_its_letters_back(left, county, do, enqueued, people):
    do(undo_depart, county.run, by=people.coordinator(0), now=FRIDAY + timedelta(minutes=5))
    assert enqueued("order_left_behind") == []
    do(depart, county.run, by=WORKER, now=FRIDAY + timedelta(minutes=6))
    assert enqueued("order_left_behind") == ["order_left_behind"]


def test_who_is_left_behind_is_told_when_the_departure_cannot_be_taken_back_any_more(left, see):
    due = sa.select(OutboxMessage.due_at).where(OutboxMessage.dedupe_key.startswith("order_left_behind"))
    assert see(due) == [FRIDAY + UNDO_FOR]


@pytest.fixture
def two_on_the_truck(book, do, see, county):
    """An order of which each of two villages has packed a parcel; both stand on the truck."""
    order_id = book({county.honey: 1, county.tea: 60}, code="111111")
    do(receive, tasks_of(see, order_id), by=WORKER)
    packed = [do(pack_parcel, order_id, place, by=WORKER) for place in county.places]
    do(load, county.run, packed, by=WORKER)
    return order_id


@pytest.fixture
def begun(unit_of_work):
    """A worker has begun to send whatever waits."""
    return lambda: unit_of_work.run(lambda s: s.execute(sa.update(OutboxMessage).values(attempts=1)))


TOLD = ("order_shipped", "order_not_shipped", "order_arrived", "order_not_arrived")


def test_an_order_of_two_parcels_is_told_once_of_all_that_its_truck_brings(
    two_on_the_truck, county, do, enqueued, see
):
    do(depart, county.run, by=WORKER)
    do(arrive, county.run, by=WORKER)
    assert set(see(sa.select(Parcel.status))) == {ParcelStatus.SHIPPED}
    assert len(see(sa.select(Parcel.id))) == 2
    assert enqueued(*TOLD) == ["order_shipped", "order_arrived"]


def test_two_parcels_said_to_have_left_too_early_are_corrected_once(
    two_on_the_truck, county, do, enqueued, begun
):
    do(depart, county.run, by=WORKER)
    begun()
    do(undo_depart, county.run, by=WORKER)
    assert enqueued(*TOLD) == ["order_shipped", "order_not_shipped"]


def test_two_parcels_whose_letter_was_still_called_back_are_not_corrected(
    two_on_the_truck, county, do, enqueued
):
    do(depart, county.run, by=WORKER)
    do(undo_depart, county.run, by=WORKER)
    assert enqueued(*TOLD) == []


def test_an_order_paid_too_late_for_any_truck_is_promised_none(
    book, letter, order_page, unit_of_work, county, see
):
    order_id = book({county.honey: 1}, code="111111")
    unit_of_work.run(lambda s: note(s, order_id, MISSED, FRIDAY, run=county.run))
    assert THIS_WEEK not in letter("order_confirmed", order_id)
    [number] = see(sa.select(Order.number).where(Order.id == order_id))
    assert THIS_WEEK not in order_page(number)
