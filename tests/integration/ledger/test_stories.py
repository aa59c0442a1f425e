"""Whole lives of orders in any mixture: after each story every invariant holds, and every face says the same."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import astuple

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from shop.kit.clock import shanghai_date
from shop.kit.errors import ShopError
from shop.ledger.impact import read_impact
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.order_money import order_parts
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.payments.models import DisputeStatus
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import totals
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.money_steps import dispute, pay_everybody, send_back_and_pay_again
from tests.factories.small_shop import add_lot
from tests.factories.trade import Trade, open_for_trade

GOODS = ("tea", "eggs", "honey", "box")
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
    "close_waiting": Trade.close_waiting,
    "close": lambda trade, _order_id: trade.close(),
    "pay_everybody": lambda trade, _order_id: pay_everybody(trade),
    "payout_returns": lambda trade, _order_id: send_back_and_pay_again(trade),
    "dispute": lambda trade, order_id: dispute(trade, order_id, DisputeStatus.OPEN),
    "dispute_won": lambda trade, order_id: dispute(trade, order_id, DisputeStatus.WON),
    "dispute_lost": lambda trade, order_id: dispute(trade, order_id, DisputeStatus.LOST),
}

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
        ["pay", "ship", "complete", "pay_everybody", "refund"],
        ["pay", "dispute", "ship", "complete", "dispute_lost", "pay_everybody"],
    ]
)


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(stories=st.lists(st.tuples(orders, forward, lives), min_size=1, max_size=3))
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
        parts = order_parts(session, order.id)
        assert parts is not None
        assert parts.total == order.total_fen - closed_fen(session, order)
        assert min(astuple(parts)) >= 0
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
    assert received == paid - refunded - fees - lost - paid_out + lent
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
        "('bank', 'provider_clearing', 'refunds_borne')"
    )
    return int(session.scalar(taken_back, {"id": order.id}))


def order_fees(session: Session) -> list[int]:
    kept = sa.text("SELECT amount_fen FROM postings p JOIN journal_entries e ON e.id = p.entry_id "
                   "WHERE e.kind = 'payment_fee' AND p.account = 'fee_reserve'")  # fmt: skip
    return list(session.scalars(kept))


def _ids(orders) -> list[int]:
    return [order.id for order in orders]
