"""The money came after the cut-off: the order goes with a later truck, or somebody is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.delivery.models import Run, RunStop
from shop.fulfilment.errors import DidNotMiss, NoLaterTruck
from shop.fulfilment.later_trucks import move_to_next_truck
from shop.fulfilment.models import Task
from shop.fulfilment.reach import WORKER
from shop.notifications.letters import compose
from shop.notifications.messages import Message
from shop.ordering.missed_trucks import MISSED, MOVED, orders_without_truck
from shop.ordering.models import Order, OrderEvent
from shop.reports.inbox import read_inbox
from shop.reports.piles import Pile
from tests.factories.small_shop import add_lot, add_product, fill_shelves
from tests.factories.trade import open_for_trade


@pytest.fixture
def trade(session, unit_of_work):
    trade = open_for_trade(session, unit_of_work)
    add_product(session, trade.shop, "oyster", price_fen=1200)
    add_lot(session, trade.shop, "oyster", "oyster", "li", units=9, days=10)
    fill_shelves(session, trade.shop)
    session.commit()
    return trade


def add_run(trade, *, days: int, capacity_g: int = 500_000) -> int:
    def add(session) -> int:
        first = session.get_one(Run, trade.shop.run_id)
        moved = {
            name: getattr(first, name) + timedelta(days=days)
            for name in ("cutoff_at", "departs_at", "arrives_at")
        }
        stops = [RunStop(pickup_point_id=trade.shop.point_id)]
        run = Run(code=f"R+{days}", capacity_g=capacity_g, stops=stops, **moved)
        session.add(run)
        session.flush()
        return run.id

    return trade.run(add)


def pay_after_the_cutoff(trade, goods) -> Order:
    """Begun in time, paid some minutes too late."""
    cutoff_at = trade.run(lambda session: session.get_one(Run, trade.shop.run_id).cutoff_at)
    trade.now = cutoff_at - timedelta(minutes=10)
    order_id = trade.order(goods)
    trade.now = cutoff_at + timedelta(minutes=5)
    trade.pay(order_id)
    return trade.order_row(order_id)


def history(trade, order) -> list[str]:
    statement = sa.select(OrderEvent.kind).where(OrderEvent.order_id == order.id).order_by(OrderEvent.id)
    return trade.run(lambda session: list(session.scalars(statement)))


def booked(trade, run_id: int) -> int:
    return trade.run(lambda session: session.get_one(Run, run_id).booked_g)


def confirmation(trade, order):
    payload = {"message": Message.ORDER_CONFIRMED.value, "order_id": order.id}
    return trade.run(lambda session: compose(session, payload, now=trade.now))


def test_an_order_paid_in_time_stays_on_its_truck(trade):
    add_run(trade, days=7)
    order = trade.order_row(trade.sell({"tea": 2}))
    assert order.run_id == trade.shop.run_id
    assert MOVED not in history(trade, order)
    assert confirmation(trade, order).facts["truck_news"] is None


def test_an_order_paid_too_late_goes_with_the_next_truck_that_has_room(trade):
    full, next_one = add_run(trade, days=3, capacity_g=100), add_run(trade, days=7)
    order = pay_after_the_cutoff(trade, {"tea": 2})
    assert order.run_id == next_one
    assert (booked(trade, trade.shop.run_id), booked(trade, full), booked(trade, next_one)) == (0, 0, 400)
    assert MOVED in history(trade, order)
    assert confirmation(trade, order).facts["truck_news"] == MOVED
    departs_at = trade.run(lambda session: session.get_one(Run, next_one).departs_at)
    (deadline_at,) = trade.run(lambda session: session.scalars(sa.select(Task.deadline_at)).all())
    assert timedelta() < departs_at - deadline_at < timedelta(days=3)
    assert trade.run(orders_without_truck) == []
    assert trade.violations() == []


def test_goods_that_do_not_keep_until_a_later_truck_wait_for_somebody_to_decide(trade):
    add_run(trade, days=7)  # arrives on day 11; the mushrooms end on day 10
    order = pay_after_the_cutoff(trade, {"oyster": 1})
    assert order.run_id == trade.shop.run_id
    assert MISSED in history(trade, order)
    assert confirmation(trade, order).facts["truck_news"] == MISSED
    assert [number for number, _since in trade.run(orders_without_truck)] == [order.number]
    pile = next(
        pile
        for pile in trade.run(lambda session: read_inbox(session, now=trade.now))
        if pile.pile is Pile.TRUCKS
    )
    assert [item.ref for item in pile.items] == [order.number]
    with pytest.raises(NoLaterTruck):
        next_truck(trade, order)
    trade.call_off(order.id)
    assert trade.run(orders_without_truck) == []
    assert trade.violations() == []


def test_without_a_later_truck_somebody_is_told_as_well(trade):
    order = pay_after_the_cutoff(trade, {"tea": 1})
    assert [number for number, _since in trade.run(orders_without_truck)] == [order.number]


def test_a_courier_order_misses_no_truck(trade):
    cutoff_at = trade.run(lambda session: session.get_one(Run, trade.shop.run_id).cutoff_at)
    trade.now = cutoff_at + timedelta(hours=1)
    order = trade.order_row(trade.sell({"tea": 1}, courier=True))
    assert not {MOVED, MISSED} & set(history(trade, order))


def test_somebody_finds_a_later_truck_for_an_order_that_was_paid_too_late(trade):
    order = pay_after_the_cutoff(trade, {"tea": 1})
    assert [number for number, _since in trade.run(orders_without_truck)] == [order.number]
    add_run(trade, days=7)
    next_truck(trade, order)
    assert trade.order_row(order.id).run_id != order.run_id
    assert trade.run(orders_without_truck) == []
    with pytest.raises(DidNotMiss):
        next_truck(trade, order)
    assert trade.violations() == []


def next_truck(trade, order) -> str:
    return trade.run(lambda session: move_to_next_truck(session, order.number, by=WORKER, now=trade.now))
