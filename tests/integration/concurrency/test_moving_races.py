"""Orders are moved from truck to truck while others move them, or buyers book: room is never given twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from shop.check.all_rules import find_violations
from shop.delivery.models import Run, RunStop
from shop.fulfilment.errors import NoRoomForAll
from shop.fulfilment.moving_orders import move_orders
from shop.kit.errors import Conflict
from shop.ordering.models import Order
from shop.storage.outbox import OutboxMessage
from tests.factories.confirmed_orders import confirmed_order
from tests.factories.villages import NOW, County, build_county
from tests.factories.without_locks import without_locks

WEEK = timedelta(days=7)


@pytest.fixture
def county(unit_of_work) -> County:
    return unit_of_work.run(build_county)


@pytest.fixture
def here(unit_of_work, county) -> Run:
    return unit_of_work.run(lambda s: s.scalars(sa.select(Run).where(Run.code == county.run)).one())


@pytest.fixture
def orders(unit_of_work, county, here) -> list[int]:
    """Four orders, with the room that checkout books for them."""
    made = [confirmed_order(unit_of_work, county, {county.honey: 1}, pickup=True) for _ in range(4)]
    weight = sa.select(sa.func.sum(Order.gross_weight_g)).where(Order.run_id == here.id).scalar_subquery()
    unit_of_work.run(lambda s: s.execute(sa.update(Run).where(Run.id == here.id).values(booked_g=weight)))
    return made


@pytest.fixture
def there(unit_of_work, here):
    """A truck a week later with room for so many grams."""

    def _there(capacity_g: int) -> int:
        def add(session) -> int:
            stops = session.scalars(sa.select(RunStop.pickup_point_id).where(RunStop.run_id == here.id)).all()
            run = Run(
                code="NEXT", cutoff_at=here.cutoff_at + WEEK, departs_at=here.departs_at + WEEK,
                arrives_at=here.arrives_at + WEEK, capacity_g=capacity_g,
            )  # fmt: skip
            run.stops = [RunStop(pickup_point_id=point, position=place) for place, point in enumerate(stops)]
            session.add(run)
            session.flush()
            return run.id

        return unit_of_work.run(add)

    return _there


def at_once(unit_of_work, county, *moves: tuple[int, list[int], int]) -> list[int | type]:
    ready = Barrier(len(moves))

    def move(one: tuple[int, list[int], int]) -> int | type:
        source, order_ids, target = one
        ready.wait()
        try:
            return unit_of_work.run(
                lambda s: move_orders(s, source, order_ids, target, actor_id=county.user, now=NOW)
            )
        except Conflict as refused:
            return type(refused)

    with ThreadPoolExecutor(len(moves)) as pool:
        return list(pool.map(move, moves))


def moved_once_by_six(unit_of_work, county, here, to, orders):
    outcomes = at_once(unit_of_work, county, *[(here.id, orders, to)] * 6)
    assert sorted(outcomes, key=str) == [0, 0, 0, 0, 0, 4]
    assert unit_of_work.run(violations) == []
    told = unit_of_work.run(lambda s: s.scalars(sa.select(OutboxMessage.payload)).all())
    assert sum(one["message"] == "order_moved" for one in told) == 4


@pytest.mark.race(twin="test_without_locks_orders_are_moved_by_more_than_one")
def test_the_same_orders_are_moved_once_by_many(unit_of_work, county, here, there, orders):
    moved_once_by_six(unit_of_work, county, here, there(10**6), orders)


def test_without_locks_orders_are_moved_by_more_than_one(unit_of_work, county, here, there, orders):
    to = there(10**6)
    with pytest.raises((AssertionError, DBAPIError)):
        moved_once_by_six(without_locks(unit_of_work), county, here, to, orders)


def two_find_room(unit_of_work, county, here, to, orders):
    outcomes = at_once(unit_of_work, county, *[(here.id, [order], to) for order in orders])
    assert sorted(outcomes, key=str) == [1, 1, NoRoomForAll, NoRoomForAll]
    assert unit_of_work.run(violations) == []


@pytest.fixture
def narrow(unit_of_work, there, orders) -> int:
    """A truck with room for two of them."""
    weight = unit_of_work.run(lambda s: s.scalars(sa.select(Order.gross_weight_g)).first())
    return there(2 * weight)


@pytest.mark.race(twin="test_without_locks_room_for_two_is_given_wrongly")
def test_room_for_two_is_given_to_two(unit_of_work, county, here, narrow, orders):
    two_find_room(unit_of_work, county, here, narrow, orders)


def test_without_locks_room_for_two_is_given_wrongly(unit_of_work, county, here, narrow, orders):
    with pytest.raises((AssertionError, DBAPIError)):
        two_find_room(without_locks(unit_of_work), county, here, narrow, orders)


def pass_each_other(unit_of_work, county, here, to, orders):
    outcomes = at_once(unit_of_work, county, (here.id, orders[2:], to), (to, orders[:2], here.id))
    assert outcomes == [2, 2]
    assert unit_of_work.run(violations) == []


@pytest.mark.race(fence="runs are locked by id; who meets in a ring all the same is run again")
def test_two_who_move_orders_past_each_other_do_not_wait_in_a_ring(unit_of_work, county, here, there, orders):
    to = there(10**6)
    at_once(unit_of_work, county, (here.id, orders[:2], to))
    pass_each_other(unit_of_work, county, here, to, orders)


def violations(session) -> list[str]:
    return [one.rule for one in find_violations(session, now=NOW) if one.rule.startswith("truck")]
