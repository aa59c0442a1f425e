"""A keeper sells from the point's own stock: brought, sold, undone, counted and taken back, and the cash of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa

from shop.accounts.buying_organisations import organisation_called, organisations_called
from shop.accounts.models import Organisation
from shop.accounts.shop_settings import set_shop_settings
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskStatus
from shop.inventory.models import Allocation, AllocationStatus, HouseholdMonth, Lot, LotStatus
from shop.invoicing.models import Invoice, InvoiceStatus
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.references import secret_token
from shop.ledger.cash_box.errors import CashMoved, CountOver, CountsDiffer, CountWaits
from shop.ledger.cash_box.handing_over import Counted as CashCounted
from shop.ledger.cash_box.handing_over import count_again, count_cash, take_count_back
from shop.ledger.cash_box.reading import cash_expected, day_of_shelf, receipt_of
from shop.ledger.models import Account
from shop.ledger.outside_money import money_of_source
from shop.ordering.direct.wish import Item
from shop.ordering.models import Channel, Order, OrderStatus
from shop.ordering.outside.models import OutsideSource, PaidHow
from shop.ordering.shelves.bringing import Brought, bring, take_back
from shop.ordering.shelves.counting import Counted, count_shelf
from shop.ordering.shelves.errors import NothingToTake, ShelfClosed, ShelfMoved, ShelfShort
from shop.ordering.shelves.movements import balance_of, moves_of
from shop.ordering.shelves.opening import open_shelf
from shop.ordering.shelves.queries import goods_there, lots_there
from shop.payments.counter.errors import PricesChanged, TooLateToUndoSale
from shop.payments.counter.selling import Sale, sell
from shop.payments.counter.undoing import undo_sale
from shop.payments.errors import NotByOnePerson
from shop.payments.models import Refund, RefundStatus
from shop.purchases.models import CountedPurchase

TEA = 6_800


@dataclass
class Counter:
    """A keeper at the fair's table, with short names for what they do."""

    taker: object
    shelf_id: int

    @property
    def points(self):
        return frozenset({self.taker.shop.point_id})

    def run(self, work, *args, **more):
        return self.taker.unit_of_work.run(lambda session: work(session, *args, **more))

    def bring(self, units=10, sku="tea", token=None, run_id=None):
        said = Brought(self.taker.shop.variants[sku], units, token or secret_token(), run_id)
        return self.run(bring, self.shelf_id, said, actor_id=self.taker.actor_id, now=self.taker.now)

    def sale(self, units=1, how=PaidHow.CASH, sku="tea", price=TEA, token=None):
        items = (Item(self.taker.shop.variants[sku], units),)
        return Sale(self.shelf_id, items, how, units * price, token or secret_token())

    def sell(self, units=1, how=PaidHow.CASH, **more):
        return self.send(self.sale(units, how, **more))

    def send(self, sale, points=None):
        return self.run(
            sell, sale, point_ids=self.points if points is None else points, actor_id=self.taker.actor_id,
            now=self.taker.now,
        )  # fmt: skip

    def undo(self, number, reason="买错了", points=None):
        return self.run(
            undo_sale, number, reason, point_ids=self.points if points is None else points,
            actor_id=self.taker.actor_id, now=self.taker.now,
        )  # fmt: skip

    def count(self, lot_id, units, seen, reason="受潮", token=None):
        said = Counted(lot_id, units, seen, reason, token or secret_token())
        return self.run(count_shelf, self.shelf_id, said, actor_id=self.taker.actor_id, now=self.taker.now)

    def take_back(self, lot_id, units, reason="集市结束", token=None):
        return self.run(
            take_back, self.shelf_id, lot_id, units, reason, token or secret_token(),
            actor_id=self.taker.actor_id, now=self.taker.now,
        )  # fmt: skip

    def cash(self, fen, seen, words="", by=None, token=None):
        said = CashCounted(fen, seen, words, token or secret_token())
        return self.run(
            count_cash, self.shelf_id, said, actor_id=by or self.taker.actor_id, now=self.taker.now
        )

    def cash_again(self, count_id, fen, by=None):
        return self.run(
            count_again, self.shelf_id, count_id, fen, actor_id=by or self.taker.other_id, now=self.taker.now
        )

    def expected(self):
        return self.run(cash_expected, self.shelf_id)

    def there(self):
        return {one.lot_code: one.units for one in self.run(lots_there, self.shelf_id, now=self.taker.now)}

    def lot(self, code):
        return self.run(lambda session: session.scalars(sa.select(Lot).where(Lot.code == code)).one())


