"""Months of the books: closed one after the other, and nothing is posted in them any more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Event

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.kit.errors import InvalidInput
from shop.ledger import months
from shop.ledger.account_list import (
    AccountAsked,
    account_balances,
    account_figures,
    account_lines,
    list_months,
)
from shop.ledger.entry_view import read_entry
from shop.ledger.models import Account, ClosedMonth, EntryKind, JournalEntry
from shop.ledger.months import (
    BeforeTheBooks,
    EarlierMonthOpen,
    MonthNotOver,
    NothingBooked,
    NotLastClosed,
    close_month,
    reopen_month,
)
from shop.ledger.posting import Place, held_by, post
from tests.factories.trade import Trade

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
DECEMBER_BEGINS = datetime(2026, 11, 30, 16, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock on the wall is the trade's."""
    monkeypatch.setattr(months, "utc_now", lambda: trade.now)


def later(trade: Trade, moment: datetime) -> Trade:
    trade.now = moment
    return trade


def close(trade: Trade, month: date = NOVEMBER) -> bool:
    return trade.run(lambda s: close_month(s, month, actor_id=trade.admin_id, now=trade.now))


def reopen(trade: Trade, month: date = NOVEMBER, reason: str = "a transfer was booked twice") -> bool:
    return trade.run(lambda s: reopen_month(s, month, reason, actor_id=trade.admin_id, now=trade.now))


def post_fee(trade: Trade, moment: datetime, reference: str = "fee:late") -> JournalEntry:
    amounts = {Place(Account.FEE_RESERVE): 7, held_by("sandbox"): -7}
    trade.run(lambda s: post(s, EntryKind.REASSIGNMENT, reference, amounts, now=moment))
    return trade.run(
        lambda s: s.scalars(sa.select(JournalEntry).where(JournalEntry.reference == reference)).one()
    )


def test_what_is_heard_of_after_the_closing_stands_in_the_first_open_month(trade: Trade):
    trade.sell({"honey": 1})
    sold_at = trade.now
    later(trade, DECEMBER_BEGINS + timedelta(days=2))
    assert close(trade)
    assert post_fee(trade, sold_at).posted_at == DECEMBER_BEGINS
    assert post_fee(trade, trade.now, "fee:today").posted_at > DECEMBER_BEGINS


def test_an_open_month_takes_what_happened_in_it(trade: Trade):
    trade.sell({"honey": 1})
    sold_at = trade.now
    later(trade, DECEMBER_BEGINS + timedelta(days=2))
    assert post_fee(trade, sold_at).posted_at == sold_at


def test_a_month_is_closed_with_its_figures_and_only_once(trade: Trade):
    trade.sell({"honey": 1})
    later(trade, DECEMBER_BEGINS + timedelta(days=2))
    assert close(trade)
    assert not close(trade)
    frozen = trade.run(lambda s: s.scalars(sa.select(ClosedMonth)).one())
    assert (frozen.month, frozen.entries, frozen.closed_by_id) == (NOVEMBER, 2, trade.admin_id)
    row = trade.run(list_months)[0]
    assert (row.month, row.entries, row.turnover_fen) == (NOVEMBER, 2, frozen.turnover_fen)
    assert row.closed_at is not None


def test_a_refund_of_a_sale_in_a_closed_month_is_booked_today(trade: Trade):
    order_id = trade.sell({"honey": 1})
    later(trade, DECEMBER_BEGINS + timedelta(days=2))
    close(trade)
    trade.call_off(order_id)
    newest = trade.run(lambda s: s.scalars(sa.select(JournalEntry).order_by(JournalEntry.id.desc())).first())
    assert newest.kind is EntryKind.REVERSAL
    assert newest.posted_at > DECEMBER_BEGINS


def test_a_month_is_closed_an_hour_after_its_end_at_the_earliest(trade: Trade):
    trade.sell({"honey": 1})
    later(trade, DECEMBER_BEGINS + timedelta(minutes=57))
    with pytest.raises(MonthNotOver):
        close(trade)
    later(trade, DECEMBER_BEGINS + timedelta(minutes=60))
    assert close(trade)


def two_months(trade: Trade) -> None:
    """Something in October and something in November, seen in December."""
    post_fee(trade, datetime(2026, 10, 20, tzinfo=UTC), "fee:october")
    trade.sell({"honey": 1})
    later(trade, DECEMBER_BEGINS + timedelta(days=2))


def test_months_are_closed_one_after_the_other(trade: Trade):
    two_months(trade)
    with pytest.raises(EarlierMonthOpen) as refused:
        close(trade)
    assert "2026-10" in str(refused.value)
    assert close(trade, OCTOBER)
    assert close(trade)
    assert [row.month for row in trade.run(list_months)] == [NOVEMBER, OCTOBER]


def test_no_month_before_the_first_entry_is_closed(trade: Trade):
    later(trade, DECEMBER_BEGINS - timedelta(days=8))
    trade.sell({"honey": 1})
    later(trade, DECEMBER_BEGINS + timedelta(days=2))
    with pytest.raises(BeforeTheBooks) as refused:
        close(trade, OCTOBER)
    assert refused.value.facts["month"] == "2026-11"
    assert close(trade, NOVEMBER)


def test_books_without_an_entry_have_no_month_to_close(trade: Trade):
    later(trade, DECEMBER_BEGINS + timedelta(days=2))
    with pytest.raises(NothingBooked):
        close(trade)
    assert trade.run(lambda s: s.scalar(sa.select(sa.func.count(ClosedMonth.id)))) == 0


