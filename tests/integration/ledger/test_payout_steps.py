"""A payout on its way: approved by a second person, paid once, sent back and paid again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from shop.accounts.models import AuditEntry
from shop.catalogue.models import Household, Variant
from shop.kit.clock import shanghai_date
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.transitions import IllegalStep
from shop.ledger.household_money import household_money
from shop.ledger.household_statement import household_statement
from shop.ledger.models import (
    Account,
    EntryKind,
    JournalEntry,
    PayeeKind,
    Payout,
    PayoutItem,
    PayoutStatus,
    Posting,
)
from shop.ledger.payouts import paying as payout_paying
from shop.ledger.payouts.approval import (
    OwnApproval,
    OwnRun,
    RunApproved,
    RunDiscarded,
    approve_run,
    discard_run,
)
from shop.ledger.payouts.bank_files import ExportedBefore, NothingToExport, export_transfers
from shop.ledger.payouts.closing import close_payouts
from shop.ledger.payouts.of_village import village_payouts
from shop.ledger.payouts.payees import PayeeAsked, PayeeMoved, set_payee
from shop.ledger.payouts.paying import HeldBack, pay_bank_file, pay_payout, return_payout
from shop.ledger.payouts.payslips import read_payslip
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import totals
from shop.storage.outbox import OutboxMessage
from tests.factories.payouts import CIPHER, IDENTITY, OTHER_IDENTITY, second_person
from tests.factories.trade import Trade, open_for_trade
from tests.factories.without_locks import drop_unique, goes_wrong, without_locks

ACCOUNT = "6222020200112230"
BANK = "农业银行平利支行"
OWN = PayeeAsked(PayeeKind.OWN, "李大山", IDENTITY, ACCOUNT, BANK)
WORD = "payees follow"
CASH = PayeeAsked(PayeeKind.CASH, "陈小河", OTHER_IDENTITY)


def name_payee(trade: Trade, household: str, asked: PayeeAsked = OWN, *, seen: int = 0) -> bool:
    who = {"cipher": CIPHER, "actor_id": trade.admin_id, "now": trade.now}
    household_id = trade.shop.households[household]
    return trade.run(lambda s: set_payee(s, household_id, asked, seen_version=seen, **who))


def a_day_later(trade: Trade) -> None:
    trade.now += timedelta(hours=24, minutes=1)


def drafted_run(trade: Trade, *, advance: bool = False) -> str:
    """Honey of li and chen, closed by the admin."""
    trade.deliver(trade.sell({"honey": 1}))
    return close(trade, advance=advance)


def close(trade: Trade, *, advance: bool = False) -> str:
    how = {"actor_id": trade.admin_id, "advance": advance}
    return trade.run(lambda s: close_payouts(s, trade.now.date(), now=trade.now, **how)).number


def approved_run(trade: Trade) -> str:
    name_payee(trade, "li")
    name_payee(trade, "chen", CASH)
    a_day_later(trade)
    number = drafted_run(trade)
    approve(trade, number)
    return number


def approve(trade: Trade, number: str) -> bool:
    actor = second_person(trade)
    return trade.run(lambda s: approve_run(s, number, word=WORD, actor_id=actor, now=trade.now))


def payout_of(trade: Trade, household: str) -> Payout:
    wanted = sa.select(Payout).where(Payout.household_id == trade.shop.households[household])
    return trade.run(lambda s: s.scalars(wanted.order_by(Payout.id.desc())).first())


def pay(trade: Trade, number: str, household: str, reference: str = "B-1", **more) -> bool:
    payout_id, who = payout_of(trade, household).id, {"actor_id": trade.admin_id, "now": trade.now}
    return trade.run(lambda s: pay_payout(s, number, payout_id, reference, **who, **more))


def send_back(trade: Trade, number: str, household: str, reason: str = "账号不符") -> bool:
    payout_id, who = payout_of(trade, household).id, {"actor_id": trade.admin_id, "now": trade.now}
    return trade.run(lambda s: return_payout(s, number, payout_id, reason, **who))


def export(trade: Trade, number: str, *, again: bool = False):
    who = {"cipher": CIPHER, "actor_id": trade.admin_id, "now": trade.now}
    return trade.run(lambda s: export_transfers(s, number, again=again, **who))


def balance(trade: Trade, account: Account) -> int:
    total = sa.select(sa.func.coalesce(sa.func.sum(Posting.amount_fen), 0)).where(Posting.account == account)
    return int(trade.run(lambda s: s.scalar(total)))


def entries(trade: Trade) -> list[str]:
    wanted = sa.select(JournalEntry.reference).where(JournalEntry.kind == EntryKind.PAYOUT)
    return trade.run(lambda s: list(s.scalars(wanted.order_by(JournalEntry.id))))


def test_who_closed_a_run_does_not_approve_it(trade: Trade):
    number = drafted_run(trade)
    with pytest.raises(OwnRun):
        trade.run(lambda s: approve_run(s, number, actor_id=trade.admin_id, now=trade.now))
    assert payout_of(trade, "li").status is PayoutStatus.DRAFT
    assert approve(trade, number) is True
    assert approve(trade, number) is False, "once is enough"
    assert payout_of(trade, "li").status is PayoutStatus.APPROVED


def system_made_run(trade: Trade) -> str:
    """As `approved_run`, but closed by the clock, and approved by the admin."""
    name_payee(trade, "li")
    a_day_later(trade)
    trade.deliver(trade.sell({"honey": 1}))
    number = trade.close().number
    trade.run(lambda s: approve_run(s, number, actor_id=trade.admin_id, now=trade.now))
    return number


def test_who_approved_a_run_that_nobody_closed_neither_makes_its_bank_file_nor_pays_it(trade: Trade):
    number = system_made_run(trade)
    alone = {"actor_id": trade.admin_id, "now": trade.now}
    with pytest.raises(OwnApproval):
        export(trade, number)
    with pytest.raises(OwnApproval):
        pay(trade, number, "li")
    with pytest.raises(OwnApproval):
        trade.run(lambda s: pay_bank_file(s, number, "F-1", **alone))
    assert (entries(trade), payout_of(trade, "li").exported_at) == ([], None)


def test_a_second_person_makes_its_bank_file_and_says_that_it_is_paid(trade: Trade):
    number = system_made_run(trade)
    other = {"actor_id": second_person(trade), "now": trade.now}
    assert trade.run(lambda s: export_transfers(s, number, again=False, cipher=CIPHER, **other))
    assert trade.run(lambda s: pay_bank_file(s, number, "F-1", **other)) == 1
    assert pay(trade, number, "li") is False, "it is paid: whoever presses again hears so"


def test_a_draft_is_not_paid(trade: Trade):
    name_payee(trade, "li")
    a_day_later(trade)
    number = drafted_run(trade)
    with pytest.raises(IllegalStep):
        pay(trade, number, "li")
    assert entries(trade) == []


def test_paying_posts_one_entry_and_paying_again_none(trade: Trade):
    number = approved_run(trade)
    bank, owed = balance(trade, Account.BANK), balance(trade, Account.HOUSEHOLD_PAYABLE)
    assert pay(trade, number, "li") is True
    assert pay(trade, number, "li", "B-2") is False
    payout = payout_of(trade, "li")
    assert (payout.status, payout.bank_reference, payout.paid_by_id) == (
        PayoutStatus.PAID,
        "B-1",
        trade.admin_id,
    )
    assert entries(trade) == [f"payout:{payout.id}:1"]
    assert balance(trade, Account.BANK) == bank - 2533
    assert balance(trade, Account.HOUSEHOLD_PAYABLE) == owed + 2533
    money = trade.run(lambda s: household_money(s, [trade.shop.households["li"]]))
    assert (money.paid, money.being_paid) == (2533, 0)


def days_ago(trade: Trade, days: int) -> date:
    return shanghai_date(trade.now) - timedelta(days=days)


def posted_on(trade: Trade, reference: str) -> date:
    wanted = sa.select(JournalEntry.posted_at).where(JournalEntry.reference == reference)
    return shanghai_date(trade.run(lambda s: s.scalars(wanted).one()))


def test_what_the_bank_paid_days_ago_stands_in_the_books_on_that_day(trade: Trade):
    number = approved_run(trade)
    approved = shanghai_date(trade.now)
    trade.now += timedelta(days=3)
    for wrong in (days_ago(trade, -1), approved - timedelta(days=1)):
        with pytest.raises(InvalidInput) as refused:
            pay(trade, number, "li", paid_on=wrong)
        assert refused.value.errors.keys() == {"paid_on"}
    assert entries(trade) == []
    assert pay(trade, number, "li", paid_on=days_ago(trade, 2)) is True
    payout = payout_of(trade, "li")
    assert shanghai_date(payout.paid_at) == days_ago(trade, 2) == posted_on(trade, f"payout:{payout.id}:1")
    chen = payout_of(trade, "chen")
    assert pay(trade, number, "chen", paid_on=approved) is True, "on the day of the approval, too"
    assert posted_on(trade, f"payout:{chen.id}:1") == approved


def test_a_whole_bank_file_is_paid_on_one_day_and_again_not_before_it_came_back(trade: Trade):
    number = approved_run(trade)
    export(trade, number)
    trade.now += timedelta(days=4)
    who = {"actor_id": trade.admin_id, "now": trade.now}
    assert trade.run(lambda s: pay_bank_file(s, number, "F-1", paid_on=days_ago(trade, 3), **who)) == 1
    payout = payout_of(trade, "li")
    assert posted_on(trade, f"payout:{payout.id}:1") == days_ago(trade, 3)
    send_back(trade, number, "li")
    trade.now += timedelta(days=1)
    with pytest.raises(InvalidInput):
        pay(trade, number, "li", paid_on=days_ago(trade, 2))
    assert pay(trade, number, "li", paid_on=days_ago(trade, 1)) is True


@pytest.mark.parametrize("name", ["李大山", "阿卜杜拉·热合曼", "买买提•吐尔逊", "Mary O'Neil-Li"])
def test_names_of_all_kinds_are_taken(trade: Trade, name: str):
    assert name_payee(trade, "li", replace(OWN, name=name)) is not None


def test_without_a_reference_nothing_is_paid(trade: Trade):
    number = approved_run(trade)
    with pytest.raises(InvalidInput):
        pay(trade, number, "li", "  ")
    assert entries(trade) == []


def test_a_transfer_that_the_bank_sent_back_is_taken_back_and_paid_again(trade: Trade):
    number = approved_run(trade)
    pay(trade, number, "li")
    bank = balance(trade, Account.BANK)
    assert send_back(trade, number, "li") is True
    assert send_back(trade, number, "li") is False
    payout = payout_of(trade, "li")
    assert (payout.status, payout.attempt, payout.failed_reason) == (PayoutStatus.APPROVED, 2, "账号不符")
    assert balance(trade, Account.BANK) == bank + 2533
    assert trade.violations() == []
    assert pay(trade, number, "li", "B-9") is True
    assert balance(trade, Account.BANK) == bank
    first = f"payout:{payout.id}"
    assert entries(trade) == [f"{first}:1", f"{first}:1:returned", f"{first}:2"]


def test_a_discarded_run_frees_its_postings(trade: Trade):
    number = drafted_run(trade)
    with pytest.raises(InvalidInput):
        trade.run(lambda s: discard_run(s, number, " ", actor_id=trade.admin_id, now=trade.now))
    who = {"actor_id": trade.admin_id, "now": trade.now}
    assert trade.run(lambda s: discard_run(s, number, "wrong day", **who)) is True
    assert trade.run(lambda s: discard_run(s, number, "wrong day", **who)) is False
    assert trade.run(lambda s: s.scalar(sa.select(sa.func.count()).select_from(PayoutItem))) == 0
    with pytest.raises(RunDiscarded):
        approve(trade, number)
    assert trade.close().total_fen == 3799


def test_an_approved_run_is_not_discarded(trade: Trade):
    number = drafted_run(trade)
    approve(trade, number)
    with pytest.raises(RunApproved):
        trade.run(lambda s: discard_run(s, number, "late", actor_id=trade.admin_id, now=trade.now))


def test_a_changed_account_waits_a_day_and_tells_the_old_contact(trade: Trade):
    li = trade.shop.households["li"]
    trade.run(
        lambda s: s.execute(sa.text("UPDATE households SET phone = '13900000001' WHERE id = :id"), {"id": li})
    )
    name_payee(trade, "li")
    a_day_later(trade)
    number = drafted_run(trade)
    approve(trade, number)
    trade.run(
        lambda s: s.execute(sa.text("UPDATE households SET phone = '13900000002' WHERE id = :id"), {"id": li})
    )
    other = PayeeAsked(
        PayeeKind.RELATIVE, "李小山", IDENTITY, "6222020200119995", BANK, "儿子", consents=True
    )
    assert name_payee(trade, "li", other, seen=1) is True
    told = trade.run(
        lambda s: [m.payload for m in s.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))]
    )
    phones = [one["phone"] for one in told if one.get("message") == "payee_changed" and "phone" in one]
    assert phones == ["13900000001", "13900000001"]
    with pytest.raises(HeldBack, match="24 hours"):
        pay(trade, number, "li")
    with pytest.raises(NothingToExport):
        export(trade, number)
    a_day_later(trade)
    assert [one.payee.account for one in export(trade, number)] == ["6222020200119995"]


def test_nobody_named_is_held_back(trade: Trade):
    number = drafted_run(trade)
    approve(trade, number)
    with pytest.raises(HeldBack, match="Nobody is named"):
        pay(trade, number, "li")


def test_what_went_to_the_bank_may_be_noted_though_the_account_changed(trade: Trade):
    number = approved_run(trade)
    export(trade, number)
    name_payee(trade, "li", replace(CASH, identity=IDENTITY), seen=1)
    assert pay(trade, number, "li") is True


def test_a_bank_file_holds_transfers_once_and_again_only_when_asked(trade: Trade):
    number = approved_run(trade)
    (only,) = export(trade, number)
    assert (only.payee.name, only.payee.account, only.amount_fen, only.again) == (
        "李大山",
        ACCOUNT,
        2533,
        False,
    )
    with pytest.raises(ExportedBefore):
        export(trade, number)
    assert [one.again for one in export(trade, number, again=True)] == [True]
    pay(trade, number, "li")
    send_back(trade, number, "li")
    assert [one.reference[-2:] for one in export(trade, number)] == ["-2"], "a new attempt is a new transfer"


def test_a_file_that_the_bank_paid_is_noted_at_once_and_only_once(trade: Trade):
    number = approved_run(trade)
    export(trade, number)
    who = {"actor_id": trade.admin_id, "now": trade.now}
    assert trade.run(lambda s: pay_bank_file(s, number, "F-1", **who)) == 1
    assert trade.run(lambda s: pay_bank_file(s, number, "F-1", **who)) == 0
    states = (payout_of(trade, "li").status, payout_of(trade, "chen").status)
    assert states == (PayoutStatus.PAID, PayoutStatus.APPROVED), "cash stands in no file"


def test_a_draft_run_has_no_bank_file(trade: Trade):
    name_payee(trade, "li")
    a_day_later(trade)
    with pytest.raises(NothingToExport):
        export(trade, drafted_run(trade))


def test_secrets_lie_sealed_and_out_of_the_trail(trade: Trade):
    name_payee(trade, "li")
    row = trade.run(lambda s: s.execute(sa.text("SELECT * FROM payees")).one())
    trail = trade.run(lambda s: [str(entry.facts) for entry in s.scalars(sa.select(AuditEntry))])
    for secret in ("李大山", IDENTITY, ACCOUNT):
        assert secret not in str(row) + "".join(trail)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (PayeeAsked(PayeeKind.OWN, "李大山", "110105194912310021", ACCOUNT, BANK), "identity"),
        (PayeeAsked(PayeeKind.OWN, "李大山", IDENTITY, "12", BANK), "account"),
        (PayeeAsked(PayeeKind.OWN, "", IDENTITY, ACCOUNT, BANK), "name"),
        (PayeeAsked(PayeeKind.OWN, "<script>x", IDENTITY, ACCOUNT, BANK), "name"),
        (PayeeAsked(PayeeKind.OWN, '=HYPERLINK("http://x")', IDENTITY, ACCOUNT, BANK), "name"),
        (PayeeAsked(PayeeKind.OWN, "+cmd", IDENTITY, ACCOUNT, BANK), "name"),
        (PayeeAsked(PayeeKind.OWN, "李大山", IDENTITY, ACCOUNT, " "), "bank"),
        (PayeeAsked(PayeeKind.RELATIVE, "李大山", IDENTITY, ACCOUNT, BANK, relation="儿子"), "consents"),
        (PayeeAsked(PayeeKind.RELATIVE, "李大山", IDENTITY, ACCOUNT, BANK, consents=True), "relation"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(trade: Trade, asked: PayeeAsked, field: str):
    with pytest.raises(InvalidInput) as refused:
        name_payee(trade, "li", asked)
    assert set(refused.value.errors) == {field}


def test_two_people_on_one_payee_are_noticed(trade: Trade):
    name_payee(trade, "li")
    with pytest.raises(PayeeMoved):
        name_payee(trade, "li", CASH, seen=0)
    assert name_payee(trade, "li", OWN, seen=1) is False, "nothing changed, so nobody waits"


def test_before_the_buyers_money_came_a_household_is_paid_from_the_advance_account(trade: Trade):
    name_payee(trade, "li")
    a_day_later(trade)
    trade.deliver(trade.sell_on_terms({"honey": 1}))
    assert trade.close() is None
    number = close(trade, advance=True)
    approve(trade, number)
    bank = balance(trade, Account.BANK)
    pay(trade, number, "li")
    assert (balance(trade, Account.ADVANCE), balance(trade, Account.BANK)) == (-2533, bank)
    send_back(trade, number, "li")
    assert balance(trade, Account.ADVANCE) == 0


def test_a_household_reads_money_as_being_paid_once_the_payout_is_approved(trade: Trade):
    li = [trade.shop.households["li"]]
    approved_run(trade)
    money = trade.run(lambda s: household_money(s, li))
    assert (money.earned, money.due, money.being_paid, money.paid) == (2533, 0, 2533, 0)


def test_a_payslip_says_what_for_and_adds_up_to_the_payout(trade: Trade):
    trade.deliver(trade.sell({"tea": 2, "honey": 1}))
    number = drafted_run(trade)
    payout = payout_of(trade, "li")
    slip = trade.run(lambda s: read_payslip(s, payout.id))
    assert (slip.run_number, slip.lines_fen) == (number, payout.amount_fen)
    assert {(line.lot, line.units) for line in slip.lines} >= {("honey-pool", 1)}
    packs = trade.run(lambda s: {variant.name_zh for variant in s.scalars(sa.select(Variant))})
    assert all(line.goods_zh.endswith(tuple(f" {pack}" for pack in packs)) for line in slip.lines)


def test_a_statement_goes_from_what_was_owed_to_what_is_owed(trade: Trade):
    number = approved_run(trade)
    pay(trade, number, "li")
    today, li = trade.now.date(), trade.shop.households["li"]
    whole = trade.run(
        lambda s: household_statement(s, li, today - timedelta(days=30), today + timedelta(days=1))
    )
    assert (whole.opening_fen, whole.earned_fen, whole.paid_fen, whole.closing_fen) == (0, 2533, 2533, 0)
    later = trade.run(
        lambda s: household_statement(s, li, today + timedelta(days=2), today + timedelta(days=3))
    )
    assert (later.opening_fen, later.lines) == (0, ())


def words_of(trade: Trade, household: str) -> list[tuple[str, int]]:
    """What a household's statement says of each entry, and what it gives or takes, in fen."""
    today, household_id = trade.now.date(), trade.shop.households[household]
    days = (today - timedelta(days=30), today + timedelta(days=30))
    shown = trade.run(lambda s: household_statement(s, household_id, *days))
    return [(shown.word_of(line), line.fen) for line in shown.lines]


