"""Reports say what the rows say, and all of them the same."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from shop.check.figures import order_figures
from shop.extensions import db
from shop.kit.clock import iso_week_start, month_of, shanghai_date, utc_now
from shop.ledger.impact import read_impact
from shop.reports.all_reports import REPORTS, find_report
from shop.reports.attention import remarks
from shop.reports.cells import as_day
from shop.reports.definition import Span
from shop.reports.overview import read_overview
from shop.reports.running import page_of_rows, stream_rows, totals
from shop.reports.today import read_today
from tests.factories.counting import counted_statements
from tests.integration.reports.oracle import Oracle

TODAY = shanghai_date(utc_now())
SPANS = {
    "half a year": Span(TODAY - timedelta(days=180), TODAY),
    "a month": Span(TODAY - timedelta(days=40), TODAY - timedelta(days=10)),
    "a day": Span(TODAY - timedelta(days=4), TODAY - timedelta(days=4)),
    "before the shop": Span(date(2001, 1, 1), date(2001, 1, 31)),
}


@pytest.fixture(params=SPANS)
def span(request: pytest.FixtureRequest) -> Span:
    return SPANS[request.param]


@pytest.fixture
def oracle(demo_session: Session, span: Span) -> Oracle:
    return Oracle(demo_session, span)


def rows_of(session: Session, name: str, span: Span) -> list[tuple]:
    return [tuple(row) for row in stream_rows(session, find_report(name), span, "zh")]


def by_first(session: Session, name: str, span: Span) -> dict:
    """Numbers by label; a sum that PostgreSQL gives as a decimal is a number too."""
    return {row[0]: tuple(int(one) for one in row[1:]) for row in rows_of(session, name, span)}


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("sales-by-day", lambda day: day),
        ("sales-by-week", iso_week_start),
        ("sales-by-month", lambda day: day.replace(day=1)),
    ],
)
def test_sales_by_period(demo_session, oracle, span, name, start):
    found = {as_day(key): values for key, values in by_first(demo_session, name, span).items()}
    assert found == oracle.by_period(start)


def test_sales_by_unit(demo_session, oracle, span):
    assert by_first(demo_session, "sales-by-unit", span) == oracle.by_unit()


@pytest.mark.parametrize(
    ("name", "group"), [("sales-by-product", "product"), ("sales-by-category", "category")]
)
def test_sales_by_goods(demo_session, oracle, span, name, group):
    assert by_first(demo_session, name, span) == oracle.by_product(group)


def test_income_by_village(demo_session, oracle, span):
    assert by_first(demo_session, "sales-by-village", span) == oracle.by_village()


def test_income_by_household(demo_session, oracle, span):
    rows = rows_of(demo_session, "sales-by-household", span)
    assert {f"{row[0]} {row[1]}": (int(row[2]), int(row[3])) for row in rows} == oracle.by_household()


def test_orders_and_lines(demo_session, oracle, span):
    numbers = [row[0] for row in rows_of(demo_session, "orders", span)]
    assert sorted(numbers) == sorted(order["number"] for order in oracle.orders.values())
    lines = rows_of(demo_session, "order-lines", span)
    assert len(lines) == len(oracle.lines)
    assert sum(row[7] for row in lines) == sum(line["line_fen"] for line in oracle.lines)


def test_tasks_and_punctuality(demo_session, oracle, span):
    tasks = oracle.tasks()
    assert sorted(row[0] for row in rows_of(demo_session, "tasks", span)) == sorted(
        one["code"] for one in tasks
    )
    called_off = {"declined", "reassigned", "cancelled"}
    counting = sum(one["earns_fen"] for one in tasks if one["status"] not in called_off)
    assert totals(demo_session, find_report("tasks"), span, "zh")[1] == {"counts_fen": counting}
    done = [one for one in tasks if one["ready_at"] is not None and one["status"] != "cancelled"]
    late = sum(one["ready_at"] > one["deadline_at"] for one in done)
    sums = totals(demo_session, find_report("punctuality"), span, "zh")[1]
    assert (sums["on_time"], sums["late"]) == (len(done) - late, late)
    assert sums["tasks"] == sum(one["status"] != "cancelled" for one in tasks)


def test_stock_by_lot(demo_session, oracle, span):
    rows = rows_of(demo_session, "stock-by-lot", span)
    lots = {row["code"]: row for row in oracle.table("lots")}
    states = ("declared", "available", "held", "committed", "shipped", "withdrawn")
    assert {row[0]: row[7:] for row in rows} == {
        code: tuple(lot[state] for state in states) for code, lot in lots.items()
    }


def test_fairness(demo_session, oracle, span):
    rows = rows_of(demo_session, "fairness", span)
    income = {f"{row[0]} {row[1]}": int(row[3]) for row in rows}
    expected = {name: fen for name, (_, fen) in oracle.by_household().items()}
    assert {name: fen for name, fen in income.items() if fen} == {
        name: fen for name, fen in expected.items() if fen
    }
    assert all(int(row[4]) == int(row[3]) // row[2] for row in rows)
    findings = find_report("fairness").findings(demo_session, span)
    is_told = any(income.values())
    assert [len(curve.points) > 1 for curve in findings.curves] == [True, True] * is_told
    assert bool(findings.remark) is not is_told
    assert [fact.value is not None for fact in findings.facts[:2]] == [is_told, is_told]
    assert all(0 <= curve.gini < 1 for curve in findings.curves)


def test_pairs(demo_session, oracle, span):
    rows = rows_of(demo_session, "pairs", span)
    found = {(row[0], row[2]): tuple(int(one) for one in row[5:]) for row in rows}
    assert found == oracle.by_pair()
    assert find_report("pairs").file is not None
    for unit, households, *_ in rows_of_file(demo_session, span):
        assert households >= 5, unit


def rows_of_file(session: Session, span: Span) -> list[tuple]:
    return [tuple(row) for row in stream_rows(session, find_report("pairs").file, span, "zh")]


def test_every_grouping_adds_up_to_the_same_and_to_the_books(demo_session, oracle, span):
    def sums(name: str) -> dict[str, int]:
        return totals(demo_session, find_report(name), span, "en")[1]

    days = sums("sales-by-day")
    for name in ("sales-by-week", "sales-by-month", "sales-by-unit"):
        assert sums(name) == days
    orders = sums("orders")
    assert all(
        orders[key] == days[key]
        for key in ("goods_fen", "freight_fen", "paid_fen", "refunded_fen", "net_fen")
    )
    for name in ("sales-by-product", "sales-by-category", "order-lines"):
        assert sums(name)["goods_fen"] + days["freight_fen"] == days["paid_fen"]
    assert sums("sales-by-product") == sums("sales-by-category")
    earned = sums("sales-by-household")["household_fen"]
    assert earned == sums("sales-by-village")["household_fen"] == sums("fairness")["earned_fen"]
    assert earned == -sum(
        one["amount_fen"] for one in oracle.postings if one["account"] == "household_payable"
    )


@pytest.mark.parametrize("name", REPORTS)
def test_pages_and_totals_come_from_the_same_rows(demo_session, span, name):
    report = find_report(name)
    rows = rows_of(demo_session, name, span)
    count, sums = totals(demo_session, report, span, "zh")
    assert count == len(rows)
    for key, value in sums.items():
        assert value == sum(int(row[report.position(key)] or 0) for row in rows)
    size = 7
    paged = [
        row
        for page in range(1, -(-count // size) + 1)
        for row in page_of_rows(demo_session, report, span, "zh", page=page, size=size)
    ]
    assert paged == rows


def test_the_overview_says_what_the_reports_and_the_books_say(demo_session, span):
    seen = read_overview(demo_session, span, "zh")
    days = totals(demo_session, find_report("sales-by-day"), span, "zh")[1]
    assert (seen.now.sold_fen, seen.now.paid_fen, seen.now.orders) == (
        days["net_fen"], days["paid_fen"], days["orders"]
    )  # fmt: skip
    assert seen.difference_fen == 0
    assert seen.parts.household == seen.now.household_fen
    assert sum(line.household_fen for line in seen.villages) == seen.now.household_fen
    assert len(seen.weeks) == 12
    assert len(remarks(demo_session, seen, "zh")) <= 4


def test_every_face_means_the_same_by_paid_refunded_and_after_refunds(demo_session):
    """The dashboard, the reports, /impact and `check --json`, over the same days."""
    now = utc_now()
    today = shanghai_date(now)
    month = Span(month_of(now), today)
    sums = totals(demo_session, find_report("sales-by-day"), month, "zh")[1]
    dashboard = read_today(demo_session, now=now).month
    assert (dashboard.paid_fen, dashboard.orders) == (sums["paid_fen"], sums["orders"])
    year = Span(date(today.year, 1, 1), today)
    sums = totals(demo_session, find_report("sales-by-day"), year, "zh")[1]
    impact = read_impact(demo_session, year=today.year)
    assert impact.paid_fen - impact.borne_fen == sums["net_fen"] == sums["paid_fen"] - sums["refunded_fen"]
    always = totals(
        demo_session, find_report("sales-by-day"), Span(today - timedelta(days=900), today), "zh"
    )[1]
    checked = order_figures(demo_session)
    sold = checked["paid_fen"] + checked["receivable_fen"]
    assert (sold, checked["refunded_fen"]) == (always["paid_fen"], always["refunded_fen"])
    assert checked["receivable_fen"] > 0


def test_the_number_of_statements_does_not_follow_the_range(demo_app: Flask, demo_session):
    def count(span: Span) -> int:
        with (
            demo_app.app_context(),
            counted_statements(db.engine) as statements,
            Session(db.engine) as session,
        ):
            seen = read_overview(session, span, "zh")
            remarks(session, seen, "zh")
        return len(statements)

    long = count(SPANS["half a year"])
    assert long <= 24
    assert count(SPANS["a month"]) <= long


def test_every_report_speaks_both_languages(demo_session):
    names = {
        language: {
            row[0]
            for row in stream_rows(
                demo_session, find_report("sales-by-village"), SPANS["half a year"], language
            )
        }
        for language in ("zh", "en")
    }
    assert names["zh"]
    assert names["zh"].isdisjoint(names["en"])
    assert demo_session.scalar(sa.text("SELECT 1")) == 1


def test_the_file_of_the_fairness_report_holds_villages_of_five_households_and_no_household(
    demo_session, oracle, span
):
    report = find_report("fairness")
    households = rows_of(demo_session, "fairness", span)
    villages = [tuple(row) for row in stream_rows(demo_session, report.as_file, span, "zh")]
    assert all(row[1] >= 5 for row in villages)
    assert not {row[1] for row in households} & {str(cell) for row in villages for cell in row}
    assert [column.key for column in report.as_file.columns][:2] == ["village", "households"]
    if sum(row[1] for row in villages) == len(households):
        assert sum(row[3] for row in villages) == sum(int(row[3]) for row in households)
        assert all(row[4] == row[3] // row[2] for row in villages)
