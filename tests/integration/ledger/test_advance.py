"""What was lent to pay households early goes back to the lender: once, by two persons, and never more than came in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry, User
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.transitions import IllegalStep
from shop.ledger.advance.listing import advance_figures, repayments, runs_on_advance
from shop.ledger.advance.models import RepaymentStatus
from shop.ledger.advance.repaying import (
    MoreThanLent,
    NotComeInYet,
    ReferenceTaken,
    Repaid,
    agree_to_repayment,
    propose_repayment,
    take_repayment_back,
    withdraw_repayment,
)
from shop.ledger.models import Account, EntryKind, JournalEntry, Payee
from shop.payments.errors import NotByOnePerson, ProposalAgreed, ProposalTakenBack
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.inbox import read_inbox
from shop.reports.piles import Pile
from shop.reports.running import totals
from tests.factories.payouts import second_person
from tests.factories.trade import Trade, open_for_trade
from tests.factories.without_locks import drop_unique, goes_wrong, without_locks
from tests.integration.ledger.test_payout_steps import (
    a_day_later,
    approve,
    at_once,
    balance,
    close,
    name_payee,
    pay,
    send_back,
)

LENT = 2533


@pytest.fixture
def trade(session, unit_of_work) -> Iterator[Trade]:
    """A shop at work; at the end every invariant of the shop holds."""
    at_work = open_for_trade(session, unit_of_work)
    yield at_work
    assert at_work.violations() == []


@pytest.fixture
def reckless(session, unit_of_work) -> Trade:
    """Every lock switched off; what its books look like afterwards is not looked at."""
    at_work = open_for_trade(session, unit_of_work)
    at_work.unit_of_work = without_locks(unit_of_work)
    return at_work


def lent(trade: Trade) -> int:
    """Li is paid from the advance account for honey that an organisation has not paid; returns the order's id."""
    if trade.run(lambda s: s.scalar(sa.select(Payee.id))) is None:
        name_payee(trade, "li")
        a_day_later(trade)
    order_id = trade.sell_on_terms({"honey": 1})
    trade.deliver(order_id)
    number = close(trade, advance=True)
    approve(trade, number)
    pay(trade, number, "li")
    return order_id


def money_comes(trade: Trade, order_id: int) -> None:
    """What the order owes arrives in our bank."""
    trade.settle(order_id)


def propose(
    trade: Trade, fen: int = LENT, reference: str = "HK-1", *, by: int | None = None, days: int = 0
) -> int:
    said = Repaid(fen, reference, (trade.now - timedelta(days=days)).date())
    who = {"actor_id": by or trade.admin_id, "now": trade.now}
    return trade.run(lambda s: propose_repayment(s, said, **who))


def agree(trade: Trade, repayment_id: int, *, by: int | None = None) -> bool:
    who = {"actor_id": by or second_person(trade), "now": trade.now}
    return trade.run(lambda s: agree_to_repayment(s, repayment_id, **who))


def take_back(trade: Trade, repayment_id: int, reason: str = "退回") -> bool:
    who = {"actor_id": trade.admin_id, "now": trade.now}
    return trade.run(lambda s: take_repayment_back(s, repayment_id, reason, **who))


def figures(trade: Trade) -> tuple[int, int, int, int]:
    found = trade.run(advance_figures)
    return found.lent_fen, found.came_in_fen, found.open_fen, found.repayable_fen


def entries(trade: Trade) -> list[str]:
    wanted = sa.select(JournalEntry.reference).where(JournalEntry.kind == EntryKind.ADVANCE_REPAID)
    return trade.run(lambda s: list(s.scalars(wanted.order_by(JournalEntry.id))))


def test_nothing_can_be_repaid_before_the_buyers_money_comes(trade: Trade):
    order_id = lent(trade)
    assert figures(trade) == (LENT, 0, LENT, 0)
    with pytest.raises(NotComeInYet):
        propose(trade)
    money_comes(trade, order_id)
    assert figures(trade) == (LENT, LENT, LENT, LENT)
    [run] = trade.run(runs_on_advance)
    assert (run.lent_fen, run.owed_fen, run.came_in_fen) == (LENT, 0, LENT)