def test_a_statement_says_that_a_payout_came_back(trade: Trade):
    number = approved_run(trade)
    pay(trade, number, "li")
    send_back(trade, number, "li")
    said = words_of(trade, "li")
    assert said[-2:] == [("Payout", -2533), ("Payout that came back", 2533)]


def test_a_statement_says_whose_units_went_where(trade: Trade):
    order_id = trade.sell({"tea": 1})
    trade.decline(order_id)
    moved = [
        word
        for household in trade.shop.households
        for word in words_of(trade, household)
        if word[0] in {"Given to another household", "Units came from another household"}
    ]
    assert moved
    assert all((word == "Given to another household") is (fen < 0) for word, fen in moved)


def test_a_statement_says_that_the_household_bears_a_refund(trade: Trade):
    order_id = trade.sell({"honey": 3}, courier=True)
    trade.ship(order_id)
    trade.part_refund(order_id, "household", units={"honey": 1})
    said = [words_of(trade, household)[-1] for household in ("li", "chen")]
    assert any(word == "Refund that the household bears" and fen < 0 for word, fen in said)


def test_a_village_reads_a_sum_only_where_it_hides_each_household(trade: Trade, monkeypatch):
    number = approved_run(trade)
    pay(trade, number, "li")
    of_households = sa.select(Household.id, Household.village_id).join(
        Payout, Payout.household_id == Household.id
    )
    villages = dict(tuple(row) for row in trade.run(lambda s: s.execute(of_households).all()))
    here = villages[trade.shop.households["li"]]
    rows = trade.run(lambda s: village_payouts(s, [here])).items
    assert [(row.run_number, row.paid, row.shown_fen) for row in rows] == [(number, 1, None)]
    assert trade.run(lambda s: village_payouts(s, [])).items == []
    monkeypatch.setattr("shop.ledger.payouts.of_village.FEWEST_HOUSEHOLDS", 1)
    assert (
        sum(row.shown_fen for row in trade.run(lambda s: village_payouts(s, set(villages.values()))).items)
        == 3799
    )


