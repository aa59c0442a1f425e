"""Payouts: what completed orders owe each household, each posting once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
import sqlalchemy as sa
from flask import Flask

from shop.accounts.models import AuditEntry
from shop.check.all_rules import find_violations
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.ledger.models import Payout, PayoutItem, PayoutStatus
from shop.ledger.payouts import closing
from shop.ledger.payouts.closing import close_payouts, unpaid_postings
from shop.payments.models import RefundBearer
from tests.factories.trade import Trade, open_for_trade


def drafted(trade: Trade) -> dict[str, int]:
    """Fen by household, all payouts together."""
    names = {household_id: name for name, household_id in trade.shop.households.items()}
    statement = sa.select(Payout.household_id, sa.func.sum(Payout.amount_fen)).group_by(Payout.household_id)
    return trade.run(lambda s: {names[who]: int(fen) for who, fen in s.execute(statement)})


def test_a_completed_order_is_drafted_by_lot_shares(trade: Trade):
    trade.deliver(trade.sell({"honey": 1}))
    closed = trade.close()
    assert (closed.households, closed.total_fen) == (2, 3799)
    assert drafted(trade) == {"li": 2533, "chen": 1266}
    assert trade.run(lambda s: set(s.scalars(sa.select(Payout.status)))) == {PayoutStatus.DRAFT}


def test_closing_twice_changes_nothing(trade: Trade):
    trade.deliver(trade.sell({"honey": 1}))
    trade.close()
    assert trade.close() is None
    assert drafted(trade) == {"li": 2533, "chen": 1266}


def test_nothing_is_due_before_an_order_is_completed(trade: Trade):
    order_id = trade.sell({"honey": 1})
    assert trade.close() is None
    trade.ready(order_id)
    trade.ship(order_id)
    assert trade.close() is None


def test_a_day_is_a_whole_shanghai_day(trade: Trade):
    order_id = trade.sell({"honey": 1})
    trade.ready(order_id)
    trade.ship(order_id)
    trade.now = trade.now.replace(hour=15, minute=57)  # 23:57 in Shanghai
    trade.complete(order_id)
    assert trade.order_row(order_id).completed_at.hour == 15
    assert trade.close(days=-1) is None
    assert trade.close().total_fen == 3799


def test_later_orders_come_into_the_next_payout(trade: Trade):
    trade.deliver(trade.sell({"honey": 1}))
    trade.close()
    trade.deliver(trade.sell({"honey": 2}))
    assert trade.close().total_fen == 7598
    assert drafted(trade) == {"li": 2533 + 5066, "chen": 1266 + 2532}


def test_a_household_that_owes_is_carried_forward(trade: Trade):
    paid_out = trade.sell({"honey": 2})
    trade.deliver(paid_out)
    trade.close()
    trade.refund(paid_out, bearer=RefundBearer.REVERSAL)  # after it was drafted
    trade.deliver(trade.sell({"honey": 1}))
    assert trade.close() is None
    due = trade.run(lambda s: unpaid_postings(s, trade.now.date()))
    assert sum(fen for items in due.values() for _, fen in items) == 3799 - 7598
    trade.deliver(trade.sell({"honey": 2}))
    assert trade.close().total_fen == 3799
    assert sum(drafted(trade).values()) == 7598 + 3799


def test_a_refund_that_the_shop_bears_is_paid_out_all_the_same(trade: Trade):
    order_id = trade.sell({"honey": 1})
    trade.deliver(order_id)
    trade.refund(order_id)
    assert trade.close().total_fen == 3799


def test_a_cancelled_order_is_never_paid_out(trade: Trade):
    trade.call_off(trade.sell({"honey": 1}))
    assert trade.close() is None


def test_an_order_on_terms_is_paid_out_when_its_money_has_come(trade: Trade):
    order_id = trade.sell_on_terms({"honey": 1})
    trade.deliver(order_id)
    assert trade.close() is None

    trade.settle(order_id)
    assert trade.close().total_fen == 3799


def test_a_day_that_has_not_come_is_closed_by_nobody(trade: Trade, app: Flask):
    trade.deliver(trade.sell({"honey": 1}))
    with pytest.raises(InvalidInput, match="has not come"):
        trade.close(days=2)
    refused = app.test_cli_runner().invoke(args=["payouts", "close", "--until", "2199-01-01"])
    assert (refused.exit_code, refused.output) == (2, "Error: This day has not come yet.\n")
    assert drafted(trade) == {}


def test_closing_is_in_the_audit_trail(trade: Trade):
    trade.deliver(trade.sell({"honey": 1}))
    closed = trade.close()
    noted = sa.select(AuditEntry).where(AuditEntry.action == "payout.closed")
    entry = trade.run(lambda s: s.scalars(noted).one())
    assert (entry.subject_id, entry.facts["total_fen"]) == (closed.number, 3799)


def close_at_once(trade: Trade, hands: int = 2) -> list[object]:
    ready = Barrier(hands)

    def close(_number: int) -> object:
        ready.wait()
        return trade.unit_of_work.run(lambda s: close_payouts(s, shanghai_date(trade.now), now=trade.now))

    with ThreadPoolExecutor(hands) as pool:
        return list(pool.map(close, range(hands)))


@pytest.mark.race(twin="test_without_the_unique_claim_the_money_would_go_twice")
def test_two_closings_at_once_claim_a_posting_once(trade: Trade):
    for _ in range(3):
        trade.deliver(trade.sell({"honey": 1}))
    closed = [one for one in close_at_once(trade, hands=4) if one is not None]
    assert sum(one.total_fen for one in closed) == 3 * 3799
    assert len(closed) == 1


def _meet_before_drafting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both closings have read what is due before either of them writes."""
    meeting, draft = Barrier(2), closing._draft

    def draft_together(*arguments) -> None:
        with suppress(BrokenBarrierError):  # the second try of the one that lost
            meeting.wait(timeout=2)
        draft(*arguments)

    monkeypatch.setattr(closing, "_draft", draft_together)


@pytest.mark.race(twin="test_without_the_unique_claim_the_money_would_go_twice")
def test_a_closing_that_read_too_early_runs_again(trade: Trade, backend: str, monkeypatch):
    if backend == "sqlite":
        pytest.skip("one writer at a time: nobody reads too early")
    trade.deliver(trade.sell({"honey": 1}))
    _meet_before_drafting(monkeypatch)
    assert [one for one in close_at_once(trade) if one is None] == [None]
    assert sum(drafted(trade).values()) == 3799


def test_without_the_unique_claim_the_money_would_go_twice(session, unit_of_work, backend: str, monkeypatch):
    """The twin of the race above: it shows that the test can see the mistake."""
    if backend == "sqlite":
        pytest.skip("one writer at a time: nobody reads too early")
    from_nothing = open_for_trade(session, unit_of_work)
    from_nothing.deliver(from_nothing.sell({"honey": 1}))
    drop = "ALTER TABLE payout_items DROP CONSTRAINT uq_payout_items_posting_id"
    from_nothing.run(lambda s: s.execute(sa.text(drop)))
    _meet_before_drafting(monkeypatch)
    close_at_once(from_nothing)
    assert sum(drafted(from_nothing).values()) == 2 * 3799
    rules = from_nothing.run(lambda s: {one.rule for one in find_violations(s, now=from_nothing.now)})
    assert rules == {"payout: a posting is paid out once"}
    assert from_nothing.run(lambda s: s.scalar(sa.select(sa.func.count()).select_from(PayoutItem))) == 4
