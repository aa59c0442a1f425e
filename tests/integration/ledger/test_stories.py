"""Whole lives of orders in any mixture: after each story every invariant holds, and every face says the same."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import astuple

import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from shop.kit.clock import shanghai_date
from shop.kit.errors import ShopError
from shop.ledger.impact import read_impact
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.order_money import order_money
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.payments.models import DisputeStatus, PaymentStatus
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import totals
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.money_steps import (
    bring_receipts,
    dispute,
    newest_receipt,
    pay_called_off,
    pay_everybody,
    pay_late,
    pay_twice,
    pay_village,
    pay_with_receipt,
    provider_passes_on,
    put_receipt_aside,
    send_back_and_pay_again,
    take_movement_back_again,
    take_receipt_up,
)
from tests.factories.small_shop import add_lot
from tests.factories.trade import Trade, open_for_trade

ORPHANED = PaymentStatus.ORPHANED
GOODS = ("tea", "eggs", "honey", "box")


def restock_all(trade: Trade, order_id: int) -> None:
    """Every pack of tea and honey comes back."""
    of_order = sa.select(OrderLine.sku, OrderLine.quantity).where(OrderLine.order_id == order_id)
    for sku, units in trade.run(lambda session: session.execute(of_order).all()):
        if sku in {"tea", "honey"}:
            trade.part_refund(order_id, "shop", units={sku: units}, goods="restock")


STEPS = {
    "pay": Trade.pay,
    "expire": Trade.expire,
    "cancel": Trade.cancel,
    "call_off": Trade.call_off,
    "accept": Trade.accept,
    "decline": Trade.decline,
    "ready": Trade.ready,
    "pack": Trade.pack,
    "ship": Trade.ship,
    "hand_over": Trade.hand_over,
    "complete": Trade.complete,
    "refund": Trade.refund,
    "household_bears": lambda trade, order_id: trade.part_refund(order_id, "household", free_fen=900),
    "village_bears": lambda trade, order_id: trade.part_refund(order_id, "village", units={"tea": 1}),
    "courier_bears": lambda trade, order_id: trade.part_refund(
        order_id, "courier", free_fen=300, freight_fen=100
    ),
    "restock": lambda trade, order_id: trade.part_refund(
        order_id, "shop", units={"tea": 1, "honey": 1}, free_fen=50, goods="restock"
    ),
    "restock_all": restock_all,
    "restock_box": lambda trade, order_id: trade.part_refund(
        order_id, "household", units={"box": 1}, free_fen=700, goods="restock"
    ),
    "write_off": lambda trade, order_id: trade.part_refund(
        order_id, "household", units={"tea": 1, "eggs": 1}, goods="write_off"
    ),
    "write_off_after_all": Trade.write_off_instead,
    "close_waiting": Trade.close_waiting,
    "settle": Trade.settle,
    "give_up": lambda trade, order_id: trade.give_up(order_id, 130),
    "give_up_all": lambda trade, order_id: trade.give_up(order_id, trade.debt(order_id).due_fen),
    "close": lambda trade, _order_id: trade.close(),
    "pay_everybody": lambda trade, _order_id: pay_everybody(trade),
    "payout_returns": lambda trade, _order_id: send_back_and_pay_again(trade),
    "passed_on": lambda trade, _order_id: provider_passes_on(trade),
    "village_paid": lambda trade, _order_id: pay_village(trade),
    "movement_back": lambda trade, _order_id: take_movement_back_again(trade),
    "dispute": lambda trade, order_id: dispute(trade, order_id, DisputeStatus.OPEN),
    "dispute_won": lambda trade, order_id: dispute(trade, order_id, DisputeStatus.WON),
    "dispute_lost": lambda trade, order_id: dispute(trade, order_id, DisputeStatus.LOST),
    "pay_twice": pay_twice,
    "pay_late": pay_late,
    "pay_called_off": pay_called_off,
    "send_refunds": lambda trade, _order_id: trade.send_refunds(),
    "orphan_disputed": lambda trade, order_id: dispute(trade, order_id, DisputeStatus.OPEN, paid_as=ORPHANED),
    "orphan_won": lambda trade, order_id: dispute(trade, order_id, DisputeStatus.WON, paid_as=ORPHANED),
    "orphan_lost": lambda trade, order_id: dispute(trade, order_id, DisputeStatus.LOST, paid_as=ORPHANED),
    "pay_over": lambda trade, order_id: pay_with_receipt(trade, order_id, over_fen=77),
    "pay_by_receipt": lambda trade, order_id: trade.pay_by_receipt(order_id),
    "unknown_receipt": lambda trade, _order_id: bring_receipts(trade, 4321),
    "not_ours": lambda trade, _order_id: put_receipt_aside(trade, newest_receipt(trade, is_open=True)),
    "rest_kept": lambda trade, _order_id: put_receipt_aside(
        trade, newest_receipt(trade, is_open=True), "rest_kept"
    ),
    "rest_sent_back": lambda trade, _order_id: put_receipt_aside(
        trade, newest_receipt(trade, is_open=True), "rest_sent_back"
    ),
    "taken_up": lambda trade, _order_id: take_receipt_up(trade, newest_receipt(trade, is_open=False)),
}

DELIVERED = ["pay", "ship", "complete", "pay_everybody"]
baskets = st.dictionaries(st.sampled_from(GOODS), st.integers(1, 4), min_size=1, max_size=3)
methods = st.sampled_from(["sandbox", "sandbox", "bank_transfer", "on_account"])
orders = st.tuples(baskets, st.booleans(), methods)
# Most stories go forward; the steps between are drawn from all, so that many come at the wrong moment.
lives = st.lists(st.sampled_from(sorted(STEPS)), max_size=8)
forward = st.sampled_from(
    [
        [],
        ["pay"],
        ["pay", "decline"],
        ["pay", "decline", "ship", "close_waiting"],
        ["pay", "ready", "ship"],
        ["pay", "ship", "complete"],
        ["pay", "ship", "household_bears", "restock_all"],
        ["pay", "ship", "complete", "pay_everybody", "household_bears", "restock", "restock_box"],
        ["pay", "ship", "restock", "write_off_after_all", "complete", "pay_everybody"],
        ["pay", "ship", "complete", "pay_everybody", "refund"],
        ["pay", "passed_on", "ship", "village_paid", "village_bears", "movement_back"],
        ["pay", "dispute", "ship", "complete", "dispute_lost", "pay_everybody"],
        ["ship", "household_bears", "settle", "complete", "pay_everybody"],
        ["decline", "ship", "close_waiting", "give_up", "settle"],
        ["pay_twice", "ship", "orphan_disputed", "send_refunds", "orphan_lost"],
        ["pay_late", "send_refunds", "ship", "complete"],
        ["pay_called_off", "unknown_receipt", "send_refunds", "not_ours"],
        ["pay_over", "rest_kept", "unknown_receipt", "ship", "taken_up", "rest_sent_back"],
    ]
)


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(stories=st.lists(st.tuples(orders, forward, lives), min_size=1, max_size=3))
@example(stories=[(({"tea": 2}, True, "sandbox"), ["pay", "ship", "household_bears", "restock_all"], [])])
@example(
    stories=[
        (({"tea": 1}, True, "sandbox"), ["pay_twice", "orphan_lost", "send_refunds", "ship"], []),
        (({"honey": 1}, True, "bank_transfer"), ["pay_over", "rest_kept", "ship", "taken_up"], ["not_ours"]),
        (({"tea": 2}, True, "bank_transfer"), ["pay_called_off", "send_refunds"], ["unknown_receipt"]),
    ]
)
@example(
    stories=[
        (({"box": 2, "tea": 2}, True, "bank_transfer"), DELIVERED, ["restock_box", "write_off_after_all"]),
        (({"tea": 3, "eggs": 2}, False, "sandbox"), DELIVERED, ["write_off", "restock", "village_bears"]),
    ]
)
def test_books_orders_reports_and_check_agree_after_every_story(
    stories, database_url, session: Session, unit_of_work: UnitOfWork
):
    trade = known.get(database_url) or known.setdefault(database_url, open_for_trade(session, unit_of_work))
    trade.run(lambda session: _restock(session, trade))
    for (goods, courier, method), begin, more in stories:
        try:
            order_id = (
                trade.sell_on_terms(goods)
                if method == "on_account"
                else trade.order(goods, courier=courier, method=method)
            )
        except ShopError:
            continue  # sold out by the stories before
        for step in [*begin, *more]:
            _do(trade, step, order_id)
    assert trade.violations() == []
    trade.run(lambda session: _faces_agree(session, trade))


known: dict[str, Trade] = {}
# Where money of ours is: with a provider, in our bank, still with an organisation, with a buyer's bank for a while.
HELD = (Account.BANK, Account.PROVIDER_CLEARING, Account.RECEIVABLES, Account.DISPUTED)


def _restock(session: Session, trade: Trade) -> None:
    """So that no story finds empty shelves."""
    for sku, producer in (("tea", "li"), ("tea", "wang"), ("eggs", "yu"), ("honey", "chen")):
        name = f"{sku}-{producer}-{len(trade.shop.lots)}"
        add_lot(session, trade.shop, name, sku, producer, units=12, days=400)


def _do(trade: Trade, step: str, order_id: int) -> None:
    with suppress(ShopError, IndexError):  # refused at this moment, or there is nothing to do it with
        STEPS[step](trade, order_id)


def _faces_agree(session: Session, trade: Trade) -> None:
    span = Span(shanghai_date(trade.began), shanghai_date(trade.now))
    confirmed = session.scalars(sa.select(Order).where(Order.confirmed_at.is_not(None))).all()
    for order in confirmed:
        money = order_money(session, order.id)
        assert money is not None
        assert money.price_fen == order.total_fen, "the parts, and what left the sale"
        assert money.restocked_fen + money.closed_fen == closed_fen(session, order)
        assert min(astuple(money.by_sale)) >= 0
        assert money.now.total == order.total_fen - order.refunded_fen - lost_fen(session, order)
    paid = sum(order.total_fen for order in confirmed)
    refunded = sum(order.refunded_fen for order in confirmed)
    for name in ("sales-by-day", "sales-by-week", "sales-by-month", "sales-by-unit", "orders"):
        _, sums = totals(session, find_report(name), span, "zh")
        assert (sums["paid_fen"], sums["refunded_fen"], sums["net_fen"]) == (paid, refunded, paid - refunded)
    goods = sum(session.scalars(sa.select(OrderLine.line_fen).where(OrderLine.order_id.in_(_ids(confirmed)))))
    for name in ("sales-by-product", "sales-by-category", "order-lines"):
        assert totals(session, find_report(name), span, "zh")[1]["goods_fen"] == goods
    balances = dict(
        session.execute(
            sa.select(Posting.account, sa.func.sum(Posting.amount_fen)).group_by(Posting.account)
        ).all()
    )
    paid_out = _moved(session, EntryKind.PAYOUT, Account.HOUSEHOLD_PAYABLE)
    earned = paid_out - int(balances.get(Account.HOUSEHOLD_PAYABLE, 0))
    for name in ("sales-by-household", "fairness"):
        sums = totals(session, find_report(name), span, "zh")[1]
        assert sums.get("household_fen", sums.get("earned_fen")) == earned
    assert totals(session, find_report("sales-by-village"), span, "zh")[1]["household_fen"] == earned
    years = range(span.first.year, span.last.year + 1)
    assert sum(read_impact(session, year=year).parts.household for year in years) == earned
    received = sum(balances.get(one, 0) for one in HELD)
    fees, lost = sum(order_fees(session)), _moved(session, EntryKind.DISPUTE, Account.REFUNDS_BORNE)
    lent = -_moved(session, EntryKind.PAYOUT, Account.ADVANCE)
    given_up = balances.get(Account.WRITE_OFFS, 0)
    moved = sum(_moved(session, EntryKind.MOVEMENT, one) for one in HELD)
    twice = _moved(session, EntryKind.RECEIPT, Account.REFUNDS_BORNE)
    suspense = -int(balances.get(Account.SUSPENSE, 0))
    spent = refunded + fees + lost + twice + paid_out - lent + given_up - moved
    assert received == paid + suspense - spent
    assert (
        totals(session, find_report("reconciliation-differences"), span, "zh")[1]["suspense_fen"] == suspense
    )
    assert totals(session, find_report("receivables"), span, "zh")[1]["owed_fen"] == balances.get(
        Account.RECEIVABLES, 0
    )
    assert {order.status for order in confirmed} <= set(OrderStatus) - {OrderStatus.AWAITING_PAYMENT}


def _moved(session: Session, kind: EntryKind, account: Account) -> int:
    """What entries of this kind left on an account, in fen."""
    of_kind = sa.select(sa.func.coalesce(sa.func.sum(Posting.amount_fen), 0)).join(
        JournalEntry, JournalEntry.id == Posting.entry_id
    )
    return int(session.scalar(of_kind.where(JournalEntry.kind == kind, Posting.account == account)) or 0)


def closed_fen(session: Session, order: Order) -> int:
    """The price of units that left the order, once it is settled."""
    taken_back = sa.text(
        "SELECT coalesce(sum(p.amount_fen), 0) FROM postings p JOIN journal_entries e ON e.id = p.entry_id "
        "WHERE e.kind = 'reversal' AND e.reverses_id IS NULL AND e.order_id = :id AND p.account NOT IN "
        "('bank', 'provider_clearing', 'receivables', 'refunds_borne')"
    )
    return int(session.scalar(taken_back, {"id": order.id}))


def lost_fen(session: Session, order: Order) -> int:
    """What a buyer's bank took from the shop for good, and debts that were given up."""
    lost = sa.text(
        "SELECT (SELECT coalesce(sum(d.withdrawn_fen), 0) FROM disputes d JOIN payments p ON p.id = d.payment_id"
        "         WHERE d.order_id = :id AND d.status = 'lost' AND p.status = 'succeeded')"
        "     + (SELECT coalesce(sum(w.amount_fen), 0) FROM write_offs w"
        "         WHERE w.order_id = :id AND w.agreed_at IS NOT NULL)"
    )
    return int(session.scalar(lost, {"id": order.id}))


def order_fees(session: Session) -> list[int]:
    kept = sa.text("SELECT amount_fen FROM postings p JOIN journal_entries e ON e.id = p.entry_id "
                   "WHERE e.kind = 'payment_fee' AND p.account = 'fee_reserve'")  # fmt: skip
    return list(session.scalars(kept))


def _ids(orders) -> list[int]:
    return [order.id for order in orders]
