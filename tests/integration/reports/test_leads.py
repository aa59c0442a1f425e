"""From a figure of a report to the rows, and so the orders, that it adds up; from a name to its page."""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from shop.accounts.models import AuditEntry
from shop.catalogue.models import Household
from shop.reports.all_reports import REPORTS, find_report
from shop.reports.definition import Span, Unit
from shop.reports.narrowing import narrowed
from shop.reports.running import page_of_rows, totals
from shop.web.admin.report_leads import rows_behind
from shop.web.database import patient_session
from tests.integration.reports.test_files import DAYS, SPAN, TODAY, admin  # noqa: F401

EXPLAINED = [(name, place) for name, report in REPORTS.items() for place in range(len(report.behind))]
# A document holds several rates, so the rows of a month add up to it together.
OTHERWISE = {
    ("tax-summary", "tax-documents"): {"invoiced_fen": "sold_fen"},
    ("fairness", "income-by-order"): {"earned_fen": "household_fen"},
}
ROUNDED = {"base_fen", "tax_fen", "per_head_fen"}  # of the whole, so that no row has a part of it
WORDS = {"producer", "share"}
LONG = Span(TODAY - timedelta(days=200), TODAY)
LINK = re.compile(r'href="(/admin/[^"#]+)"')


@pytest.mark.parametrize(("name", "place"), EXPLAINED)
def test_the_rows_behind_a_figure_add_up_to_it(demo_session, name, place):
    """Fen add up; of what is counted there are so many rows."""
    report = find_report(name)
    lead = report.behind[place]
    behind = find_report(lead.report)
    same = {figure: figure for figure in lead.figures if figure.endswith("_fen") and figure not in ROUNDED}
    same = OTHERWISE.get((name, lead.report), same)
    counted = next((figure for figure in lead.figures if name == "punctuality" and figure not in WORDS), None)
    said: dict[Any, Counter[str]] = defaultdict(Counter)
    for row in page_of_rows(demo_session, report, LONG, "zh", page=1, size=10_000, keyed=True):
        cells = {column.key: value for column, value in zip(report.columns, row, strict=True)}
        where = rows_behind(report, lead, cells, LONG)
        if where is not None:
            sums = {figure: int(cells[figure]) for figure in same} | ({"": cells[counted]} if counted else {})
            said[where.span, tuple(where.narrowing.items())].update(sums)
    assert said
    for (span, narrowing), figures in said.items():
        explained = behind
        for key, value in narrowing:
            explained = narrowed(explained, key, str(value))
        count, sums = totals(demo_session, explained, span, "zh")
        assert count > 0 or not any(figures.values())
        assert figures.get("", count) == count
        for figure, other in same.items():
            assert sums[other] == figures[figure], (figure, span, narrowing)


@pytest.mark.parametrize("name", REPORTS)
def test_every_link_of_a_report_opens(admin: FlaskClient, name: str):  # noqa: F811
    page = admin.get(f"/admin/reports/{name}", query_string=DAYS).text
    table = page.partition("<table")[2].partition("</table>")[0]
    found = {html.unescape(one) for one in LINK.findall(table)}
    kinds = {re.sub(r"\d+|[A-Z0-9]{6,}", "*", one.partition("?")[0]): one for one in sorted(found)}
    for path in kinds.values():
        assert admin.get(path, follow_redirects=True).status_code == 200, path


@pytest.mark.parametrize(
    ("name", "leads_to"),
    [
        ("payments-by-method", "/admin/reports/payments-received?"),
        ("provider-fees", "/admin/reports/provider-fees-by-order?"),
        ("household-payable", "/statement?"),
        ("payouts", "/admin/payouts/P"),
        ("invoices", "/admin/invoices/"),
        ("tax-documents", "/admin/invoices/"),
        ("tax-summary", "/admin/reports/tax-documents?"),
        ("tax-summary", "/admin/reports/taxed-sales?"),
        ("taxed-sales", "/admin/orders/"),
        ("punctuality", "/admin/reports/tasks?"),
        ("fairness", "/admin/reports/income-by-order?"),
        ("stock-by-lot", "/admin/lots/"),
        ("sales-by-unit", "unit_id=0"),
        ("vouchers", "/admin/books/entries/"),
        ("vouchers", "/admin/orders/"),
        ("sales-by-household", "/admin/reports/income-by-order?"),
        ("sales-by-village", "/admin/reports/income-by-order?"),
        ("sales-by-month", "/admin/reports/orders?"),
        ("sales-by-product", "/admin/reports/order-lines?"),
    ],
)
def test_a_report_leads_on(admin: FlaskClient, name: str, leads_to: str):  # noqa: F811
    days = {"from": LONG.first.isoformat(), "to": LONG.last.isoformat(), "rows": "all"}
    page = admin.get(f"/admin/reports/{name}", query_string=days).text
    assert any(leads_to in one for one in LINK.findall(page.partition("<table")[2]))


def test_a_narrowed_page_says_so_and_leads_back_to_all(demo_app: Flask, admin: FlaskClient):  # noqa: F811
    with demo_app.app_context():
        household = patient_session(seconds=60).scalars(sa.select(Household).limit(1)).one()
    shown = {**DAYS, "household_id": household.id, "lang": "en"}
    page = admin.get("/admin/reports/income-by-order", query_string=shown).text
    assert "Only " in page
    assert "Show all" in page
    assert f'name="household_id" value="{household.id}"' in page, "other days keep it"
    assert f"household_id={household.id}" in page


@pytest.mark.parametrize("typed", ["0", "-1", "9" * 40, "x", "\x00", "' OR 1=1 --", "１２"])
@pytest.mark.parametrize(
    ("name", "key"), [("income-by-order", "household_id"), ("payments-received", "method")]
)
def test_what_is_no_value_narrows_to_nothing(admin: FlaskClient, name: str, key: str, typed: str):  # noqa: F811
    page = admin.get(f"/admin/reports/{name}", query_string={**DAYS, key: typed, "lang": "en"})
    assert page.status_code == 200
    assert ("Nothing in this range" in page.text) is (typed != "\x00"), "a control is nothing typed"


def test_a_narrowed_file_holds_its_rows_alone_and_the_trail_says_so(demo_app, admin):  # noqa: F811
    asked = {**DAYS, "method": "bank_transfer", "format": "csv", "lang": "en"}
    lines = admin.get("/admin/reports/payments-received", query_string=asked).get_data(as_text=True)
    assert lines.count("\n") > 1
    assert "WeChat Pay" not in lines
    with demo_app.app_context():
        latest = sa.select(AuditEntry.facts).order_by(AuditEntry.id.desc()).limit(1)
        assert patient_session(seconds=60).scalar(latest)["only"] == "bank_transfer"


@pytest.mark.parametrize("name", REPORTS)
def test_what_only_leads_stands_in_no_file(name):
    report = REPORTS[name]
    assert not any(column.hidden for column in report.as_file.columns)
    assert all(column.unit is Unit.KEY for column in report.columns if column.hidden)
    assert report.columns[: len(report.shown)] == report.shown, "behind the others, so that rows can be cut"
