"""Dashboards say what the rows of own villages say, whatever the days, and with as many statements."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Village, VillageCoordinator
from shop.extensions import db
from shop.kit.clock import iso_week_start, shanghai_date, utc_now
from shop.reports.definition import Span
from shop.reports.overview import read_overview
from shop.reports.periods import period_before, year_before
from shop.reports.village_figures import households_left_out, income_figures, village_lines, work_figures
from tests.factories.counting import counted_statements
from tests.integration.reports.oracle import EIGHT, Oracle
from tests.integration.reports.test_files import sign_in

TODAY = shanghai_date(utc_now())
SPANS = {
    "half a year": Span(TODAY - timedelta(days=180), TODAY),
    "a month": Span(TODAY - timedelta(days=40), TODAY - timedelta(days=10)),
    "before the shop": Span(date(2001, 1, 1), date(2001, 1, 31)),
}
KINDS = {"sale", "reassignment", "refund", "reversal"}


@pytest.fixture(params=SPANS)
def span(request: pytest.FixtureRequest) -> Span:
    return SPANS[request.param]


@pytest.fixture
def own(demo_session: Session) -> list[int]:
    return villages_of(demo_session, "coordinator")


def villages_of(session: Session, name: str) -> list[int]:
    """Of one coordinator of the demo."""
    return list(
        session.scalars(
            sa.select(VillageCoordinator.village_id)
            .join(User, User.id == VillageCoordinator.user_id)
            .where(User.email == f"{name}@demo.example")
        )
    )


def tasks_of(session: Session, span: Span, villages: list[int]) -> list[dict]:
    """Opened in these days, and not ended by no doing of their household."""
    return [
        row
        for row in Oracle(session, span).tasks()
        if row["village_id"] in villages
        and row["status"] != "cancelled"
        and not (row["status"] == "declined" and row["decline_reason"] == "recalled")
    ]


def worked(tasks: list[dict]) -> dict[str, int]:
    ready = [row for row in tasks if row["ready_at"] is not None]
    late = sum(row["ready_at"] > row["deadline_at"] for row in ready)
    declined = sum(row["status"] == "declined" for row in tasks)
    return {"tasks": len(tasks), "on_time": len(ready) - late, "late": late, "declined": declined}


def earned(session: Session, span: Span | None, villages: list[int]) -> dict[str, int]:
    if span is None:
        return dict.fromkeys(("village_fen", "household_fen", "packing_fen", "fund_fen", "households"), 0)
    rows = [row for row in Oracle(session, span).postings if row["village_id"] in villages]

    def fen(*accounts: str) -> int:
        return -sum(row["amount_fen"] for row in rows if row["account"] in accounts)

    by_household: dict[int, int] = {}
    for row in rows:
        if row["household_id"] is not None:
            by_household[row["household_id"]] = by_household.get(row["household_id"], 0) - row["amount_fen"]
    return {
        "village_fen": fen("household_payable", "packing_payable", "village_fund"),
        "household_fen": fen("household_payable"),
        "packing_fen": fen("packing_payable"),
        "fund_fen": fen("village_fund"),
        "households": sum(one > 0 for one in by_household.values()),
    }


def test_how_the_work_went_is_counted_from_the_tasks_of_own_villages(demo_session, own, span):
    seen = work_figures(demo_session, own, span, "zh")
    before, ago = period_before(span), year_before(span)
    expected = worked(tasks_of(demo_session, span, own))
    then = worked(tasks_of(demo_session, before, own))
    year_ago = worked(tasks_of(demo_session, ago, own))
    for key, value in expected.items():
        assert seen.figures[key].now == value, key
        assert seen.figures[key].before == then[key], key
        assert seen.figures[key].year_ago in {None, year_ago[key]}
    assert (seen.year_ago is None) == (not any(year_ago.values()))
    weeks = Span(seen.mondays[0], span.last)
    for place, monday in enumerate(seen.mondays):
        of_week = [
            row
            for row in tasks_of(demo_session, weeks, own)
            if iso_week_start((row["opened_at"] + EIGHT).date()) == monday
        ]
        assert seen.figures["tasks"].weeks[place] == len(of_week)


def test_what_was_earned_is_counted_from_the_postings_of_own_villages(demo_session, own, span):
    seen = income_figures(demo_session, own, span, "zh")
    expected, then = earned(demo_session, span, own), earned(demo_session, period_before(span), own)
    assert {key: one.now for key, one in seen.figures.items()} == expected
    assert {key: one.before for key, one in seen.figures.items()} == then
    weeks = earned(demo_session, Span(seen.mondays[0], span.last), own)
    assert sum(seen.figures["village_fen"].weeks) == weeks["village_fen"]
    lines = village_lines(demo_session, own, span, "zh")
    assert sum(one.village_fen for one in lines) == expected["village_fen"]
    assert sum(one.before_fen for one in lines) == then["village_fen"]
    names = demo_session.scalars(sa.select(Village.name_zh).where(Village.id.in_(own)))
    assert {one.name for one in lines} <= set(names)


def test_villages_together_are_all_of_the_shop_and_none_is_another(demo_session):
    """The scope leaves nothing out and lets nothing in."""
    everywhere = list(demo_session.scalars(sa.select(Village.id)))
    span = SPANS["half a year"]
    for read, key in ((income_figures, "village_fen"), (work_figures, "tasks")):
        whole = read(demo_session, everywhere, span, "zh").figures[key]
        parts = [read(demo_session, [one], span, "zh").figures[key] for one in everywhere]
        assert whole.now == sum(one.now for one in parts) > 0
        assert [sum(of_week) for of_week in zip(*(one.weeks for one in parts), strict=True)] == list(
            whole.weeks
        )
        assert read(demo_session, [], span, "zh").figures[key].now == 0


def test_households_that_earned_nothing_are_those_with_goods_and_no_income(demo_session, own, span):
    oracle = Oracle(demo_session, span)
    homes = {row["id"] for row in oracle.table("households") if row["village_id"] in own}
    lots = {row["id"] for row in oracle.table("lots") if row["status"] == "open" and row["available"] > 0}
    on_sale = {row["household_id"] for row in oracle.table("lot_shares") if row["lot_id"] in lots}
    income: dict[int, int] = {}
    for row in oracle.postings:
        income[row["household_id"]] = income.get(row["household_id"], 0) - row["amount_fen"]
    left_out = {one for one in homes & on_sale if income.get(one, 0) <= 0}
    assert households_left_out(demo_session, own, span) == len(left_out)


def test_the_overview_says_what_it_said_for_the_days_a_year_ago(demo_session):
    """Last year's days are asked for as the days themselves: the two must say the same."""
    span = Span(TODAY - timedelta(days=20), TODAY)
    moved = Span(span.first.replace(year=span.first.year + 1), span.last.replace(year=span.last.year + 1))
    assert read_overview(demo_session, moved, "zh").year_ago == read_overview(demo_session, span, "zh").now
    assert read_overview(demo_session, SPANS["before the shop"], "zh").year_ago is None


