"""An order of which nobody has a part: the part is paid back, and everybody else is paid."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.fulfilment.closing import waiting_of_order
from shop.fulfilment.errors import NothingWaits
from shop.fulfilment.household_tasks import count_work
from shop.fulfilment.reach import WORKER
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.order_money import household_parts_of_order, order_money
from shop.ledger.payouts.closing import unpaid_postings
from shop.ordering.closing import NothingElseLeft
from shop.ordering.models import OrderStatus
from shop.payments.errors import RefundUnderWay
from shop.payments.models import RefundBearer, RefundLine, RefundStatus
from shop.payments.providers.base import RefundState
from shop.payments.refund_settling import apply_refund_state
from shop.payments.refunds import retry_refund
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import totals
from tests.factories.trade import Trade

TEA, EGGS = 6800, 5900


@pytest.fixture
def short(trade: Trade) -> int:
    """Two packs of tea have left; the eggs of the same order nobody has."""
    return sell_short(trade)


def sell_short(trade: Trade, **how) -> int:
    order_id = trade.sell({"tea": 2, "eggs": 3}, courier=True, **how)
    trade.decline_by(order_id, "yu")
    trade.ship(order_id)
    return order_id


def balances(trade: Trade, order_id: int) -> dict[Account, int]:
    statement = (
        sa.select(Posting.account, sa.func.sum(Posting.amount_fen))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(JournalEntry.order_id == order_id, JournalEntry.kind != EntryKind.PAYMENT_FEE)
        .group_by(Posting.account)
    )
    return trade.run(lambda s: {account: int(fen) for account, fen in s.execute(statement) if fen})


def owed(trade: Trade, *, days: int = 400) -> dict[str, int]:
    """What the next payout would give to each household, by name."""
    names = {household_id: name for name, household_id in trade.shop.households.items()}
    until = (trade.now + timedelta(days=days)).date()
    due = trade.run(lambda s: unpaid_postings(s, until))
    sums = {names[who]: sum(fen for _, fen in items) for who, items in due.items()}
    return {name: fen for name, fen in sums.items() if fen}


def test_the_rest_of_the_order_goes_its_way_and_its_household_is_paid(trade: Trade, short: int):
    assert trade.order_row(short).status is OrderStatus.CONFIRMED
    trade.close_waiting(short)
    order = trade.order_row(short)
    assert (order.status, order.refunded_fen) == (OrderStatus.SHIPPED, 3 * EGGS)
    assert trade.run(lambda s: count_work(s, WORKER, now=trade.now)) == 0
    trade.complete(short)
    assert owed(trade) == {"wang": 2 * TEA * 76 // 100}
    assert trade.violations() == []


def test_the_buyer_gets_back_exactly_the_price_of_the_units(trade: Trade, short: int):
    (waiting,) = trade.run(lambda s: waiting_of_order(s, short))
    assert (waiting.units, waiting.price_fen, waiting.producer_zh) == (3, 3 * EGGS, "yu家")
    trade.close_waiting(short)
    (line,) = trade.run(lambda s: s.scalars(sa.select(RefundLine)).all())
    assert (line.units, line.amount_fen, line.allocation_id) == (3, 3 * EGGS, waiting.allocation_id)


def test_the_books_then_say_what_a_sale_of_the_rest_would_say(trade: Trade, short: int):
    trade.close_waiting(short)
    alone = trade.sell({"tea": 2}, courier=True)
    freight = trade.order_row(short).freight_fen - trade.order_row(alone).freight_fen
    expected = balances(trade, alone)
    expected[Account.PROVIDER_CLEARING] += freight
    expected[Account.FREIGHT_PAYABLE] -= freight
    assert balances(trade, short) == expected
    money = trade.run(lambda s: order_money(s, short))
    assert money.by_sale.total == trade.order_row(short).total_fen - 3 * EGGS
    assert (money.closed_fen, money.restocked_fen, money.gone_fen) == (3 * EGGS, 0, 3 * EGGS)
    shown = trade.run(lambda s: household_parts_of_order(s, short))
    assert [part.fen for part in shown] == [2 * TEA * 76 // 100]


def test_it_is_written_down_who_did_it_and_why(trade: Trade, short: int):
    trade.close_waiting(short)
    (entry,) = trade.run(
        lambda s: s.scalars(sa.select(AuditEntry).where(AuditEntry.action == "order.units_closed")).all()
    )
    assert entry.actor_id == trade.admin_id
    assert entry.facts["reason"] == "nobody has any"


def test_pressed_again_nothing_waits_and_nothing_more_goes_back(trade: Trade, short: int):
    trade.close_waiting(short)
    with pytest.raises(NothingWaits):
        trade.close_waiting(short)
    assert trade.order_row(short).refunded_fen == 3 * EGGS


def test_a_household_that_did_not_deliver_is_not_paid_while_the_refund_is_on_its_way(trade: Trade):
    order_id = sell_short(trade, method="bank_transfer")
    trade.ask_to_close(order_id)
    trade.complete(order_id)
    assert set(owed(trade)) == {"wang"}
    assert trade.violations() == []
    trade.send_refunds()
    assert set(owed(trade)) == {"wang"}


def test_what_still_waits_to_leave_leaves_first(trade: Trade):
    order_id = trade.sell({"tea": 2, "eggs": 3}, courier=True)
    trade.decline_by(order_id, "yu")
    trade.close_waiting(order_id)
    assert trade.order_row(order_id).status is OrderStatus.CONFIRMED
    trade.ship(order_id)
    assert trade.order_row(order_id).status is OrderStatus.SHIPPED


def test_an_order_of_which_nothing_else_is_left_is_cancelled_as_a_whole(trade: Trade):
    order_id = trade.sell({"eggs": 3})
    trade.decline(order_id)
    with pytest.raises(NothingElseLeft):
        trade.close_waiting(order_id)
    trade.call_off(order_id)
    assert trade.order_row(order_id).status is OrderStatus.CANCELLED


def test_the_rest_can_be_cancelled_once_the_first_refund_is_through(trade: Trade):
    order_id = trade.sell({"tea": 2, "eggs": 3}, courier=True)
    trade.decline_by(order_id, "yu")
    trade.ask_to_close(order_id)
    with pytest.raises(RefundUnderWay):
        trade.call_off(order_id)
    trade.send_refunds()
    trade.call_off(order_id)
    assert trade.order_row(order_id).refunded_fen == trade.order_row(order_id).total_fen
    reserve = Account.FEE_RESERVE
    assert {account for account, fen in balances(trade, order_id).items() if fen} <= {reserve}


def test_a_buyer_who_has_everything_back_gets_no_more_and_the_shop_is_made_whole(trade: Trade, short: int):
    trade.refund(short, bearer=RefundBearer.SHOP)  # what waits for another household is called off with it
    order = trade.order_row(short)
    assert (order.status, order.refunded_fen) == (OrderStatus.SHIPPED, order.total_fen)
    assert balances(trade, short)[Account.REFUNDS_BORNE] == order.total_fen - 3 * EGGS
    trade.complete(short)
    assert owed(trade) == {"wang": 2 * TEA * 76 // 100}


def test_a_refund_that_failed_is_asked_for_again_with_its_units(trade: Trade, short: int):
    trade.ask_to_close(short)
    (line,) = trade.run(lambda s: s.scalars(sa.select(RefundLine)).all())
    failed = RefundState(RefundStatus.FAILED, failure="account closed")
    trade.run(lambda s: apply_refund_state(s, line.refund_id, failed, now=trade.now))
    assert trade.violations() == []
    trade.run(lambda s: retry_refund(s, line.refund_id, actor_id=trade.admin_id, now=trade.now))
    trade.send_refunds()
    assert trade.order_row(short).refunded_fen == 3 * EGGS
    trade.complete(short)
    assert set(owed(trade)) == {"wang"}


def test_a_gift_box_goes_without_what_nobody_has_and_its_part_of_the_price_goes_back(trade: Trade):
    order_id = trade.sell({"box": 2}, courier=True)
    trade.decline_by(order_id, "li")
    waiting = trade.run(lambda s: waiting_of_order(s, order_id))
    assert {one.box_zh for one in waiting} == {"好box"}
    back = sum(one.price_fen for one in waiting)
    assert 0 < back < 2 * 17777
    trade.close_waiting(order_id)
    assert trade.order_row(order_id).refunded_fen == back
    trade.ship(order_id)
    assert trade.order_row(order_id).status is OrderStatus.SHIPPED


def test_reports_take_the_refunded_goods_off_their_product(trade: Trade, short: int):
    trade.close_waiting(short)
    day = trade.now.date()
    span = Span(day - timedelta(days=2), day + timedelta(days=2))
    for name in ("sales-by-product", "sales-by-category"):
        sums = trade.run(lambda s, name=name: totals(s, find_report(name), span, "zh")[1])
        assert (sums["refunded_fen"], sums["net_fen"]) == (3 * EGGS, 2 * TEA)


def test_what_nobody_has_of_an_order_on_terms_is_not_owed(trade: Trade):
    order_id = trade.sell_on_terms({"tea": 1, "eggs": 1})
    trade.decline_by(order_id, "yu")
    trade.ask_to_close(order_id)
    [debt] = trade.payments(order_id)
    assert (debt.due_fen, debt.credited_fen) == (TEA, EGGS)
    trade.settle(order_id)
    [debt] = trade.payments(order_id)
    assert (debt.status, debt.received_fen) == ("succeeded", TEA)