def test_only_the_last_closed_month_is_opened_again_and_it_says_why(trade: Trade):
    two_months(trade)
    close(trade, OCTOBER)
    close(trade)
    with pytest.raises(NotLastClosed):
        reopen(trade, OCTOBER)
    with pytest.raises(InvalidInput):
        reopen(trade, reason="  ")
    assert reopen(trade)
    assert not reopen(trade)
    assert reopen(trade, OCTOBER)
    assert trade.run(lambda s: s.scalar(sa.select(sa.func.count()).select_from(ClosedMonth))) == 0
    said = trade.run(lambda s: s.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first())
    assert (said.action, said.subject_id, said.facts["reason"]) == (
        "month.reopened",
        "2026-10",
        "a transfer was booked twice",
    )


def close_while_posting(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> bool:
    """A late entry is being written into November when somebody closes it. Did the closing wait?"""
    trade.sell({"honey": 1})
    sold_at = trade.now
    later(trade, DECEMBER_BEGINS + timedelta(days=2))
    posted, closed = Event(), Event()
    amounts = {Place(Account.FEE_RESERVE): 7, held_by("sandbox"): -7}

    def write(session) -> bool:
        post(session, EntryKind.REASSIGNMENT, "fee:late", amounts, now=sold_at)
        posted.set()
        return not closed.wait(timeout=1)

    def shut(_nothing: object) -> None:
        posted.wait()
        trade.unit_of_work.run(lambda s: close_month(s, NOVEMBER, actor_id=trade.admin_id, now=trade.now))
        closed.set()

    with ThreadPoolExecutor(2) as pool:
        waited, _shut = pool.submit(trade.unit_of_work.run, write), pool.submit(shut, None)
        _shut.result()
        return waited.result()


@pytest.mark.race(twin="test_without_the_lock_the_month_would_change_after_its_closing")
def test_closing_waits_for_who_posts_into_the_month(trade: Trade, monkeypatch):
    assert close_while_posting(trade, monkeypatch)
    assert trade.violations() == []


def test_without_the_lock_the_month_would_change_after_its_closing(trade: Trade, backend: str, monkeypatch):
    """The twin of the race above: it shows that the test can see the mistake."""
    if backend == "sqlite":
        pytest.skip("one writer at a time: nobody closes while another posts")
    monkeypatch.setattr(months, "lock_name", lambda *_args, **_how: None)
    assert not close_while_posting(trade, monkeypatch)
    assert [one.split(": month")[0] for one in trade.violations()] == ["month: closed, it stays as it was"]
    trade.run(lambda s: s.execute(sa.delete(ClosedMonth)))


def test_an_account_opens_moves_and_closes_to_its_balance(trade: Trade):
    for _ in range(3):
        trade.sell({"honey": 1})
    trade.sell({"tea": 2}, method="bank_transfer")
    for account, fen in trade.run(account_balances).items():
        asked = AccountAsked(account, NOVEMBER, date(2026, 11, 30))
        figures = trade.run(lambda s, asked=asked: account_figures(s, asked))
        lines = trade.run(lambda s, asked=asked: account_lines(s, asked, 0)).items
        assert figures.closing_fen == lines[-1].balance_fen == sum(line.amount_fen for line in lines) == fen


def test_an_account_is_narrowed_to_a_household_or_an_order(trade: Trade):
    order_id = trade.sell({"honey": 1})
    trade.sell({"tea": 1})
    number = trade.order_row(order_id).number
    day = trade.now.date()
    for text, fen in (("li家", -2533), (number.lower(), -3799), ("nobody", 0)):
        asked = AccountAsked(Account.HOUSEHOLD_PAYABLE, NOVEMBER, day, text)
        figures = trade.run(lambda s, asked=asked: account_figures(s, asked))
        lines = trade.run(lambda s, asked=asked: account_lines(s, asked, 0)).items
        assert sum(line.amount_fen for line in lines if line.order_number == number) == fen
        assert figures.credit_fen >= -fen


def test_an_entry_is_found_by_its_number(trade: Trade):
    trade.sell({"honey": 1})
    order_id = trade.sell({"tea": 1})
    reference = JournalEntry.reference == f"sale:order:{order_id}"
    entry_id = trade.run(lambda s: s.scalars(sa.select(JournalEntry.id).where(reference)).one())
    for text, found in ((str(entry_id), entry_id), ("9" * 15, None), ("9" * 80, None)):
        asked = AccountAsked(Account.HOUSEHOLD_PAYABLE, NOVEMBER, trade.now.date(), text)
        lines = trade.run(lambda s, asked=asked: account_lines(s, asked, 0)).items
        assert (found in {line.entry_id for line in lines}) is (found is not None)


def test_an_entry_names_what_it_takes_back_and_what_took_it_back(trade: Trade):
    order_id = trade.sell({"honey": 1})
    trade.call_off(order_id)
    by_kind = trade.run(lambda s: {row.kind: row.id for row in s.scalars(sa.select(JournalEntry))})
    sale = trade.run(lambda s: read_entry(s, by_kind[EntryKind.SALE]))
    reversal = trade.run(lambda s: read_entry(s, by_kind[EntryKind.REVERSAL]))
    assert (sale.reversed_by, reversal.reverses) == (reversal.id, sale.id)
    assert sum(line.amount_fen for line in sale.lines) == 0
    assert sale.turnover_fen == trade.order_row(order_id).total_fen