@pytest.fixture
def counter(taker):
    shelf_id = taker.read(
        lambda session: open_shelf(
            session, taker.sources["fair"], taker.shop.point_id, actor_id=taker.actor_id, now=taker.now
        )
    )
    return Counter(taker, shelf_id)


@pytest.fixture
def union(counter):
    def add(session):
        own = Organisation(slug="union", name="校工会", invoice_title="秦南大学工会", tax_number="1" * 18)
        session.add_all([own, Organisation(slug="bare", name="化学系", invoice_title="", tax_number="")])
        session.flush()
        return own.id

    return counter.run(add)


def test_what_an_organisation_buys_counts_for_it_with_an_invoice_in_its_title(counter, union):
    counter.bring()
    sold = counter.send(replace(counter.sale(2), organisation_id=union, wants_invoice=True))
    order, counted, invoice = counter.run(
        lambda s: (
            s.scalars(sa.select(Order).where(Order.number == sold.order_number)).one(),
            s.scalars(sa.select(CountedPurchase)).one(),
            s.scalars(sa.select(Invoice)).one(),
        )
    )
    assert (order.organisation_id, counted.organisation_id, counted.order_id) == (union, union, order.id)
    assert (invoice.title, invoice.status) == ("秦南大学工会", InvoiceStatus.REQUESTED)
    receipt = counter.run(receipt_of, sold.order_number, point_ids=counter.points)
    assert (receipt.organisation, receipt.invoice_wanted) == ("校工会", True)
    counter.undo(sold.order_number)
    assert counter.run(lambda s: s.scalars(sa.select(Invoice.status)).one()) is InvoiceStatus.WITHDRAWN


def test_without_a_title_or_a_wish_no_invoice_is_asked_for(counter, union):
    counter.bring()
    bare = counter.run(organisation_called, "bare").id
    for organisation_id, wants in ((bare, True), (union, False), (None, True)):
        counter.send(replace(counter.sale(), organisation_id=organisation_id, wants_invoice=wants))
    assert counter.run(lambda s: s.scalars(sa.select(Invoice)).all()) == []


def test_a_keeper_finds_an_organisation_by_a_part_of_its_name_or_its_short_name(counter, union):
    def found(typed):
        return [one.slug for one in counter.run(organisations_called, typed)]

    assert (found("工会"), found("UNION"), found("化学")) == (["union"], ["union"], ["bare"])
    assert (found("会"), found("%%"), found("没有")) == ([], [], [])


def test_goods_are_brought_by_the_rule_of_fairness_and_are_for_sale_nowhere_else(counter):
    before = counter.taker.stock()
    lots = counter.bring(30)
    assert sum(lots.values()) == 30
    assert counter.there() == {"tea-li": 20, "tea-wang": 10}
    assert counter.taker.stock() == (before[0] - 30, 0, 0)
    assert counter.lot("tea-li").shipped == 20
    assert {one.reason for one in counter.run(moves_of, counter.shelf_id).items} == {""}


def test_one_form_brings_goods_once(counter):
    token = secret_token()
    assert counter.bring(4, token=token) == counter.bring(4, token=token)
    assert sum(counter.there().values()) == 4