def test_a_second_person_agrees_and_one_entry_stands_in_the_books(trade: Trade):
    money_comes(trade, lent(trade))
    repayment_id = propose(trade)
    assert entries(trade) == []
    assert figures(trade) == (LENT, LENT, LENT, 0), "what is said already cannot be said again"
    bank = balance(trade, Account.BANK)
    with pytest.raises(NotByOnePerson):
        agree(trade, repayment_id, by=trade.admin_id)
    assert agree(trade, repayment_id) is True
    assert agree(trade, repayment_id) is False
    assert entries(trade) == [f"advance:{repayment_id}"]
    assert (balance(trade, Account.ADVANCE), balance(trade, Account.BANK)) == (0, bank - LENT)
    assert figures(trade) == (LENT, LENT, 0, 0)


def test_it_stands_on_the_day_on_which_the_bank_paid_it(trade: Trade):
    money_comes(trade, lent(trade))
    trade.now += timedelta(days=3)
    agree(trade, propose(trade, days=2))
    [posted_at] = trade.run(
        lambda s: s.scalars(
            sa.select(JournalEntry.posted_at).where(JournalEntry.kind == EntryKind.ADVANCE_REPAID)
        ).all()
    )
    assert shanghai_date(posted_at) == shanghai_date(trade.now) - timedelta(days=2)


def test_saying_it_twice_is_once_and_a_reference_stands_for_one_transfer(trade: Trade):
    money_comes(trade, lent(trade))
    first = propose(trade, 1000)
    assert propose(trade, 1000, by=second_person(trade)) == first
    with pytest.raises(ReferenceTaken):
        propose(trade, 900)
    assert len(trade.run(repayments).items) == 1


def test_more_than_is_lent_or_came_in_is_refused(trade: Trade):
    order_id = lent(trade)
    with pytest.raises(MoreThanLent):
        propose(trade, LENT + 1)
    money_comes(trade, order_id)
    propose(trade, 2000)
    with pytest.raises(NotComeInYet):
        propose(trade, 534, "HK-2")
    agree(trade, propose(trade, 533, "HK-2"))
    assert figures(trade) == (LENT, LENT, 2000, 0)


def test_what_cannot_be_is_refused_at_its_fields(trade: Trade):
    money_comes(trade, lent(trade))
    who = {"actor_id": trade.admin_id, "now": trade.now}
    late, early = trade.now.date() + timedelta(days=1), trade.now.date() - timedelta(days=40)
    for said, fields in (
        (Repaid(0, " ", late), {"amount", "bank_reference", "paid_on"}),
        (Repaid(1, "x" * 81, early), {"bank_reference", "paid_on"}),
    ):
        with pytest.raises(InvalidInput) as refused:
            trade.run(lambda s, said=said: propose_repayment(s, said, **who))
        assert set(refused.value.errors) == fields


def test_what_was_said_by_mistake_is_withdrawn_and_nothing_is_booked(trade: Trade):
    money_comes(trade, lent(trade))
    repayment_id, who = propose(trade), {"actor_id": trade.admin_id, "now": trade.now}
    assert trade.run(lambda s: withdraw_repayment(s, repayment_id, **who)) is True
    assert trade.run(lambda s: withdraw_repayment(s, repayment_id, **who)) is False
    with pytest.raises(ProposalTakenBack):
        agree(trade, repayment_id)
    again = propose(trade)
    agree(trade, again)
    with pytest.raises(ProposalAgreed):
        trade.run(lambda s: withdraw_repayment(s, again, **who))
    assert entries(trade) == [f"advance:{again}"]


def test_an_entry_is_taken_back_by_another_and_the_money_can_go_again(trade: Trade):
    money_comes(trade, lent(trade))
    repayment_id = propose(trade)
    with pytest.raises(IllegalStep):
        take_back(trade, repayment_id)
    agree(trade, repayment_id)
    bank = balance(trade, Account.BANK)
    with pytest.raises(InvalidInput):
        take_back(trade, repayment_id, " ")
    assert take_back(trade, repayment_id) is True
    assert take_back(trade, repayment_id) is False
    assert entries(trade) == [f"advance:{repayment_id}", f"advance:{repayment_id}:reversed"]
    assert (figures(trade), balance(trade, Account.BANK)) == ((LENT, LENT, LENT, LENT), bank + LENT)
    agree(trade, propose(trade))
    assert balance(trade, Account.ADVANCE) == 0
    [newest, oldest] = trade.run(repayments).items
    assert (newest.status, oldest.status) == (RepaymentStatus.REPAID, RepaymentStatus.TAKEN_BACK)


