"""Payouts in the back office: approved by a second person, sent to the bank, paid, printed."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from shop.accounts.models import AuditEntry, RoleName
from shop.catalogue.models import Household
from shop.inventory.holds import ship_allocations
from shop.inventory.models import Allocation
from shop.kit.clock import shanghai_date, utc_now
from shop.ledger.models import EntryKind, JournalEntry, Payout, PayoutRun, PayoutStatus
from shop.ordering.completion import complete, mark_shipped
from shop.ordering.models import Order
from tests.factories.payouts import IDENTITY, OTHER_IDENTITY

ACCOUNT = "6222020200112230"
PAYEE = {
    "kind": "own",
    "name": "李大山",
    "identity": IDENTITY,
    "account": ACCOUNT,
    "account_again": "6222 0202 0011 2230",
    "bank": "农业银行",
    "seen": "0",
}


@pytest.fixture
def other(desk_of):
    """Somebody else of finance."""
    return desk_of("other", RoleName.ADMIN, RoleName.FINANCE)


@pytest.fixture
def run(unit_of_work, paid, admin, see) -> str:
    """The address of a run that the admin closed: one household is owed something."""
    now = utc_now()
    ids = unit_of_work.run(lambda session: list(session.scalars(sa.select(Allocation.id))))
    unit_of_work.run(lambda session: ship_allocations(session, ids, now=now))
    unit_of_work.run(lambda session: mark_shipped(session, paid.order_id, now=now))
    unit_of_work.run(lambda session: complete(session, paid.order_id, now=now))
    return admin.post("/admin/payouts/close", until=shanghai_date(now).isoformat()).location


def payee_path(see) -> str:
    return f"/admin/households/{see(sa.select(Payout.household_id))[0]}/payee"


def payout_path(run: str, see) -> str:
    return f"{run}/{see(sa.select(Payout.id))[0]}"


@pytest.fixture
def named(admin, run, see, unit_of_work) -> str:
    """The run, and who takes its money was written down long ago."""
    assert admin.post(payee_path(see), **PAYEE).status_code == 303
    long_ago = sa.text("UPDATE payees SET usable_from = changed_at")
    unit_of_work.run(lambda session: session.execute(long_ago))
    return run


def test_who_closed_it_finds_no_button_and_somebody_else_approves(admin, other, run, see):
    assert f'action="{run}/approve"' not in admin.get(run).text
    admin.post(f"{run}/approve")
    assert "You closed this run yourself" in admin.said()
    assert see(sa.select(Payout.status)) == [PayoutStatus.DRAFT]
    assert f'action="{run}/approve"' in other.get(run).text
    other.post(f"{run}/approve", word="payees follow")
    assert see(sa.select(Payout.status)) == [PayoutStatus.APPROVED]
    assert "Approved" in admin.get("/admin/payouts").text


def test_of_a_draft_that_the_shop_made_who_approved_it_finds_no_way_to_pay_it(
    admin, other, named, see, unit_of_work
):
    unit_of_work.run(lambda session: session.execute(sa.update(PayoutRun).values(created_by_id=None)))
    admin.post(f"{named}/approve")
    path = payout_path(named, see)
    for address in (named, path):
        page = admin.get(address).text
        assert "You approved this run" in page
        assert "bank-file" not in page
        assert f'action="{path}/paid"' not in page
    for deed in (f"{named}/bank-file", f"{named}/bank-file/paid", f"{path}/paid"):
        assert admin.post(deed, reference="F-1").status_code == 303
        assert "You approved this run" in admin.said()
    assert f'action="{named}/bank-file"' in other.get(named).text
    assert ACCOUNT in other.post(f"{named}/bank-file").text
    other.post(f"{named}/bank-file/paid", reference="F-1")
    assert see(sa.select(Payout.status)) == [PayoutStatus.PAID]


def test_a_draft_is_discarded_with_a_reason_and_its_money_stands_in_the_next_run(admin, run, see):
    admin.post(f"{run}/discard", reason=" ")
    assert "Please say why." in admin.said()
    admin.post(f"{run}/discard", reason="the wrong day")
    page = admin.get(run).text
    assert "the wrong day" in page
    assert f'action="{run}/discard"' not in page
    admin.post("/admin/payouts/close", until=shanghai_date(utc_now()).isoformat())
    assert see(sa.select(Payout.amount_fen)) == [10336]
    assert len(see(sa.select(PayoutRun.id))) == 2


def test_from_approval_to_the_bank_and_back_and_paid_again(admin, other, named, see):
    other.post(f"{named}/approve")
    path = payout_path(named, see)
    answer = admin.post(f"{named}/bank-file", encoding="utf-8-sig")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert all(word in answer.text for word in ("李大山", ACCOUNT, "103.36"))
    assert admin.post(f"{named}/bank-file").status_code == 303
    assert "stands in a bank file already" in admin.said()
    again = admin.post(f"{named}/bank-file", encoding="gb18030", again="1")
    assert "李大山" in again.data.decode("gb18030")
    for wrong, says in (
        ("2999-01-01", "This day has not come yet."),
        ("yesterday", "Please enter a day such as"),
        ("0001-01-01", "No money of it can have left before"),
    ):
        admin.post(f"{path}/paid", reference="ICBC-1", paid_on=wrong)
        assert says in admin.said()
    today = shanghai_date(utc_now()).isoformat()
    assert f'name="paid_on" type="date" value="{today}"' in admin.get(path).text
    admin.post(f"{path}/paid", reference="ICBC-1", paid_on=today)
    admin.post(f"{path}/paid", reference="ICBC-1")
    assert "ICBC-1" in admin.get(path).text
    admin.post(f"{path}/sent-back", reason="no such account")
    assert "no such account" in admin.get(path).text
    admin.post(f"{path}/paid", reference="ICBC-2")
    assert len(see(sa.select(JournalEntry.id).where(JournalEntry.kind == EntryKind.PAYOUT))) == 3
    page = admin.get(named).text
    assert "Paid out" in page
    trail = admin.get("/admin/audit").text
    for words in ("Payouts approved", "Bank file made", "Payout paid", "Payout that came back"):
        assert words in trail
    assert ACCOUNT not in trail


def test_a_new_account_is_held_back_and_the_page_says_why(admin, other, run, see):
    other.post(f"{run}/approve", word="payees follow")
    assert "Nobody is named yet" in admin.get(run).text
    admin.post(payee_path(see), **PAYEE)
    path = payout_path(run, see)
    assert "less than 24 hours ago" in admin.get(path).text
    admin.post(f"{path}/paid", reference="B-1")
    assert "less than 24 hours ago" in admin.said()
    assert see(sa.select(Payout.status)) == [PayoutStatus.APPROVED]


def test_accounts_are_masked_until_somebody_asks_and_that_is_written_down(admin, named, see):
    path = payee_path(see)
    for address in (path, payout_path(named, see), named, f"{named}/receipts"):
        page = admin.get(address).text
        assert ACCOUNT not in page
        assert IDENTITY not in page
        assert "李大山" not in page
    shown = admin.post(f"{path}/reveal", reason="pay").text
    assert ACCOUNT in shown
    assert IDENTITY in shown
    assert "payee.revealed" in see(sa.select(AuditEntry.action))


def test_revealing_and_paying_ask_for_the_password_again_after_a_while(admin, named, see):
    with time_machine.travel(utc_now() + timedelta(minutes=29)):
        answer = admin.post(f"{payee_path(see)}/reveal")
    assert answer.status_code == 401
    assert 'type="password"' in answer.text
    assert "payee.revealed" not in see(sa.select(AuditEntry.action))


def test_what_was_typed_wrong_is_said_at_its_field_and_kept(admin, run, see):
    answer = admin.post(payee_path(see), **(PAYEE | {"identity": "123"}))
    assert answer.status_code == 400
    assert 'id="identity-error"' in answer.text
    assert 'value="李大山"' in answer.text
    admin.post(payee_path(see), **PAYEE)
    late = admin.post(payee_path(see), **(PAYEE | {"kind": "cash"}))
    assert "Somebody else has changed this meanwhile" in late.text


def test_a_payout_leads_to_its_entry_and_the_entry_to_its_payout(admin, other, named, see):
    other.post(f"{named}/approve", word="payees follow")
    path = payout_path(named, see)
    admin.post(f"{path}/paid", reference="B-1")
    [entry_id] = see(sa.select(JournalEntry.id).where(JournalEntry.kind == EntryKind.PAYOUT))
    entry = f"/admin/books/entries/{entry_id}"
    assert f'href="{entry}"' in admin.get(path).text
    assert f'href="{entry}"' in admin.get(named).text
    assert f'href="{path}"' in admin.get(entry).text


def test_cash_is_not_spoken_of_as_if_a_bank_had_it(admin, other, run, see, unit_of_work):
    admin.post(payee_path(see), **(PAYEE | {"kind": "cash", "account": "", "account_again": "", "bank": ""}))
    unit_of_work.run(lambda session: session.execute(sa.text("UPDATE payees SET usable_from = changed_at")))
    other.post(f"{run}/approve")
    path = payout_path(run, see)
    asks = admin.get(path).text
    assert "Number of the receipt" in asks
    admin.post(f"{path}/paid", reference="R-7")
    assert see(sa.select(Payout.in_cash)) == [True]
    paid, slip = admin.get(path).text, admin.get(f"{path}/slip").text
    assert "It was not taken" in paid
    for page in (asks, paid, slip):
        assert "Bank&#39;s reference" not in page
        assert "bank sent it back" not in page
    assert "Number of the receipt" in slip
    admin.post(f"{path}/sent-back", reason="nobody came")
    assert "Was not taken" in admin.get(path).text
    assert "Not taken: nobody came" in admin.get(run).text


def test_papers_add_up_to_the_payout(admin, other, named, see):
    other.post(f"{named}/approve")
    slip = admin.get(f"{payout_path(named, see)}/slip").text
    assert slip.count("103.36") >= 2, "in its line and in all"
    statement = admin.get(payee_path(see).replace("/payee", "/statement")).text
    assert "103.36" in statement
    number = see(sa.select(Order.number))[0]
    assert all(f"/admin/orders/{number}" in page for page in (slip, statement))
    assert "owed to the household at the end" in statement
    assert "Nothing of this run is to be paid in cash" in admin.get(f"{named}/receipts").text


def test_a_statement_of_days_the_wrong_way_round_says_so_and_keeps_them(admin, run, see):
    days = {"from": "2026-11-30", "to": "2026-11-01"}
    answer = admin.get(payee_path(see).replace("/payee", "/statement"), **days)
    assert answer.status_code == 400
    assert "The last day lies before the first." in answer.text
    assert 'value="2026-11-30"' in answer.text
    assert 'value="2026-11-01"' in answer.text


def test_the_dashboard_shows_runs_to_approve_and_to_pay_and_households_without_a_payee(
    admin, other, clerk, run, see, unit_of_work
):
    number = run.rsplit("/", 1)[1]
    page = other.get("/admin").text
    assert f'href="{run}"' in page
    assert "Waits for a second person" in page
    assert payee_path(see) in page
    assert payee_path(see) in other.get("/admin/payees").text
    admin.post(payee_path(see), **PAYEE)
    unit_of_work.run(lambda session: session.execute(sa.text("UPDATE payees SET usable_from = changed_at")))
    assert payee_path(see) not in other.get("/admin").text
    assert "Every household that is owed money" in other.get("/admin/payees").text
    other.post(f"{run}/approve")
    assert "Approved, not all of it is paid" in other.get("/admin").text
    admin.post(f"{payout_path(run, see)}/paid", reference="B-1")
    assert number not in other.get("/admin").text
    assert clerk.get("/admin/payees").status_code == 404


def test_a_run_in_which_nobody_can_be_paid_is_approved_only_with_a_word(admin, other, run, see):
    page = other.get(run).text
    assert "0 of 1 households have somebody who takes their money." in page
    assert "1 household cannot be paid (¥103.36)." in page
    other.post(f"{run}/approve")
    assert "Nobody in this run can be paid" in other.said()
    assert see(sa.select(Payout.status)) == [PayoutStatus.DRAFT]
    other.post(f"{run}/approve", word="payees follow tomorrow")
    assert see(sa.select(Payout.status)) == [PayoutStatus.APPROVED]
    [facts] = see(sa.select(AuditEntry.facts).where(AuditEntry.action == "payout.approved"))
    assert facts["reason"] == "payees follow tomorrow"


def test_a_run_says_who_was_named_less_than_a_day_ago(admin, other, run, see):
    admin.post(payee_path(see), **PAYEE)
    page = other.get(run).text
    assert "1 of 1 households have somebody who takes their money." in page
    assert "1 was named less than 24 hours ago and waits." in page
    other.post(f"{run}/approve")
    assert see(sa.select(Payout.status)) == [PayoutStatus.APPROVED]


def test_a_cards_slip_and_a_second_number_that_differs_are_said_at_their_fields(admin, run, see):
    slip = admin.post(payee_path(see), **(PAYEE | {"account": "6222020200112231"}))
    assert "This looks like a bank card, and a digit of it is wrong" in slip.text
    again = admin.post(payee_path(see), **(PAYEE | {"account_again": "6222020200112231"}))
    assert 'id="account_again-error"' in again.text
    passbook = {"account": "2610051209200012345", "account_again": "2610051209200012345"}
    assert admin.post(payee_path(see), **(PAYEE | passbook)).status_code == 303


def test_one_identity_number_stands_for_one_household_or_for_a_relative_of_two(admin, run, shop, see):
    assert admin.post(payee_path(see), **PAYEE).status_code == 303
    other_id = next(one for one in shop.households.values() if f"/{one}/" not in payee_path(see))
    other_path = f"/admin/households/{other_id}/payee"
    answer = admin.post(other_path, **PAYEE)
    assert answer.status_code == 400
    assert "One person heads one household" in answer.text
    relative = PAYEE | {"kind": "relative", "relation": "儿子", "consents": "y"}
    assert "takes the money of" in admin.post(other_path, **relative).text
    assert admin.post(other_path, **relative, shared="y").status_code == 303


def test_two_households_have_one_account_only_where_somebody_says_that_they_share_it(admin, run, shop, see):
    assert admin.post(payee_path(see), **PAYEE).status_code == 303
    mine = int(payee_path(see).split("/")[3])
    other_path = f"/admin/households/{next(one for one in shop.households.values() if one != mine)}/payee"
    wife = PAYEE | {"name": "王小花", "identity": OTHER_IDENTITY}
    answer = admin.post(other_path, **wife)
    assert answer.status_code == 400
    [alias] = see(sa.select(Household.alias_zh).where(Household.id == mine))
    assert f"The money of {alias} goes to this account already" in answer.text
    assert admin.post(other_path, **wife, shares_account="y").status_code == 303
    assert "Shares the account with" in admin.get("/admin/audit").text
    assert see(sa.select(AuditEntry.facts).where(AuditEntry.action == "payee.set"))[-1] == {
        "payee_kind": "own",
        "shares_account_with": [mine],
    }


def test_a_payout_in_cash_says_so_in_its_run(admin, run, see, unit_of_work):
    admin.post(payee_path(see), **(PAYEE | {"kind": "cash"}))
    unit_of_work.run(lambda session: session.execute(sa.text("UPDATE payees SET usable_from = changed_at")))
    assert "Cash against a signed receipt" in admin.get(run).text
