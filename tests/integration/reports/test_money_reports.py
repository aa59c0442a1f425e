"""Money reports say what the books and the payments say, and only finance reads them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop.accounts.models import RoleName
from shop.kit.clock import shanghai_date, utc_now
from shop.reports.all_reports import REPORTS, find_report
from shop.reports.definition import Span
from shop.reports.running import stream_rows, totals
from tests.factories.people import make_person, sign_in
from tests.integration.reports.oracle import MoneyOracle

TODAY = shanghai_date(utc_now())
OF_MONEY = [name for name, report in REPORTS.items() if report.finance]


@pytest.fixture(params=[(200, 0), (40, 10), (3, 3)], ids=["everything", "a month", "a day"])
def span(request) -> Span:
    first, last = request.param
    return Span(TODAY - timedelta(days=first), TODAY - timedelta(days=last))


@pytest.fixture
def oracle(demo_session, span) -> MoneyOracle:
    return MoneyOracle(demo_session, span)


def rows_of(session, name, span) -> list[tuple]:
    return [tuple(row) for row in stream_rows(session, find_report(name), span, "zh")]


def sums_of(session, name, span) -> dict[str, int]:
    return totals(session, find_report(name), span, "zh")[1]


def test_the_trial_balance_is_the_ledger_by_account(demo_session, oracle, span):
    rows = rows_of(demo_session, "trial-balance", span)
    assert {row[1].value: row[2:] for row in rows} == oracle.trial_balance()
    sums = sums_of(demo_session, "trial-balance", span)
    assert sums["debit_fen"] == sums["credit_fen"] == oracle.moved()
    assert sums["opening_fen"] == sums["closing_fen"] == 0


def test_the_journal_holds_every_entry_in_balance(demo_session, oracle, span):
    sums = sums_of(demo_session, "journal", span)
    assert sums["credit_fen"] == sums["debit_fen"]
    by_entry: dict[int, int] = {}
    for row in rows_of(demo_session, "journal", span):
        by_entry[row[0]] = by_entry.get(row[0], 0) + row[7] - row[8]
    assert set(by_entry.values()) <= {0}
    assert set(by_entry) == {
        key for key, entry in oracle.entries.items()
        if span.first <= shanghai_date(entry["posted_at"]) <= span.last
    }  # fmt: skip


def test_payments_by_method_are_the_payments_that_count(demo_session, oracle, span):
    rows = rows_of(demo_session, "payments-by-method", span)
    assert {row[0]: row[1:5] for row in rows} == oracle.payments()
    assert all(row[5] == row[2] - row[3] - row[4] for row in rows)


def test_fees_are_what_providers_charged_beside_what_prices_set_aside(demo_session, oracle, span):
    rows = rows_of(demo_session, "provider-fees", span)
    assert {(row[0], row[1]): row[2:6] for row in rows} == oracle.fees()
    moved = oracle.trial_balance().get("fee_reserve", (0, 0, 0, 0))
    assert sums_of(demo_session, "provider-fees", span)["left_fen"] == moved[2] - moved[1]


def test_refunds_are_listed_with_their_reasons(demo_session, oracle, span):
    sums = sums_of(demo_session, "refunds", span)
    assert sums["sent_fen"] == oracle.refunds("succeeded")
    assert sums["open_fen"] == oracle.refunds("requested", "pending")
    assert "amount_fen" not in sums, "what is only asked for, or failed, is no money that went back"


def test_what_is_owed_is_what_the_books_owe(demo_session, oracle, span):
    owed = sums_of(demo_session, "household-payable", span)
    assert owed["owed_fen"] == owed["waiting_fen"] + owed["claimed_fen"] == oracle.owed("household_payable")
    assert sums_of(demo_session, "receivables", span)["owed_fen"] == -oracle.owed("receivables")


@pytest.mark.parametrize("name", ["household-payable", "receivables"])
def test_what_is_owed_is_asked_for_the_end_of_one_day(client, unit_of_work, name):
    person = make_person(unit_of_work, "finance@example.com", roles=[RoleName.ADMIN, RoleName.FINANCE])
    sign_in(client, person.email)
    page = client.get(f"/admin/reports/{name}", query_string={"to": "2026-10-31", "lang": "en"}).text
    assert "At the end of" in page
    assert 'name="from"' not in page
    assert 'name="to" value="2026-10-31"' in page
    kept = client.get(f"/admin/reports/{name}", query_string={"to": "2026-10-31", "format": "csv"})
    assert f"{name}_20261031.csv" in kept.headers["Content-Disposition"]


@pytest.mark.parametrize("name", OF_MONEY)
def test_only_finance_reads_money_reports(client, unit_of_work, name):
    clerk = make_person(unit_of_work, "team@example.com", roles=[RoleName.ADMIN])
    sign_in(client, clerk.email)
    assert f"/admin/reports/{name}?" not in client.get("/admin/reports").text
    for kind in ("html", "csv", "xlsx"):
        assert client.get(f"/admin/reports/{name}", query_string={"format": kind}).status_code == 404


def test_refunds_of_sales_and_refunds_of_the_books_lead_to_each_other(demo_session, oracle, span):
    sales = find_report("sales-by-day")
    within, afterwards, of_others, booked = (
        int(fact.value) for fact in sales.findings(demo_session, span).facts
    )
    assert within + afterwards == sums_of(demo_session, "sales-by-day", span)["refunded_fen"]
    assert within + of_others == booked == oracle.sent_back()


def test_both_reports_of_payments_say_which_day_counts(client, unit_of_work):
    person = make_person(unit_of_work, "days@example.com", roles=[RoleName.ADMIN, RoleName.FINANCE])
    sign_in(client, person.email)
    for name, day in (
        ("payments", "on which they were begun"),
        ("payments-by-method", "on which the money came"),
    ):
        page = client.get(f"/admin/reports/{name}", headers={"Accept-Language": "en"}).text
        assert f"Payments by the day {day}" in page