def test_what_a_report_calls_claimed_is_what_payouts_have_still_to_pay(trade: Trade):
    number, today = approved_run(trade), trade.now.date()

    def owed() -> dict[str, int]:
        report = find_report("household-payable")
        return trade.run(lambda s: totals(s, report, Span(today, today), "zh")[1])

    assert (owed()["claimed_fen"], owed()["waiting_fen"]) == (3799, 0)
    pay(trade, number, "li")
    assert owed() == {"waiting_fen": 0, "claimed_fen": 1266, "owed_fen": 1266}
    send_back(trade, number, "li")
    assert owed() == {"waiting_fen": 0, "claimed_fen": 3799, "owed_fen": 3799}


def test_the_report_of_a_past_day_says_what_was_owed_and_in_which_payouts_then(trade: Trade):
    """Sold on the first day, in a payout on the third, paid on the fifth, sent back on the seventh."""
    name_payee(trade, "li")
    name_payee(trade, "chen", CASH)
    order_id, began = trade.sell({"honey": 1}), trade.now

    def on(day: int) -> Trade:
        trade.now = began + timedelta(days=day)
        return trade

    on(2).deliver(order_id)
    number = close(trade)
    approve(trade, number)
    pay(on(4), number, "li")
    send_back(on(6), number, "li")

    def owed(day: int) -> tuple[int, ...]:
        report, then = find_report("household-payable"), (began + timedelta(days=day)).date()
        sums = trade.run(lambda s: totals(s, report, Span(then, then), "zh")[1])
        return sums["waiting_fen"], sums["claimed_fen"], sums["owed_fen"]

    assert owed(-1) == (0, 0, 0)
    assert owed(0) == owed(1) == (3799, 0, 3799)
    assert owed(3) == (0, 3799, 3799)
    assert owed(4) == owed(5) == (0, 1266, 1266)
    assert owed(6) == (0, 3799, 3799)