@pytest.mark.parametrize("path", ["/village/figures", "/village/income"])
def test_a_dashboard_leads_to_what_it_says_and_costs_as_much_for_any_days(demo_app: Flask, path):
    desk = sign_in(demo_app, "coordinator")
    counts = []
    for one in (SPANS["half a year"], SPANS["before the shop"], Span(TODAY, TODAY)):
        days = {"from": one.first.isoformat(), "to": one.last.isoformat()}
        desk.get(path, query_string=days)
        with demo_app.app_context(), counted_statements(db.engine) as statements:
            page = desk.get(path, query_string=days)
        counts.append(len(statements))
        assert page.status_code == 200
        assert page.text.count("<table") >= 2
        assert 'role="img"' in page.text
        for href in set(re.findall(r'class="kpi" href="([^"]+)"', page.text)):
            assert desk.get(href.replace("&amp;", "&")).status_code == 200, href
    assert max(counts) <= 16
    assert max(counts) - min(counts) <= 2  # the session is looked after now and then
    assert desk.get(path, query_string={"from": "tomorrow"}).status_code == 400


def test_a_coordinators_page_shows_the_reports_own_figure_and_no_others(demo_app: Flask):
    span = SPANS["half a year"]
    days = {"from": span.first.isoformat(), "to": span.last.isoformat()}
    with demo_app.app_context(), Session(db.engine) as session:
        fen = earned(session, span, villages_of(session, "coordinator"))["village_fen"]
    shown = f"¥{fen / 100:,.2f}"
    desk, other = sign_in(demo_app, "coordinator"), sign_in(demo_app, "coordinator2")
    assert shown in desk.get("/village/income", query_string=days).text
    report = desk.get("/village/reports/sales-by-village", query_string=days).text
    assert f"{fen / 100:.2f}" in report.replace(",", "")
    assert shown not in other.get("/village/income", query_string=days).text


def test_a_file_of_own_income_says_nothing_of_one_household(demo_app: Flask):
    """On the screen every own village stands; in a file those where five or more earned in these days."""
    desk, address = sign_in(demo_app, "coordinator"), "/village/reports/sales-by-village"
    with demo_app.app_context(), Session(db.engine) as session:
        own, names = villages_of(session, "coordinator"), Oracle(session, SPANS["a month"]).names("villages")
        expected = {}
        for days in (1, 3, 30, 180):
            span = Span(TODAY - timedelta(days=days), TODAY)
            rows = [row for row in Oracle(session, span).postings if row["village_id"] in own]
            earners = {
                village: {row["household_id"] for row in rows if row["village_id"] == village}
                for village in own
            }
            expected[span] = (
                {names[one] for one in own if earners[one]},
                {names[one] for one in own if len(earners[one] - {None}) >= 5},
            )
    for span, (shown, filed) in expected.items():
        days = {"from": span.first.isoformat(), "to": span.last.isoformat(), "lang": "zh"}
        page = desk.get(address, query_string=days, headers={"Accept-Language": "zh"}).text
        assert all(f"<span>{name}</span>" in page for name in shown)
        for kind in ("csv", "json"):
            asked = {**days, "format": kind}
            file = desk.get(address, query_string=asked, headers={"Accept-Language": "zh"}).text
            assert {name for name in names.values() if name in file} == filed
    assert any(shown != filed for shown, filed in expected.values())
    assert any(filed for _shown, filed in expected.values())


def test_the_admins_alarms_lead_to_lists_that_open(demo_app: Flask):
    desk = sign_in(demo_app, "admin")
    page = desk.get("/admin/reports").text
    links = re.findall(r'<a href="([^"]+)" aria-label="[^"]*">(?:Look|去看)</a>', page)
    assert links
    for href in links:
        assert desk.get(href.replace("&amp;", "&")).status_code == 200, href
