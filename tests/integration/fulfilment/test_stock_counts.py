"""Goods are counted on the shelf: what differs is written down with its reason, and no order is forgotten."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa

from shop import rounds
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.fulfilment.stock_taking import count_lot, hits_of_count, orders_hit
from shop.fulfilment.stock_taking_list import lot_to_count
from shop.inventory.count_models import CountReason, StockCount
from shop.inventory.errors import CountedOffSale, CountHitsOrders, CountOvertaken, CountSaved
from shop.inventory.lot_writing import Author
from shop.inventory.lots import withdraw_lot
from shop.inventory.models import Lot, LotStatus
from shop.inventory.producer_lots import Keepers
from shop.inventory.reopening import reopenable_units
from shop.inventory.stock_counts import Counting
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import stream_rows
from tests.factories.small_shop import add_lot, add_product, fill_shelves
from tests.factories.trade import open_for_trade

EVERYBODY = Keepers(village_ids=frozenset(range(1, 99)))
COORDINATOR = Author(None, for_producer=True)


class Shelf:
    """One lot of ten jars, and what is said about it."""

    def __init__(self, trade):
        self.trade, self.forms = trade, 0
        trade.run(lambda s: add_product(s, trade.shop, "jam", price_fen=3000))
        self.lot_id = trade.run(lambda s: add_lot(s, trade.shop, "jam-li", "jam", "li", units=10))
        trade.run(lambda s: fill_shelves(s, trade.shop))

    def shown(self):
        return self.trade.run(lambda s: lot_to_count(s, self.lot_id, EVERYBODY)).shelf

    def say(self, counted, reason=None, **more):
        self.forms += 1
        said = Counting(counted, self.shown().expected, reason, "", f"form {self.forms}")
        return self.send(replace(said, **more))

    def send(self, said):
        work = partial(count_lot, lot_id=self.lot_id, said=said, author=COORDINATOR, now=self.trade.now)
        return self.trade.run(lambda session: work(session).id)

    @property
    def lot(self):
        return self.trade.run(lambda s: s.scalars(sa.select(Lot).where(Lot.id == self.lot_id)).one())

    def balance(self):
        """Declared, for sale, reserved, sold, withdrawn, spoiled, missing, found."""
        today = shanghai_date(self.trade.now)
        rows = self.trade.run(
            lambda s: [
                tuple(one) for one in stream_rows(s, find_report("lot-balance"), Span(today, today), "zh")
            ]
        )
        return next([int(one) for one in (*row[6:10], *row[11:15])] for row in rows if row[0] == "jam-li")


@pytest.fixture
def trade(session, unit_of_work):
    return open_for_trade(session, unit_of_work)


@pytest.fixture
def shelf(trade):
    return Shelf(trade)


def test_what_a_count_misses_leaves_the_sale_and_comes_back_when_it_is_found(trade, shelf):
    with pytest.raises(InvalidInput) as refused:
        shelf.say(7)
    assert set(refused.value.errors) == {"reason"}
    shelf.say(7, CountReason.SPOILED)
    assert (shelf.lot.available, shelf.lot.withdrawn, shelf.lot.declared) == (7, 3, 10)
    shelf.say(12, CountReason.WEIGHED_WRONG)
    assert (shelf.lot.available, shelf.lot.withdrawn, shelf.lot.declared) == (12, 0, 12)
    shelf.say(11, CountReason.OTHER, words="尝掉一罐")
    assert shelf.balance() == [12, 11, 0, 0, 0, 0, 1, 2]
    shelf.say(11)
    assert trade.run(lambda s: s.scalar(sa.select(sa.func.count(StockCount.id)))) == 4
    trade.run(lambda s: withdraw_lot(s, shelf.lot_id, reason="", author=COORDINATOR, now=trade.now))
    again = trade.run(lambda s: reopenable_units(s, [shelf.lot_id], now=trade.now))
    assert again == {shelf.lot_id: 11}, "what is missing is not sold again"
    with pytest.raises(CountedOffSale):
        shelf.say(3, CountReason.FOUND)
    assert trade.violations() == []


def test_a_form_that_is_sent_twice_counts_once(trade, shelf):
    said = Counting(8, 10, CountReason.LOST, "", "one form")
    assert shelf.send(said) == shelf.send(said)
    assert shelf.lot.available == 8
    other = trade.run(lambda s: add_lot(s, trade.shop, "jam-other", "jam", "li", units=8))
    for_other = partial(count_lot, lot_id=other, said=said, author=COORDINATOR, now=trade.now)
    for corrected in (replace(said, counted=7), replace(said, reason=CountReason.SPOILED)):
        with pytest.raises(CountSaved):
            shelf.send(corrected)
    with pytest.raises(CountSaved):
        trade.run(for_other)
    assert trade.run(lambda s: s.scalar(sa.select(sa.func.count(StockCount.id)))) == 1


def test_what_a_count_misses_comes_from_the_same_households_other_lot(trade, shelf):
    other = trade.run(lambda s: add_lot(s, trade.shop, "jam-other", "jam", "li", units=9))
    order_id = trade.sell({"jam": 4}, courier=True)
    shelf.say(0, CountReason.LOST, agreed=4)
    assert rounds.settle_short_harvests(trade.unit_of_work, now=trade.now) == 1
    assert [task.status.value for task in trade.tasks(order_id)] == ["declined", "open"]
    lots = trade.run(lambda s: {lot.id: lot.committed for lot in s.scalars(sa.select(Lot))})
    assert (lots[shelf.lot_id], lots[other]) == (0, 4)
    assert trade.violations() == []
    trade.decline(order_id)
    assert trade.tasks(order_id)[-1].needs_person_at is not None, "who says no is not asked again"


def test_what_is_missed_of_an_unpaid_order_does_not_leave_a_paid_one(trade, shelf):
    trade.sell({"jam": 2}, courier=True)
    trade.order({"jam": 3}, courier=True)
    count_id = shelf.say(3, CountReason.LOST, agreed=2)
    hits = trade.run(lambda s: hits_of_count(s, s.get_one(StockCount, count_id)))
    assert (hits.short, hits.rest, list(hits.orders)) == (2, 2, [])
    assert rounds.settle_short_harvests(trade.unit_of_work, now=trade.now) == 0


def test_promised_goods_that_are_missing_are_agreed_to_and_leave_the_newest_orders(trade, shelf):
    first, second = (trade.sell({"jam": units}, courier=True) for units in (4, 3))
    with pytest.raises(CountHitsOrders) as hits:
        shelf.say(5, CountReason.LOST)
    assert hits.value.short == 2
    assert shelf.lot.available == 3, "nothing is saved yet"
    found = trade.run(lambda s: orders_hit(s, shelf.lot_id, 2))
    assert [(one.units, one.loses) for one in found.orders] == [(3, 2)]
    shelf.say(5, CountReason.LOST, agreed=2)
    assert shelf.lot.status is LotStatus.CLOSED
    assert shelf.shown().expected == 5
    assert rounds.settle_short_harvests(trade.unit_of_work, now=trade.now) == 1
    statuses = [[task.status.value for task in trade.tasks(one)] for one in (first, second)]
    assert statuses == [["open"], ["accepted", "declined"]]
    assert (shelf.lot.committed, shelf.lot.withdrawn, shelf.shown().missing) == (5, 5, 0)
    assert trade.violations() == []
    shelf.say(7, CountReason.FOUND)
    lot = shelf.lot
    assert (lot.available, lot.status, lot.short_harvest) == (2, LotStatus.OPEN, None)
    assert trade.violations() == []


def test_an_order_that_comes_in_while_one_counts_is_no_difference_but_goods_that_leave_are(trade, shelf):
    before = shelf.shown().expected
    order_id = trade.sell({"jam": 6}, courier=True)
    assert shelf.shown().expected == before == 10
    shelf.say(9, CountReason.SPOILED)
    assert shelf.lot.available == 3
    trade.ready(order_id)
    seen = shelf.shown().expected
    tasks = [task.id for task in trade.tasks(order_id)]
    trade.run(lambda s: receive(s, tasks, by=WORKER, now=trade.now))
    with pytest.raises(CountOvertaken) as overtaken:
        shelf.say(9, seen=seen)
    assert overtaken.value.after == 3
    shelf.say(3)
    trade.deliver(order_id)
    assert shelf.shown().expected == 3
    assert trade.violations() == []