def at_once(trade: Trade, *works) -> list[object]:
    ready = Barrier(len(works))

    def one(work) -> object:
        ready.wait()
        try:
            return trade.unit_of_work.run(work)
        except (Conflict, InvalidInput, SQLAlchemyError) as refused:
            return type(refused)

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


@pytest.fixture
def reckless(session, unit_of_work) -> Trade:
    """A shop at work with every lock switched off; what its books look like afterwards is not looked at."""
    trade = open_for_trade(session, unit_of_work)
    trade.unit_of_work = without_locks(unit_of_work)
    return trade


@pytest.mark.race(twin="test_without_its_lock_both_would_find_it_unpaid")
def test_two_who_mark_it_paid_at_once_post_once(trade: Trade):
    number = approved_run(trade)
    payout_id, who = payout_of(trade, "li").id, {"actor_id": trade.admin_id, "now": trade.now}
    results = at_once(trade, *[lambda s: pay_payout(s, number, payout_id, "B-1", **who)] * 4)
    assert sorted(results) == [False, False, False, True]
    assert len(entries(trade)) == 1


def one_of_two_has_the_account(trade: Trade) -> None:
    wife = replace(OWN, name="王小花", identity=OTHER_IDENTITY)
    who = {"cipher": CIPHER, "actor_id": trade.admin_id, "now": trade.now, "seen_version": 0}
    works = [
        partial(set_payee, household_id=trade.shop.households[household], asked=asked, **who)
        for household, asked in (("li", OWN), ("chen", wife))
    ]
    assert sorted(at_once(trade, *works), key=str) == [InvalidInput, True]