def test_more_than_there_is_cannot_be_brought_and_the_form_says_how_many_are_left(counter):
    with pytest.raises(InvalidInput) as refused:
        counter.bring(41)
    assert refused.value.facts["left"] == 40
    assert counter.there() == {}


def test_a_truck_that_does_not_stop_there_brings_nothing(counter):
    with pytest.raises(InvalidInput):
        counter.bring(1, run_id=counter.taker.shop.run_id + 99)
    counter.bring(1, run_id=counter.taker.shop.run_id)


def test_a_sale_is_a_paid_order_whose_goods_are_handed_over_at_once(counter):
    counter.bring(10)
    sold = counter.sell(3, PaidHow.CARD)
    order = counter.run(lambda s: s.scalars(sa.select(Order).where(Order.number == sold.order_number)).one())
    assert (order.channel, order.status, order.total_fen) == (Channel.COUNTER, OrderStatus.SHIPPED, 3 * TEA)
    assert sold.receipt.endswith("-001")
    allocations = counter.run(lambda s: s.scalars(sa.select(Allocation)).all())
    assert {one.status for one in allocations} == {AllocationStatus.SHIPPED}
    assert counter.run(lambda s: s.scalars(sa.select(Task.status)).all()) == [TaskStatus.PACKED]
    assert counter.run(lambda s: s.scalars(sa.select(Parcel.status)).all()) == [ParcelStatus.HANDED_OVER]
    assert counter.there() == {"tea-li": 7}
    assert counter.lot("tea-li").shipped == 10
    assert counter.taker.held("fair") == 3 * TEA


def test_what_is_sold_over_the_counter_counts_as_the_households_income(counter):
    counter.bring(10)
    counter.sell(2)
    earned = counter.run(lambda s: s.scalar(sa.select(sa.func.sum(HouseholdMonth.earned_fen))))
    assert earned == -counter.taker.booked(Account.HOUSEHOLD_PAYABLE) == 2 * TEA * 7600 // 10_000


def test_what_spoils_first_is_sold_first(counter):
    counter.bring(30)
    counter.sell(22)
    assert counter.there() == {"tea-wang": 8}


def test_one_form_sells_once_and_receipts_are_numbered_one_after_the_other(counter):
    counter.bring(10)
    sale = counter.sale(2)
    first, again, other = counter.send(sale), counter.send(sale), counter.sell(1)
    assert (first.order_number, first.receipt) == (again.order_number, again.receipt)
    assert (first.is_new, again.is_new) == (True, False)
    assert [first.receipt[-3:], other.receipt[-3:]] == ["001", "002"]
    assert counter.there() == {"tea-li": 7}


def test_no_more_is_sold_than_lies_there_though_the_village_has_more(counter):
    counter.bring(2)
    with pytest.raises(ShelfShort) as refused:
        counter.sell(3)
    assert refused.value.facts["left"] == 2
    assert counter.taker.held("fair") == 0


def test_another_price_than_the_buyer_was_told_sells_nothing(counter):
    counter.bring(2)
    with pytest.raises(PricesChanged):
        counter.sell(1, price=TEA - 100)
    assert counter.there() == {"tea-li": 2}


def test_a_lot_that_is_off_sale_is_not_sold_from_a_shelf_either(counter):
    counter.bring(2)
    counter.run(lambda s: s.execute(sa.update(Lot).values(in_question=True)) and None)
    assert not counter.run(goods_there, counter.shelf_id, now=counter.taker.now)
    with pytest.raises(ShelfShort):
        counter.sell(1)
    counter.run(lambda s: s.execute(sa.update(Lot).values(in_question=False)) and None)


def test_keepers_of_other_points_neither_sell_nor_undo_here(counter):
    counter.bring(2)
    with pytest.raises(NotFound):
        counter.send(counter.sale(), points=frozenset({counter.taker.shop.point_id + 1}))
    sold = counter.sell(1)
    with pytest.raises(NotFound):
        counter.undo(sold.order_number, points=frozenset())
    with pytest.raises(NotFound):
        counter.run(receipt_of, sold.order_number, point_ids=frozenset())


