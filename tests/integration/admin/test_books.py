"""The books in the back office: from a month to an account, to an entry, to its order."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.kit.clock import month_of, months_before, shanghai_date, shanghai_midnight, utc_now
from shop.ledger.models import Account, ClosedMonth, EntryKind, JournalEntry
from shop.ledger.posting import Place, held_by, post


@pytest.fixture
def last_month():
    """The month before this one."""
    return months_before(month_of(utc_now()), 1)


def book_a_fee(unit_of_work, month) -> None:
    amounts = {Place(Account.FEE_RESERVE): 7, held_by("sandbox"): -7}
    fee = partial(post, kind=EntryKind.PAYMENT_FEE, reference="fee:of the month", amounts=amounts)
    unit_of_work.run(partial(fee, now=shanghai_midnight(month) + timedelta(days=1)))


def test_a_figure_leads_to_its_account_to_its_entry_and_to_its_order(admin, paid, see):
    entry_id = see(sa.select(sa.func.max(JournalEntry.id)))[0]
    assert "/admin/books/accounts/bank?" in admin.get("/admin/books").text
    assert "/admin/books/accounts/bank?" in admin.get("/admin/reports/trial-balance").text
    account = admin.get("/admin/books/accounts/bank")
    assert account.status_code == 302
    lines = admin.client.get(account.location).text
    assert f"/admin/books/entries/{entry_id}" in lines
    assert f"/admin/orders/{paid.number}" in lines
    entry = admin.get(f"/admin/books/entries/{entry_id}").text
    assert f"/admin/orders/{paid.number}" in entry
    assert "/admin/books/accounts/household_payable?" in entry
    assert (
        f'<p class="small muted mt-2 mb-0">Reference in the books: <span class="num">sale:order:{paid.order_id}'
        in entry
    )
    assert f"/admin/books/entries/{entry_id}" in admin.get(f"/admin/orders/{paid.number}").text
    assert f"/admin/books/entries/{entry_id}" in admin.get("/admin/reports/journal").text


def test_a_search_on_an_account_says_what_it_adds_up_and_shows_no_balance(admin, paid, see):
    entry_id = see(sa.select(sa.func.max(JournalEntry.id)))[0]
    today = shanghai_date(utc_now())
    days = {"from": today, "to": today}
    whole = admin.get("/admin/books/accounts/bank", **days).text
    assert "Opening balance" in whole
    assert "Balance (¥)" in whole
    found = admin.get("/admin/books/accounts/bank", q=entry_id, **days).text
    assert f"/admin/books/entries/{entry_id}" in found
    assert f"Only entries that match “{entry_id}” are added up." in found
    assert "Opening balance" not in found
    assert "Balance (¥)" not in found


def test_the_journal_and_the_vouchers_do_not_call_two_numbers_the_same(admin, paid):
    assert "分录号" in admin.get("/admin/reports/journal", lang="zh").text
    assert "凭证号" not in admin.get("/admin/reports/journal", lang="zh").text
    assert "凭证号" in admin.get("/admin/reports/vouchers", lang="zh").text


def test_a_running_month_is_not_closed(admin, paid, see):
    month = f"{month_of(utc_now()):%Y-%m}"
    page = admin.get(f"/admin/books/months/{month}").text
    assert "This month is not over yet" in page
    assert f"/admin/books/months/{month}/close" not in page
    assert admin.post(f"/admin/books/months/{month}/close").status_code == 303
    assert "This month is not over yet" in admin.said()
    assert see(sa.select(ClosedMonth.month)) == []


def test_a_month_is_closed_and_opened_again_with_a_reason(admin, last_month, unit_of_work, see):
    book_a_fee(unit_of_work, last_month)
    name = f"{last_month:%Y-%m}"
    assert "Close this month" in admin.get(f"/admin/books/months/{name}").text
    admin.post(f"/admin/books/months/{name}/close")
    assert f"{name} is closed" in admin.said()
    assert see(sa.select(ClosedMonth.month)) == [last_month]
    assert "Open again" in admin.get(f"/admin/books/months/{name}").text
    admin.post(f"/admin/books/months/{name}/reopen", reason=" ")
    assert "Please say why." in admin.said()
    admin.post(f"/admin/books/months/{name}/reopen", reason="a transfer was booked twice")
    assert see(sa.select(ClosedMonth.month)) == []
    trail = admin.get("/admin/audit").text
    assert "Month closed" in trail
    assert "Month opened again" in trail


def test_a_month_before_the_books_begin_is_refused_and_says_where_they_begin(
    admin, last_month, unit_of_work, see
):
    book_a_fee(unit_of_work, last_month)
    name, begins = f"{months_before(last_month, 2):%Y-%m}", f"{last_month:%Y-%m}"
    page = admin.get(f"/admin/books/months/{name}").text
    assert f"The books begin with {begins}" in page
    assert f"/admin/books/months/{name}/close" not in page
    admin.post(f"/admin/books/months/{name}/close")
    assert f"The books begin with {begins}" in admin.said()
    assert see(sa.select(ClosedMonth.month)) == []


def test_days_that_cannot_be_show_nothing_and_say_why(admin, paid):
    page = admin.get("/admin/books/accounts/bank", **{"from": "2026-12-02", "to": "2026-12-01"})
    assert page.status_code == 200
    assert "The last day lies before the first." in page.text
    assert admin.get("/admin/books/accounts/bank", **{"from": "x", "to": "9" * 30}).status_code == 200


def test_who_has_no_finance_permission_finds_no_books(clerk):
    soon = month_of(utc_now() - timedelta(days=40))
    for path in ("/admin/books", "/admin/books/accounts/bank", f"/admin/books/months/{soon:%Y-%m}"):
        assert clerk.get(path).status_code == 404
    assert "/admin/books" not in clerk.get("/admin").text


def test_the_books_are_exported_with_the_codes_of_the_institutions_own_chart(admin, paid):
    assert admin.post("/admin/books/codes", bank="１００２．０１").status_code == 303
    assert ">1002.01<" in admin.get("/admin/books").text
    exported = admin.get("/admin/reports/journal", format="csv").text
    assert "1002.01," in exported
    assert "1002," not in exported
    assert "Account code changed" in admin.get("/admin/audit").text


@pytest.mark.parametrize(
    ("code", "said"), [("bank", "four digits"), ("10", "four digits"), ("1122", "Another account")]
)
def test_a_code_that_is_none_or_anothers_is_refused_at_its_account(admin, paid, code, said):
    answer = admin.post("/admin/books/codes", bank=code)
    assert answer.status_code == 400
    assert said in answer.text
    assert f'value="{code}"' in answer.text
    assert ">1002<" in admin.get("/admin/books").text


def test_two_accounts_change_their_codes_with_each_other_and_go_back(admin, paid):
    admin.post("/admin/books/codes", bank="5001", shop_income="1002")
    exported = admin.get("/admin/reports/trial-balance", format="csv").text
    assert "5001,Bank account" in exported
    assert "1002,Shop's income" in exported
    admin.post("/admin/books/codes")
    assert "1002,Bank account" in admin.get("/admin/reports/trial-balance", format="csv").text
