"""Goods that are ordered before they are harvested, from the forecast to the parcel."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.delivery.models import Run, RunStop
from shop.fulfilment.closing import waiting_of_order
from shop.fulfilment.errors import SpoilsBefore
from shop.fulfilment.harvesting import harvest
from shop.fulfilment.models import Task
from shop.inventory.errors import NotHarvested
from shop.inventory.harvests import Harvest
from shop.inventory.lots import close_expired_lots, correct_lot
from shop.inventory.models import Lot, LotStatus
from shop.inventory.stock import buyable_units
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.ordering.closing import NothingElseLeft
from shop.ordering.delay_choice import DelayIsOver, give_up_late_units
from shop.ordering.errors import HarvestChanged, NoneLeft, WouldNotKeep
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.ordering.preorder_models import DelayChoice, PreorderDelay
from shop.ordering.preorders import preorders_of_order
from shop.payments.models import Refund
from shop.storage.outbox import OutboxMessage
from tests.factories.buying import buy
from tests.factories.preorders import HOUSEHOLD, Mushrooms
from tests.factories.small_shop import add_lot
from tests.factories.trade import open_for_trade


@pytest.fixture
def trade(session, unit_of_work):
    return open_for_trade(session, unit_of_work)


@pytest.fixture
def mushrooms(trade):
    """Twenty expected in ten days, half of that sure."""
    return Mushrooms(trade)


@pytest.fixture
def tasks(trade):
    def _tasks(order_id):
        found = sa.select(Task.status).where(Task.order_id == order_id).order_by(Task.id)
        return [one.value for one in trade.run(lambda session: session.scalars(found).all())]

    return _tasks


@pytest.fixture
def letters(trade):
    def _letters(message):
        kinds = trade.run(lambda session: session.scalars(sa.select(OutboxMessage.payload)).all())
        return [one["order_id"] for one in kinds if one.get("message") == message]

    return _letters


@pytest.fixture
def delay_of(trade):
    def _delay(order_id):
        statement = sa.select(PreorderDelay).where(PreorderDelay.order_id == order_id)
        return trade.run(lambda session: session.scalars(statement.order_by(PreorderDelay.id.desc())).first())

    return _delay


def next_truck(trade, *, days):
    def add(session):
        leaves = trade.now + timedelta(days=days)
        times = {"cutoff_at": leaves - timedelta(days=1), "departs_at": leaves, "arrives_at": leaves}
        run = Run(code="LATER", capacity_g=500_000, **times)
        run.stops.append(RunStop(pickup_point_id=trade.shop.point_id))
        session.add(run)

    trade.run(add)


def give_up(trade, order_id, delay_id):
    say = {"actor_id": None, "now": trade.now}
    return trade.run(lambda session: give_up_late_units(session, order_id, delay_id, **say))


def test_half_as_many_are_sold_as_are_expected_and_no_more(trade, mushrooms):
    variant_id = trade.shop.variants["mushrooms"]
    assert trade.run(lambda s: buyable_units(s, [variant_id], now=trade.now)) == {variant_id: 10}
    trade.sell({"mushrooms": 10}, courier=True)
    with pytest.raises(NoneLeft):
        trade.sell({"mushrooms": 1}, courier=True)
    assert trade.violations() == []


def test_a_form_sent_twice_makes_one_forecast(trade, mushrooms):
    first = mushrooms.declare(units=10, pct=80, token="form")
    assert mushrooms.declare(units=10, pct=80, token="form") == first


@pytest.mark.parametrize(
    ("units", "pct", "field"),
    [(0, 80, "units"), (1, 50, "units"), (10, 5, "confidence_pct"), (10, 101, "confidence_pct")],
)
def test_what_cannot_be_expected_is_named_by_field(trade, mushrooms, units, pct, field):
    with pytest.raises(InvalidInput) as refused:
        mushrooms.declare(units=units, pct=pct)
    assert set(refused.value.errors) == {field}


def test_the_day_and_what_was_agreed_stand_on_the_order_line(trade, mushrooms):
    placed = trade.run(
        lambda session: buy(
            session, trade.shop, {"mushrooms": 4, "tea": 1}, courier=True, preorder_terms="先来先得",
            seen_days={"mushrooms": mushrooms.first_day},
        )
    )  # fmt: skip
    lines = sa.select(OrderLine).where(OrderLine.order_id == placed.order_id).order_by(OrderLine.sku)
    mushroom, tea = trade.run(lambda session: session.scalars(lines).all())
    assert (mushroom.expected_on, mushroom.expected_units) == (mushrooms.first_day, 4)
    assert mushroom.preorder_terms == "先来先得"
    assert (tea.expected_on, tea.preorder_terms) == (None, "")


@pytest.mark.parametrize("seen", [{}, {"mushrooms": -1}])
def test_nobody_pre_orders_who_was_shown_no_day_or_an_earlier_one(trade, mushrooms, seen):
    days = {sku: mushrooms.first_day + timedelta(days=change) for sku, change in seen.items()}
    with pytest.raises(HarvestChanged):
        trade.run(lambda session: buy(session, trade.shop, {"mushrooms": 1}, courier=True, seen_days=days))


def test_a_truck_that_leaves_before_the_harvest_takes_no_orders_for_it(trade, mushrooms):
    with pytest.raises(WouldNotKeep):
        trade.sell({"mushrooms": 1})


def test_nobody_prepares_what_is_not_harvested_and_the_rest_of_the_order_goes_ahead(trade, mushrooms, tasks):
    order_id = trade.sell({"mushrooms": 4, "tea": 1}, courier=True)
    assert tasks(order_id) == ["open"]
    trade.ready(order_id)
    trade.ship(order_id)
    order = trade.run(lambda session: session.get_one(Order, order_id))
    assert order.status is OrderStatus.CONFIRMED, "a part is still to come"
    assert trade.violations() == []


def test_with_the_harvest_the_tasks_open_and_the_order_goes_its_way(trade, mushrooms, tasks):
    order_id = trade.sell({"mushrooms": 4}, courier=True)
    assert tasks(order_id) == []
    assert mushrooms.come(15)
    lot = mushrooms.lot
    assert (lot.declared, lot.available, lot.committed, lot.expected_on) == (15, 11, 4, None)
    assert not mushrooms.come(99), "pressed twice, said once"
    trade.deliver(order_id)
    assert mushrooms.lot.shipped == 4
    assert trade.violations() == []


def test_of_a_short_harvest_those_who_ordered_first_are_served(trade, mushrooms, tasks):
    first, second, third = (trade.sell({"mushrooms": units}, courier=True) for units in (4, 4, 2))
    mushrooms.come(5)
    assert [tasks(one) for one in (first, second, third)] == [
        ["open"],
        ["accepted", "declined"],
        ["declined"],
    ]
    lot = mushrooms.lot
    assert (lot.committed, lot.withdrawn, lot.status) == (5, 5, LotStatus.CLOSED)
    waits = [trade.run(partial(waiting_of_order, order_id=one)) for one in (second, third)]
    assert [sum(unit.units for unit in one) for one in waits] == [3, 2]
    assert trade.violations() == []


def test_what_a_short_harvest_lacks_comes_from_another_household_that_has_it(trade, mushrooms, tasks):
    order_id = trade.sell({"mushrooms": 6}, courier=True)
    trade.run(lambda s: add_lot(s, trade.shop, "mushrooms-li", "mushrooms", "li", units=2))
    mushrooms.come(4)
    other = trade.run(lambda s: s.get_one(Lot, trade.shop.lots["mushrooms-li"]))
    assert other.committed == 2
    assert "open" in tasks(order_id)
    assert trade.violations() == []


def test_of_a_harvest_that_failed_nothing_is_left_to_prepare(trade, mushrooms, tasks):
    order_id = trade.sell({"mushrooms": 3}, courier=True)
    mushrooms.come(0)
    assert tasks(order_id) == ["declined"]
    assert mushrooms.lot.committed == 0
    assert trade.violations() == []


def test_who_pays_after_a_short_harvest_gets_nothing_that_is_not_there(trade, mushrooms, tasks):
    paid = trade.sell({"mushrooms": 4}, courier=True)
    unpaid = trade.order({"mushrooms": 4}, courier=True, method="sandbox")
    mushrooms.come(5, early=True)
    trade.pay(unpaid)
    mushrooms.settle()
    assert tasks(paid) == ["open"]
    assert tasks(unpaid) == ["accepted", "declined"]
    assert mushrooms.lot.committed == 5
    assert trade.violations() == []


def test_a_late_harvest_is_told_to_each_buyer_once_however_often_it_is_pressed(
    trade, mushrooms, letters, delay_of
):
    orders = [trade.sell({"mushrooms": 2}, courier=True) for _ in range(2)]
    later = mushrooms.first_day + timedelta(days=7)
    assert mushrooms.put_off(later) == 2
    assert mushrooms.put_off(later) == 0
    assert letters("order_harvest_late") == orders
    lot = mushrooms.lot
    assert lot.expected_on == later
    assert [delay_of(one).choice for one in orders] == [DelayChoice.WAITS] * 2
    shown = trade.run(lambda session: preorders_of_order(session, orders[0]))
    assert [(one.units, one.expected_on, one.was_on) for one in shown] == [(2, later, mushrooms.first_day)]
    assert trade.violations() == []


def test_a_harvest_is_not_put_off_to_an_earlier_day(trade, mushrooms):
    with pytest.raises(InvalidInput):
        mushrooms.put_off(mushrooms.first_day - timedelta(days=1))


def test_who_does_not_wait_is_paid_back_for_that_part_and_others_can_have_it(trade, mushrooms, delay_of):
    order_id = trade.sell({"mushrooms": 4, "tea": 1}, courier=True)
    mushrooms.put_off(mushrooms.first_day + timedelta(days=7))
    delay = delay_of(order_id)
    assert give_up(trade, order_id, delay.id)
    assert not give_up(trade, order_id, delay.id), "pressed twice, paid once"
    refunds = sa.select(Refund.amount_fen).where(Refund.order_id == order_id)
    assert trade.run(lambda session: session.scalars(refunds).all()) == [4 * 4000]
    trade.send_refunds()
    lot = mushrooms.lot
    assert (lot.available, lot.committed, lot.withdrawn) == (10, 0, 0)
    trade.deliver(order_id)
    assert trade.run(lambda s: s.get_one(Order, order_id)).status is not OrderStatus.CONFIRMED
    assert trade.violations() == []


def test_where_nothing_else_is_ordered_the_order_is_to_be_called_off_as_a_whole(trade, mushrooms, delay_of):
    order_id = trade.sell({"mushrooms": 4}, courier=True)
    mushrooms.put_off(mushrooms.first_day + timedelta(days=7))
    with pytest.raises(NothingElseLeft):
        give_up(trade, order_id, delay_of(order_id).id)
    trade.call_off(order_id)
    assert mushrooms.lot.available == 10
    assert trade.violations() == []


def test_a_choice_is_over_with_the_harvest_and_of_no_use_for_another_order(trade, mushrooms, delay_of):
    order_id, other = (trade.sell({"mushrooms": 2, "tea": 1}, courier=True) for _ in range(2))
    mushrooms.put_off(mushrooms.first_day + timedelta(days=1))
    with pytest.raises(NotFound):
        give_up(trade, other, delay_of(order_id).id)
    trade.now += timedelta(days=11)
    mushrooms.come(15)
    with pytest.raises(DelayIsOver):
        give_up(trade, order_id, delay_of(order_id).id)


def test_an_order_for_a_truck_moves_to_one_that_waits_for_the_late_harvest(trade, letters):
    mushrooms = Mushrooms(trade, in_days=1)
    first = trade.shop.run_id
    order_id = trade.sell({"mushrooms": 2})
    next_truck(trade, days=8)
    mushrooms.put_off(mushrooms.first_day + timedelta(days=4))
    order = trade.run(lambda session: session.get_one(Order, order_id))
    assert order.run_id != first
    assert letters("order_moved") == []
    assert letters("order_harvest_late") == [order_id]
    assert trade.violations() == []


def test_a_forecast_is_not_counted_and_does_not_spoil(trade, mushrooms):
    with pytest.raises(NotHarvested):
        trade.run(
            lambda s: correct_lot(s, mushrooms.lot_id, declared=9, reason="", author=HOUSEHOLD, now=trade.now)
        )
    long_after = trade.now + timedelta(days=700)
    trade.run(lambda session: close_expired_lots(session, now=long_after))
    assert mushrooms.lot.status is LotStatus.OPEN


def test_a_harvest_whose_day_has_gone_by_is_not_sold_until_it_has_another(trade, mushrooms):
    variant_id = trade.shop.variants["mushrooms"]
    after = trade.now + timedelta(days=11)
    assert trade.run(lambda s: buyable_units(s, [variant_id], now=after)) == {variant_id: 0}


def test_the_database_itself_refuses_to_promise_more_or_to_send_what_is_not_harvested(trade, mushrooms):
    more = sa.update(Lot).where(Lot.id == mushrooms.lot_id).values(declared=11, available=11)
    sent = sa.update(Lot).where(Lot.id == mushrooms.lot_id).values(available=9, shipped=1)
    for statement in (more, sent):
        with pytest.raises(sa.exc.IntegrityError):
            trade.run(lambda session, one=statement: session.execute(one))


def on_the_later_truck(trade):
    """Pre-ordered for the usual truck, then put off."""
    mushrooms = Mushrooms(trade, in_days=1)
    order_id = trade.sell({"mushrooms": 2})
    next_truck(trade, days=40)
    mushrooms.put_off(mushrooms.first_day + timedelta(days=30))
    return mushrooms, order_id


def early(trade, mushrooms, *, keeps_days, seen=""):
    """Picked today, and good for so many days."""
    today = shanghai_date(trade.now)
    brought = Harvest(10, today, today + timedelta(days=keeps_days))
    say = {"author": HOUSEHOLD, "now": trade.now, "seen_late": seen}
    return trade.run(lambda session: harvest(session, mushrooms.lot_id, brought, **say))


def test_harvested_early_an_order_goes_with_an_earlier_truck_and_its_buyer_is_told(trade, letters):
    mushrooms, order_id = on_the_later_truck(trade)
    run_code = lambda: trade.run(lambda s: s.get_one(Run, s.get_one(Order, order_id).run_id)).code  # noqa: E731
    assert run_code() == "LATER"
    soon = trade.run(lambda s: s.scalars(sa.select(Run).where(Run.code != "LATER")).first())
    keeps = (shanghai_date(soon.arrives_at) - shanghai_date(trade.now)).days + 6
    assert early(trade, mushrooms, keeps_days=keeps)
    assert run_code() == soon.code
    assert letters("order_moved") == [order_id]
    assert trade.violations() == []


def test_harvested_early_without_an_earlier_truck_the_orders_are_named_first_and_then_their_buyers_asked(
    trade, letters
):
    mushrooms, order_id = on_the_later_truck(trade)
    number = trade.run(lambda s: s.get_one(Order, order_id)).number
    trade.run(lambda s: s.execute(sa.update(Run).where(Run.code != "LATER").values(capacity_g=1)))
    with pytest.raises(SpoilsBefore) as named:
        early(trade, mushrooms, keeps_days=20)
    assert number in named.value.facts["orders"]
    assert mushrooms.lot.expected_on is not None
    assert early(trade, mushrooms, keeps_days=20, seen=named.value.facts["mark"])
    mushrooms.settle()
    assert [one.units for one in trade.run(lambda s: waiting_of_order(s, order_id))] == [2]
    assert letters("order_units_missing") == [order_id]
    mushrooms.settle()
    assert letters("order_units_missing") == [order_id]
    assert trade.violations() == []