def test_a_shelf_whose_source_is_switched_off_sells_nothing_and_gets_nothing(counter):
    counter.bring(2)
    counter.run(lambda s: s.execute(sa.update(OutsideSource).values(active=False)) and None)
    with pytest.raises(ShelfClosed):
        counter.sell(1)
    with pytest.raises(ShelfClosed):
        counter.bring(1)


def test_a_sale_undone_the_same_day_puts_money_and_goods_back_as_if_it_had_not_been(counter):
    counter.bring(10)
    sold = counter.sell(4)
    assert counter.undo(sold.order_number) is True
    assert counter.undo(sold.order_number) is False
    assert counter.there() == {"tea-li": 10}
    assert counter.lot("tea-li").shipped == 10
    assert counter.taker.held("fair") == 0
    assert counter.taker.booked(Account.HOUSEHOLD_PAYABLE) == 0
    assert counter.taker.booked(Account.REFUNDS_BORNE) == 0
    assert counter.expected() == 0
    assert counter.run(lambda s: s.scalars(sa.select(Refund.status)).one()) is RefundStatus.SUCCEEDED
    day = counter.run(day_of_shelf, counter.shelf_id, shanghai_date(counter.taker.now))
    assert [one.is_undone for one in day.sales] == [True]


def test_units_of_several_lots_go_back_to_the_shelf_each_to_its_own(counter):
    counter.bring(30)
    before = counter.there()
    counter.undo(counter.sell(25).order_number)
    assert counter.there() == before


def test_goods_of_a_lot_that_was_closed_meanwhile_are_written_off_and_not_put_back(counter):
    counter.bring(5)
    sold = counter.sell(2)
    closed = sa.update(Lot).where(Lot.code == "tea-li").values(status=LotStatus.CLOSED)
    counter.run(lambda s: s.execute(closed) and None)
    counter.undo(sold.order_number)
    assert counter.there() == {"tea-li": 3}


def test_undoing_needs_a_reason_and_the_same_day(counter):
    counter.bring(5)
    sold = counter.sell(1)
    with pytest.raises(InvalidInput):
        counter.undo(sold.order_number, reason="  ")
    counter.taker.wait(days=1)
    with pytest.raises(TooLateToUndoSale):
        counter.undo(sold.order_number)


def test_above_the_limit_for_one_person_money_and_goods_wait_for_the_team(counter):
    typed = {"second_person_above_yuan": "10"}
    counter.run(set_shop_settings, typed, actor_id=counter.taker.actor_id, now=counter.taker.now)
    counter.bring(5)
    assert counter.undo(counter.sell(1).order_number) is True
    assert counter.there() == {"tea-li": 4}
    assert counter.run(lambda s: s.scalars(sa.select(Refund.status)).one()) is RefundStatus.REQUESTED


def test_a_count_takes_off_what_is_missing_and_only_that_can_be_found_again(counter):
    counter.bring(10)
    lot_id = counter.lot("tea-li").id
    assert counter.count(lot_id, 7, 10) == -3
    assert (counter.there(), counter.lot("tea-li").withdrawn) == ({"tea-li": 7}, 3)
    with pytest.raises(InvalidInput):
        counter.count(lot_id, 11, 7)
    assert counter.count(lot_id, 9, 7) == 2
    assert (counter.there(), counter.lot("tea-li").withdrawn) == ({"tea-li": 9}, 1)


def test_a_count_that_something_was_sold_beside_is_counted_again(counter):
    counter.bring(10)
    counter.sell(1)
    with pytest.raises(ShelfMoved):
        counter.count(counter.lot("tea-li").id, 10, 10)