def test_when_the_bank_sends_the_payout_back_meanwhile_nobody_agrees_to_more_than_is_lent(trade: Trade):
    money_comes(trade, lent(trade))
    repayment_id = propose(trade)
    number = trade.run(runs_on_advance)[0].number
    send_back(trade, number, "li")
    with pytest.raises(MoreThanLent):
        agree(trade, repayment_id)
    pay(trade, number, "li", "B-2")
    assert figures(trade) == (0, 0, 0, 0), "the buyers' money has come: nothing is lent for it any more"


def test_money_that_the_lender_had_and_the_bank_sent_back_is_seen(trade: Trade):
    money_comes(trade, lent(trade))
    repayment_id = propose(trade)
    number = trade.run(runs_on_advance)[0].number
    agree(trade, repayment_id)
    send_back(trade, number, "li")
    assert figures(trade) == (0, 0, -LENT, 0)
    take_back(trade, repayment_id, "学校退回")
    assert figures(trade) == (0, 0, 0, 0)


def test_the_trail_the_work_list_and_the_report_tell_of_it(trade: Trade):
    order_id = lent(trade)
    piles = lambda: {one.pile: one for one in trade.run(lambda s: read_inbox(s, now=trade.now))}  # noqa: E731
    assert piles()[Pile.ADVANCES].count == 0
    money_comes(trade, order_id)
    assert [item.kind for item in piles()[Pile.ADVANCES].items] == ["repayable"]
    repayment_id = propose(trade)
    assert [item.kind for item in piles()[Pile.ADVANCES].items] == ["second"]
    agree(trade, repayment_id)
    assert piles()[Pile.ADVANCES].count == 0
    take_back(trade, repayment_id)
    told = sa.select(AuditEntry.action).where(AuditEntry.subject_type == "advance_repayment")
    assert trade.run(lambda s: list(s.scalars(told.order_by(AuditEntry.id)))) == [
        "advance.proposed",
        "advance.repaid",
        "advance.taken_back",
    ]
    today = trade.now.date()
    report = find_report("advances")
    added = trade.run(lambda s: totals(s, report, Span(today, today), "zh")[1])
    assert added == {"lent_fen": LENT, "owed_fen": 0, "came_in_fen": LENT}


def two_agree(trade: Trade) -> None:
    money_comes(trade, lent(trade))
    repayment_id = propose(trade, reference=f"HK-{trade.now:%d%H%M}")
    first, second = second_person(trade), third_person(trade)
    works = [
        partial(agree_to_repayment, repayment_id=repayment_id, actor_id=who, now=trade.now)
        for who in (first, second, first, second)
    ]
    assert sorted(at_once(trade, *works), key=str) == [False, False, False, True]
    agreed = sa.select(sa.func.count()).where(
        AuditEntry.action == "advance.repaid", AuditEntry.subject_id == str(repayment_id)
    )
    assert trade.run(lambda s: s.scalar(agreed)) == 1
    assert entries(trade).count(f"advance:{repayment_id}") == 1


@pytest.mark.race(twin="test_without_its_lock_two_would_agree")
def test_two_who_agree_at_once_post_once(trade: Trade):
    two_agree(trade)


def test_without_its_lock_two_would_agree(reckless: Trade):
    drop_unique(reckless.unit_of_work, "journal_entries", "uq_journal_entries_reference")
    drop_unique(reckless.unit_of_work, "audit_entries", "uq_audit_entries_hash")
    assert goes_wrong(lambda: two_agree(reckless))


def two_propose_all_of_it(trade: Trade) -> None:
    money_comes(trade, lent(trade))
    works = [
        partial(
            propose_repayment,
            said=Repaid(LENT, reference, trade.now.date()),
            actor_id=trade.admin_id,
            now=trade.now,
        )
        for reference in (f"HK-{trade.now:%d%H%M}", f"HK-{trade.now:%d%H%M}-2")
    ]
    results = at_once(trade, *works)
    assert results.count(NotComeInYet) == 1


@pytest.mark.race(twin="test_without_its_lock_it_would_be_repaid_twice")
def test_two_who_repay_all_of_it_at_once_do_not_repay_it_twice(trade: Trade):
    two_propose_all_of_it(trade)


def test_without_its_lock_it_would_be_repaid_twice(reckless: Trade):
    assert goes_wrong(lambda: two_propose_all_of_it(reckless))


def third_person(trade: Trade) -> int:
    def add(session) -> int:
        person = User(email=f"third{trade.now:%d%H%M%S}@shop.example", name="third", created_at=trade.now)
        session.add(person)
        session.flush()
        return person.id

    return trade.run(add)
