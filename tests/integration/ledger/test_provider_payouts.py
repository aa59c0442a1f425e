"""A line of a bank statement is a provider's payout: set aside and booked in one step, and open again when it was none."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
import sqlalchemy as sa

from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.ledger.models import Account, EntryKind, JournalEntry
from shop.ledger.movements.errors import MovementKnown, NotHeld
from shop.ledger.movements.listing import movement_of_line, movements, read_held
from shop.ledger.movements.models import MovementKind
from shop.ledger.movements.payout_payers import providers_of
from shop.ledger.movements.provider_payouts import book_provider_payout
from shop.ledger.posting import Place, held_by, post
from shop.ledger.receipt_booking import place_receipts
from shop.ordering.reasons import Reason
from shop.payments.statements.errors import BookedAsPayout, LineUsed, ReasonNeeded
from shop.payments.statements.matching import set_aside, take_up_again
from shop.payments.statements.models import BankStatement, LineStatus, StatementLine
from shop.payments.statements.names import payer_key
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import totals
from tests.factories.trade import Trade, open_for_trade
from tests.factories.without_locks import drop_unique, goes_wrong, without_locks
from tests.integration.ledger.test_movements import propose, said, take_back
from tests.integration.ledger.test_payout_steps import at_once, balance

PAYER = "支付科技有限公司客户备付金"


@pytest.fixture
def trade(session, unit_of_work) -> Iterator[Trade]:
    """A shop that has sold tea; at the end every invariant of the shop holds."""
    at_work = open_for_trade(session, unit_of_work)
    at_work.sell({"tea": 2}, courier=True)
    yield at_work
    assert at_work.violations() == []


@pytest.fixture
def reckless(session, unit_of_work) -> Trade:
    """Every lock switched off; what its books look like afterwards is not looked at."""
    at_work = open_for_trade(session, unit_of_work)
    at_work.sell({"tea": 2}, courier=True)
    at_work.unit_of_work = without_locks(unit_of_work)
    return at_work


def receipt(trade: Trade, fen: int, *, serial: str = "", payer: str = PAYER) -> int:
    """A line of a statement."""

    def add(session) -> int:
        count = session.scalar(sa.select(sa.func.count(StatementLine.id)))
        statement = BankStatement(
            digest=f"d{count}", account="0088", lines=1, known=0, left_out=0, imported_at=trade.now
        )
        session.add(statement)
        session.flush()
        line = StatementLine(
            statement_id=statement.id, row=1, fingerprint=f"f{count}", booked_on=shanghai_date(trade.now),
            amount_fen=fen, payer=payer, payer_key=payer_key(payer), serial=serial,
        )  # fmt: skip
        session.add(line)
        session.flush()
        place_receipts(session, [line.id], now=trade.now)
        return line.id

    return trade.run(add)


def book(trade: Trade, line_id: int, provider: str = "sandbox") -> bool:
    who = {"actor_id": trade.admin_id, "now": trade.now}
    return trade.run(lambda s: book_provider_payout(s, line_id, provider, **who))


def holds(trade: Trade, provider: str, fen: int) -> None:
    """So much that buyers paid is with a provider beside the one of all other orders here."""
    amounts = {held_by(provider): fen, Place(Account.FEE_RESERVE): -fen}
    kind, reference = EntryKind.PAYMENT_FEE, f"fee:payment:9{provider}"
    trade.run(lambda s: post(s, kind, reference, amounts, now=trade.now))


def state(trade: Trade, line_id: int) -> tuple[LineStatus, str]:
    wanted = sa.select(StatementLine.status, StatementLine.reason).where(StatementLine.id == line_id)
    return tuple(trade.run(lambda s: s.execute(wanted).one()))


def booked(trade: Trade) -> int:
    wanted = sa.select(sa.func.count()).where(JournalEntry.kind == EntryKind.MOVEMENT)
    return trade.run(lambda s: s.scalar(wanted))


def test_it_is_set_aside_and_booked_in_one_step_by_one_person(trade: Trade):
    held, bank = balance(trade, Account.PROVIDER_CLEARING), balance(trade, Account.BANK)
    line_id = receipt(trade, held - 100, serial="SN-7")
    assert book(trade, line_id) is True
    assert book(trade, line_id) is False
    assert state(trade, line_id) == (LineStatus.SET_ASIDE, Reason.PROVIDER_PAYOUT)
    assert (balance(trade, Account.PROVIDER_CLEARING), balance(trade, Account.BANK)) == (
        100,
        bank + held - 100,
    )
    row = trade.run(lambda s: movement_of_line(s, line_id))
    assert (row.bank_reference, row.provider, row.line_id) == ("SN-7", "sandbox", line_id)
    assert booked(trade) == 1


def test_taking_the_movement_back_opens_the_line_again(trade: Trade):
    line_id = receipt(trade, 100)
    book(trade, line_id)
    who = {"actor_id": trade.admin_id, "now": trade.now}
    with pytest.raises(BookedAsPayout):
        trade.run(lambda s: take_up_again(s, line_id, **who))
    [row] = trade.run(movements).items
    clearing = balance(trade, Account.PROVIDER_CLEARING)
    assert take_back(trade, row.id) is True
    assert state(trade, line_id) == (LineStatus.OPEN, "")
    assert balance(trade, Account.PROVIDER_CLEARING) == clearing + 100
    assert trade.run(lambda s: providers_of(s, [payer_key(PAYER)])) == {}, "the payer is forgotten, too"
    holds(trade, "wechat", 100)
    assert book(trade, line_id, "wechat") is True, "and it can be said anew"


def test_it_is_no_difference_between_the_bank_and_the_books(trade: Trade):
    today, report = trade.now.date(), find_report("reconciliation-differences")
    listed = lambda: trade.run(lambda s: totals(s, report, Span(today, today), "zh")[0])  # noqa: E731
    line_id = receipt(trade, 100)
    assert listed() == 1
    book(trade, line_id)
    assert listed() == 0


def test_the_payer_is_remembered(trade: Trade):
    holds(trade, "stripe", 100)
    holds(trade, "wechat", 200)
    book(trade, receipt(trade, 100), "stripe")
    assert trade.run(lambda s: providers_of(s, [payer_key(PAYER), "?"])) == {payer_key(PAYER): "stripe"}
    book(trade, receipt(trade, 100), "wechat")
    assert trade.run(lambda s: providers_of(s, [payer_key(PAYER)])) == {payer_key(PAYER): "wechat"}
    book(trade, receipt(trade, 100, payer=""), "wechat")


def test_more_than_the_provider_holds_is_refused_and_the_line_stays_open(trade: Trade):
    held = balance(trade, Account.PROVIDER_CLEARING)
    line_id = receipt(trade, held)
    waiting = propose(trade, said(trade, MovementKind.PROVIDER_PAYOUT, 1))
    with pytest.raises(NotHeld):
        book(trade, line_id)
    assert state(trade, line_id) == (LineStatus.OPEN, "")
    assert (waiting, booked(trade)) == (1, 0)


def test_a_provider_passes_on_nothing_that_another_holds(trade: Trade):
    sandbox = balance(trade, Account.PROVIDER_CLEARING)
    holds(trade, "stripe", 500)
    assert trade.run(read_held).free(MovementKind.PROVIDER_PAYOUT, provider="stripe") == 500
    assert trade.run(read_held).free(MovementKind.PROVIDER_PAYOUT, provider="wechat") == 0
    line_id = receipt(trade, 501)
    assert sandbox > 501
    with pytest.raises(NotHeld, match=r"This provider holds only ¥5\.00 for us"):
        book(trade, line_id, "stripe")
    with pytest.raises(NotHeld):
        propose(trade, said(trade, MovementKind.PROVIDER_PAYOUT, 501, provider="stripe"))
    propose(trade, said(trade, MovementKind.PROVIDER_PAYOUT, 500, provider="stripe"))
    assert book(trade, line_id, "sandbox") is True, "what waits of one is there of the other"
    assert trade.run(read_held).free(MovementKind.PROVIDER_PAYOUT, provider="sandbox") == sandbox - 501


def test_what_was_written_down_by_hand_is_not_booked_twice(trade: Trade):
    propose(trade, said(trade, MovementKind.PROVIDER_PAYOUT, 100, "SN-7"))
    with pytest.raises(MovementKnown):
        book(trade, receipt(trade, 100, serial="SN-7"))
    first = receipt(trade, 100, serial="SN-8")
    book(trade, first)
    with pytest.raises(MovementKnown):
        propose(trade, said(trade, MovementKind.PROVIDER_PAYOUT, 100, "SN-8"))
    assert book(trade, receipt(trade, 100, serial="SN-8")), "another of our accounts has the same number"


def test_only_a_whole_open_line_and_a_known_provider_will_do(trade: Trade):
    line_id, who = receipt(trade, 100), {"actor_id": trade.admin_id, "now": trade.now}
    with pytest.raises(InvalidInput):
        book(trade, line_id, "bank_transfer")
    with pytest.raises(NotFound):
        book(trade, 987)
    trade.run(lambda s: set_aside(s, line_id, "押金", **who))
    with pytest.raises(LineUsed):
        book(trade, line_id)
    other = receipt(trade, 5)
    with pytest.raises(ReasonNeeded):
        trade.run(lambda s: set_aside(s, other, Reason.PROVIDER_PAYOUT.value, **who))


@pytest.mark.race(fence="a line stands in one movement; who comes second runs again, and finds it booked")
def test_four_who_say_it_at_once_book_it_once(trade: Trade):
    line_id = receipt(trade, 1)
    work = partial(
        book_provider_payout, line_id=line_id, provider="sandbox", actor_id=trade.admin_id, now=trade.now
    )
    assert sorted(at_once(trade, *[work] * 4), key=str) == [False, False, False, True]
    assert booked(trade) == 1


def two_receipts_take_it(trade: Trade) -> None:
    """Each is all that the provider holds."""
    held = balance(trade, Account.PROVIDER_CLEARING)
    who = {"provider": "sandbox", "actor_id": trade.admin_id, "now": trade.now}
    works = [partial(book_provider_payout, line_id=receipt(trade, held), **who) for _ in range(2)]
    assert at_once(trade, *works).count(NotHeld) == 1
    assert balance(trade, Account.PROVIDER_CLEARING) == 0


@pytest.mark.race(twin="test_without_its_lock_a_provider_would_pay_twice")
def test_of_two_receipts_at_once_one_is_more_than_the_provider_holds(trade: Trade):
    two_receipts_take_it(trade)


def test_without_its_lock_a_provider_would_pay_twice(reckless: Trade):
    drop_unique(reckless.unit_of_work, "audit_entries", "uq_audit_entries_hash")
    drop_unique(reckless.unit_of_work, "payout_payers", "uq_payout_payers_payer_key")
    assert goes_wrong(lambda: two_receipts_take_it(reckless), tries=1)