@pytest.mark.race(twin="test_without_its_lock_both_households_would_have_the_account")
def test_two_households_written_at_once_do_not_both_have_one_account(trade: Trade):
    one_of_two_has_the_account(trade)


def test_without_its_lock_both_households_would_have_the_account(reckless: Trade):
    assert goes_wrong(lambda: one_of_two_has_the_account(reckless))


def four_approve_once(trade: Trade) -> None:
    number, actor = drafted_run(trade), second_person(trade)
    results = at_once(
        trade, *[lambda s: approve_run(s, number, word=WORD, actor_id=actor, now=trade.now)] * 4
    )
    assert results.count(True) == 1
    assert results.count(False) == 3
    noted = sa.select(sa.func.count()).where(
        AuditEntry.action == "payout.approved", AuditEntry.subject_id == number
    )
    assert trade.run(lambda s: s.scalar(noted)) == 1


@pytest.mark.race(twin="test_without_its_lock_several_would_approve_it")
def test_two_who_approve_at_once_approve_once(trade: Trade):
    four_approve_once(trade)


def test_without_its_lock_several_would_approve_it(reckless: Trade):
    # Two equal entries of one moment have one hash, at which the second would be run again and see the first.
    drop_unique(reckless.unit_of_work, "audit_entries", "uq_audit_entries_hash")
    assert goes_wrong(lambda: four_approve_once(reckless))