def test_a_difference_needs_a_reason_and_one_form_counts_once(counter):
    counter.bring(10)
    lot_id, token = counter.lot("tea-li").id, secret_token()
    with pytest.raises(InvalidInput):
        counter.count(lot_id, 9, 10, reason="")
    assert counter.count(lot_id, 9, 10, token=token) == -1
    assert counter.count(lot_id, 9, 10, token=token) == 0
    assert counter.there() == {"tea-li": 9}


def test_what_comes_back_from_a_fair_is_for_sale_in_the_village_again(counter):
    before = counter.taker.stock()
    counter.bring(10)
    counter.sell(4)
    lot_id, token = counter.lot("tea-li").id, secret_token()
    with pytest.raises(NothingToTake):
        counter.take_back(lot_id, 7)
    assert counter.take_back(lot_id, 6, token=token) is True
    assert counter.take_back(lot_id, 6, token=token) is False
    assert counter.taker.stock()[0] == before[0] - 4
    (balance,) = counter.run(balance_of, counter.shelf_id)
    assert (balance.brought, balance.sold, balance.taken_back, balance.missing, balance.left) == (
        10,
        4,
        6,
        0,
        0,
    )


def test_only_cash_stands_in_the_box(counter):
    counter.bring(10)
    counter.sell(1)
    counter.sell(2, PaidHow.TRANSFER)
    counter.sell(3, PaidHow.CARD)
    assert counter.expected() == TEA
    day = counter.run(day_of_shelf, counter.shelf_id, shanghai_date(counter.taker.now))
    assert day.taken == {PaidHow.CASH: TEA, PaidHow.TRANSFER: 2 * TEA, PaidHow.CARD: 3 * TEA}
    assert day.total_fen == 6 * TEA == counter.taker.held("fair")


def test_cash_is_handed_over_when_two_persons_counted_the_same_and_what_is_missing_is_booked(counter):
    counter.bring(10)
    counter.sell(2)
    with pytest.raises(InvalidInput):
        counter.cash(2 * TEA - 100, 2 * TEA)
    count_id = counter.cash(2 * TEA - 100, 2 * TEA, "找错了一元")
    with pytest.raises(NotByOnePerson):
        counter.cash_again(count_id, 2 * TEA - 100, by=counter.taker.actor_id)
    with pytest.raises(CountsDiffer):
        counter.cash_again(count_id, 2 * TEA)
    assert counter.cash_again(count_id, 2 * TEA - 100) is True
    assert counter.cash_again(count_id, 2 * TEA - 100) is False
    assert counter.taker.booked(Account.CASH_DIFFERENCES) == 100
    assert counter.expected() == 0
    money = counter.run(money_of_source, counter.taker.sources["fair"])
    assert (money.collected_fen, money.missing_fen, money.held_fen) == (2 * TEA, 100, 2 * TEA - 100)


def test_too_much_in_the_box_is_booked_the_other_way(counter):
    counter.bring(10)
    counter.sell(1)
    counter.cash_again(counter.cash(TEA + 50, TEA, "多了"), TEA + 50)
    assert counter.taker.booked(Account.CASH_DIFFERENCES) == -50
    assert counter.taker.held("fair") == TEA + 50


def test_one_count_waits_at_a_time_and_can_be_taken_back(counter):
    counter.bring(10)
    counter.sell(1)
    count_id = counter.cash(TEA, TEA)
    with pytest.raises(CountWaits):
        counter.cash(TEA, TEA)
    shelf_id, by, now = counter.shelf_id, counter.taker.actor_id, counter.taker.now
    assert counter.run(take_count_back, shelf_id, count_id, actor_id=by, now=now) is True
    assert counter.run(take_count_back, shelf_id, count_id, actor_id=by, now=now) is False
    with pytest.raises(CountOver):
        counter.cash_again(count_id, TEA)
    counter.sell(1)
    with pytest.raises(CashMoved):
        counter.cash(TEA, TEA)
    counter.cash_again(counter.cash(2 * TEA, 2 * TEA), 2 * TEA)