def approved_or_discarded(trade: Trade) -> None:
    number, who = drafted_run(trade), {"actor_id": second_person(trade), "now": trade.now}
    results = at_once(
        trade,
        lambda s: approve_run(s, number, word=WORD, **who),
        lambda s: discard_run(s, number, "late", **who),
    )
    assert sorted(results, key=str) in ([RunApproved, True], [RunDiscarded, True])


@pytest.mark.race(twin="test_without_its_lock_it_would_be_approved_and_discarded")
def test_approving_and_discarding_at_once_ends_in_one_of_the_two(trade: Trade):
    approved_or_discarded(trade)


def test_without_its_lock_it_would_be_approved_and_discarded(reckless: Trade):
    assert goes_wrong(lambda: approved_or_discarded(reckless))


def test_without_its_lock_both_would_find_it_unpaid(session, unit_of_work, backend: str, monkeypatch):
    """The twin of the race above: only the lock lets the second see that the first has paid."""
    if backend == "sqlite":
        pytest.skip("one writer at a time: nobody reads too early")
    trade = open_for_trade(session, unit_of_work)
    number = approved_run(trade)
    payout_id, who = payout_of(trade, "li").id, {"actor_id": trade.admin_id, "now": trade.now}
    meeting, refuse = Barrier(2), payout_paying._refuse_held_back

    def read_together(*arguments) -> None:
        meeting.wait(timeout=5)
        refuse(*arguments)

    monkeypatch.setattr(payout_paying, "lock_row", lambda s, _rank, statement: s.scalar(statement))
    monkeypatch.setattr(payout_paying, "_refuse_held_back", read_together)
    monkeypatch.setattr(
        payout_paying, "post", lambda *_args, **_more: None
    )  # its unique reference is the last defence
    results = at_once(trade, *[lambda s: pay_payout(s, number, payout_id, "B-1", **who)] * 2)
    assert results == [True, True]
