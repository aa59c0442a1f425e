"""Reports over HTTP and as files: the same numbers, no formulas, and hostile addresses are refused politely."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, datetime, timedelta

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import gettext

from shop.accounts.models import Attempt, AttemptKind, AuditEntry, User
from shop.exports.choices import Choices
from shop.exports.models import ReportView
from shop.extensions import db, unit_of_work
from shop.kit.clock import in_shanghai, shanghai_date, utc_now
from shop.reports.all_reports import REPORTS
from shop.reports.cells import WORDS, as_day, as_text
from shop.reports.definition import Report, Span, Unit
from shop.reports.running import open_report, stream_rows, totals
from shop.web.admin.report_chart import chart_of
from shop.web.database import patient_session
from tests.conftest import OwnOriginClient
from tests.factories.counting import counted_statements

TODAY = shanghai_date(utc_now())
SPAN = Span(TODAY - timedelta(days=60), TODAY)
DAYS = {"from": SPAN.first.isoformat(), "to": SPAN.last.isoformat()}


def sign_in(app: Flask, name: str) -> FlaskClient:
    client = OwnOriginClient(app, app.response_class, use_cookies=True)
    page = client.get("/login").text
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    form = {"email": f"{name}@demo.example", "password": "demo-password", "csrf_token": token}
    assert client.post("/login", data=form).status_code in {302, 303}
    return client


@pytest.fixture(scope="module")
def admin(demo_app: Flask) -> FlaskClient:
    return sign_in(demo_app, "admin")


@pytest.fixture(autouse=True)
def nothing_exported_lately(demo_app: Flask) -> None:
    """All tests here are one person, who may export so many files in a quarter of an hour."""
    with demo_app.app_context():
        unit_of_work().run(
            lambda session: session.execute(sa.delete(Attempt).where(Attempt.kind == AttemptKind.EXPORT))
        )


def expected(app: Flask, report: Report) -> tuple[list[tuple], dict[str, int]]:
    with app.app_context():
        session = patient_session(seconds=60)
        rows = [tuple(row) for row in stream_rows(session, report, SPAN, "zh")]
        return rows, totals(session, report, SPAN, "zh")[1]


def fetch(client: FlaskClient, name: str, kind: str):
    answer = client.get(f"/admin/reports/{name}", query_string={**DAYS, "format": kind, "lang": "zh"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{name}_')
    return answer


@pytest.mark.parametrize("name", REPORTS)
def test_a_csv_says_what_the_rows_say(demo_app: Flask, admin: FlaskClient, name: str):
    body = fetch(admin, name, "csv").data
    assert body.startswith(b"\xef\xbb\xbf")
    head, *lines = csv.reader(io.StringIO(body.decode("utf-8-sig")))
    report = REPORTS[name].as_file
    rows, _ = expected(demo_app, report)
    assert len(head) == len(report.columns)
    with demo_app.test_request_context(headers={"Accept-Language": "zh"}):
        assert lines == [
            [as_text(column, value, gettext) for column, value in zip(report.columns, row, strict=True)]
            for row in rows
        ]


@pytest.mark.parametrize("name", REPORTS)
def test_a_workbook_says_what_the_rows_say(demo_app: Flask, admin: FlaskClient, name: str):
    book = openpyxl.load_workbook(io.BytesIO(fetch(admin, name, "xlsx").data))
    assert not book.sheetnames[0].startswith("Sheet")
    _, *lines = book.active.iter_rows(values_only=True)
    report = REPORTS[name].as_file
    rows, sums = expected(demo_app, report)
    found, foot = (lines[:-1], lines[-1]) if sums else (lines, None)
    assert len(found) == len(rows)
    for line, row in zip(found, rows, strict=True):
        for column, cell, value in zip(report.columns, line, row, strict=True):
            if column.unit not in WORDS:
                assert cell == in_a_workbook(column.unit, value), column.key
    for key, fen in sums.items():
        column = report.columns[report.position(key)]
        assert foot[report.position(key)] == in_a_workbook(column.unit, fen)
    assert all(cell.data_type != "f" for line in book.active.iter_rows() for cell in line)


IN_A_WORKBOOK = {
    **dict.fromkeys((Unit.FEN, Unit.YUAN), lambda value: pytest.approx(int(value) / 100)),
    Unit.SHARE: lambda value: pytest.approx(int(value) / 10_000),
    Unit.DAY: lambda value: datetime.combine(as_day(value), datetime.min.time()),
    Unit.WEEK: lambda value: datetime.combine(as_day(value), datetime.min.time()),
    Unit.MONTH: lambda value: datetime.combine(as_day(value), datetime.min.time()),
    Unit.MOMENT: lambda value: pytest.approx(
        in_shanghai(value).replace(tzinfo=None), abs=timedelta(seconds=1)
    ),
    Unit.TEXT: str,
    Unit.ORDER: str,
}


def in_a_workbook(unit: Unit, value: object) -> object:
    return None if value is None else IN_A_WORKBOOK.get(unit, int)(value)


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_shows_its_total(demo_app: Flask, admin: FlaskClient, name: str, language: str):
    page = admin.get(f"/admin/reports/{name}", query_string={**DAYS, "lang": language})
    assert page.status_code == 200
    report = REPORTS[name]
    rows, sums = expected(demo_app, report)
    for key, value in sums.items():
        if rows and report.columns[report.position(key)].unit is Unit.FEN:
            sign = "−" if value < 0 else ""
            assert f"{sign}{abs(value) // 100:,}.{abs(value) % 100:02d}" in page.text


HOSTILE = ["", " ", "0", "-1", "2026-02-30", "9999-12-31", "0001-01-01", "2026-13-01", "' OR 1=1 --", "１２", "x" * 5000,
           "2026-11-01T00:00", "\x00", "<script>alert(1)</script>", "10000-01-01"]  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE)
@pytest.mark.parametrize("field", ["from", "to"])
@pytest.mark.parametrize("path", ["/admin/reports", "/admin/reports/sales-by-day"])
def test_days_that_are_no_days_are_kept_and_explained(admin: FlaskClient, path: str, field: str, typed: str):
    page = admin.get(path, query_string={field: typed})
    assert page.status_code in {200, 400}
    assert "<script>alert(1)" not in page.text
    if page.status_code == 400:
        assert 'id="range-problem"' in page.text
        file = admin.get("/admin/reports/sales-by-day", query_string={field: typed, "format": "csv"})
        assert file.status_code == 400


def test_more_than_three_years_and_days_the_wrong_way_round_are_refused(admin: FlaskClient):
    for first, last in (("2010-01-01", "2026-01-01"), ("2026-02-01", "2026-01-01")):
        assert admin.get("/admin/reports/orders", query_string={"from": first, "to": last}).status_code == 400


@pytest.mark.parametrize("typed", ["0", "-1", "1e3", "９", "99999999", "2" * 300, "x", ""])
def test_pages_that_are_no_pages_show_one_that_is(admin: FlaskClient, typed: str):
    assert admin.get("/admin/reports/order-lines", query_string={**DAYS, "page": typed}).status_code == 200


def test_unknown_formats_and_reports_are_refused(admin: FlaskClient):
    assert admin.get("/admin/reports/orders?format=pdf").status_code == 400
    assert admin.get("/admin/reports/nothing").status_code == 404


def test_others_see_no_report(demo_app: Flask):
    for name in ("buyer", "farmer", "coordinator", "point"):
        client = sign_in(demo_app, name)
        assert client.get("/admin/reports").status_code == 404
        assert client.get("/admin/reports/orders?format=csv").status_code == 404


def test_an_export_is_in_the_audit_trail(demo_app: Flask, admin: FlaskClient):
    fetch(admin, "sales-by-week", "csv")
    with demo_app.app_context():
        newest = (
            sa.select(AuditEntry).where(AuditEntry.action == "report.exported").order_by(AuditEntry.id.desc())
        )
        entry = unit_of_work().run(lambda s: s.scalars(newest.limit(1)).one())
    assert (entry.subject_id, entry.facts["format"]) == ("sales-by-week", "csv")


def test_text_from_people_is_never_a_formula(seeded_app: Flask):
    evil = '=HYPERLINK("http://evil","x")'
    with seeded_app.app_context():
        unit_of_work().run(
            lambda s: s.execute(sa.text("UPDATE producers SET name_zh = :evil"), {"evil": evil})
        )
    admin = sign_in(seeded_app, "admin")
    text = admin.get("/admin/reports/stock-by-lot?format=csv").data.decode("utf-8-sig")
    cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
    assert f"'{evil}" in cells
    assert evil not in cells
    book = openpyxl.load_workbook(io.BytesIO(admin.get("/admin/reports/stock-by-lot?format=xlsx").data))
    assert {cell.data_type for line in book.active.iter_rows() for cell in line if cell.value == evil} == {
        "s"
    }


@pytest.mark.parametrize("name", REPORTS)
def test_a_page_needs_few_statements_whatever_the_range(demo_app: Flask, admin: FlaskClient, name: str):
    with demo_app.app_context():
        engine = db.engine
    counts = []
    for days in (3, 60, 150):
        first = (TODAY - timedelta(days=days)).isoformat()
        with counted_statements(engine) as statements:
            admin.get(f"/admin/reports/{name}", query_string={"from": first, "to": TODAY.isoformat()})
        counts.append(len(statements))
    assert max(counts) <= 24
    assert max(counts) - min(counts) <= 2


def test_the_command_writes_the_same_file(demo_app: Flask, admin: FlaskClient, tmp_path):
    file = tmp_path / "sales.csv"
    arguments = [
        "reports",
        "export",
        "sales-by-day",
        "--from",
        DAYS["from"],
        "--to",
        DAYS["to"],
        "-o",
        str(file),
    ]
    done = demo_app.test_cli_runner().invoke(args=arguments)
    assert done.exit_code == 0, done.output
    assert file.read_bytes() == fetch(admin, "sales-by-day", "csv").data
    listed = demo_app.test_cli_runner().invoke(args=["reports", "list"]).output
    assert all(name in listed for name in REPORTS)
    assert isinstance(SPAN.first, date)


@pytest.mark.parametrize(
    ("days", "folder", "sentence"),
    [
        (("2026-02-01", "2026-01-01"), "", "The last day lies before the first."),
        (("2026-01-01", "2026-01-02"), "absent", "No such file or directory"),
        (("1066-01-01", "2026-01-02"), "", "This day is not in our calendar."),
    ],
)
def test_what_cannot_be_exported_is_a_sentence_at_the_terminal(
    demo_app: Flask, tmp_path, days, folder, sentence
):
    file = tmp_path / folder / "sales.csv"
    arguments = ["reports", "export", "sales-by-day", "--from", days[0], "--to", days[1], "-o", str(file)]
    refused = demo_app.test_cli_runner().invoke(args=arguments)
    assert refused.exit_code == 2
    assert sentence in refused.output
    assert "Traceback" not in refused.output
    assert list(tmp_path.iterdir()) == [], "nothing half-written is left"


def test_all_rows_can_stand_on_one_page_to_be_printed(admin: FlaskClient):
    query = {**DAYS, "from": (TODAY - timedelta(days=140)).isoformat()}
    page = admin.get("/admin/reports/orders", query_string=query).text
    assert page.count("<tr>") == 102, "a hundred rows, the heading and the total"
    assert "rows=all" in page
    whole = admin.get("/admin/reports/orders", query_string={**query, "rows": "all"}).text
    assert whole.count("<tr>") > 300
    assert "data-print" in whole


def test_a_file_is_called_after_the_days_that_it_is_about(admin: FlaskClient):
    said = fetch(admin, "stock-by-lot", "csv").headers["Content-Disposition"]
    assert said == f'attachment; filename="stock-by-lot_{TODAY:%Y%m%d}.csv"'
    said = fetch(admin, "orders", "xlsx").headers["Content-Disposition"]
    assert said == f'attachment; filename="orders_{SPAN.first:%Y%m%d}-{SPAN.last:%Y%m%d}.xlsx"'


def test_where_nobody_earned_anything_no_gini_is_made_up(admin: FlaskClient):
    before_the_shop = {"from": "2003-01-01", "to": "2003-01-31", "lang": "en"}
    page = admin.get("/admin/reports/fairness", query_string=before_the_shop).text
    assert "there is nothing to compare" in page
    assert "0.000" not in page
    assert "Share of income" not in page
    then = admin.get("/admin/reports/fairness", query_string={**DAYS, "lang": "en"}).text
    assert "there is nothing to compare" not in then
    assert "Share of income" in then


@pytest.mark.parametrize(("name", "days"), [("sales-by-day", 1), ("sales-by-week", 7)])
def test_a_chart_over_time_leaves_no_day_out(demo_app: Flask, admin: FlaskClient, name: str, days: int):
    page = admin.get(f"/admin/reports/{name}", query_string={**DAYS, "lang": "en"}).text
    drawn = re.findall(
        r'<td class="hd w">([0-9-]+)</td>', page.split("The numbers as a table")[1].split("</table>")[0]
    )
    first = SPAN.first - timedelta(days=SPAN.first.weekday() if days == 7 else 0)
    places = range(0, (SPAN.last - first).days + 1, days)
    assert [one[-5:] for one in drawn] == [f"{first + timedelta(days=place):%m-%d}" for place in places]


def test_a_chart_of_years_is_drawn_week_by_week_and_still_adds_up(demo_app: Flask):
    long = Span(TODAY - timedelta(days=900), TODAY + timedelta(days=100))
    with demo_app.test_request_context(headers={"Accept-Language": "en"}):
        session = db.session()
        chart = chart_of(open_report(session, REPORTS["sales-by-day"], long, "en"))
        paid = totals(session, REPORTS["sales-by-day"], long, "en")[1]["paid_fen"]
    assert chart["head"] == "Week from Monday"
    assert len(chart["points"]) < 140
    assert sum(point["value"] for point in chart["points"]) == paid
    assert chart["skips"]


def test_a_report_of_how_things_stand_does_not_ask_for_other_days(admin):
    page = admin.get("/admin/reports/advances", query_string={"lang": "en"}).text
    assert "Choose other days above." not in page
    assert "There is nothing to list at the moment." in page


def test_the_terminal_writes_json_and_what_a_saved_view_shows(demo_app: Flask, demo_session, tmp_path):
    choices = Choices(columns=("day", "orders"), sort="-orders").kept()
    now = utc_now()
    owner_id = demo_session.scalar(sa.select(sa.func.min(User.id)))
    view = ReportView(
        owner_id=owner_id, report="sales-by-day", name="short", choices=choices, made_at=now, changed_at=now
    )
    demo_session.add(view)
    demo_session.commit()
    file = tmp_path / "sales.json"
    days = ["--from", SPAN.first.isoformat(), "--to", SPAN.last.isoformat()]
    asked = ["reports", "export", "sales-by-day", *days, "--format", "json", "--lang", "en", "-o", str(file)]
    assert demo_app.test_cli_runner().invoke(args=[*asked, "--view", str(view.id)]).exit_code == 0
    told = json.loads(file.read_text())
    assert [one["key"] for one in told["columns"]] == ["day", "orders"]
    orders = [row[1] for row in told["rows"]]
    assert orders == sorted(orders, reverse=True)
    assert demo_app.test_cli_runner().invoke(args=asked).exit_code == 0
    assert len(json.loads(file.read_text())["columns"]) > 2
    elsewhere = [*asked[:2], "orders", *asked[3:], "--view", str(view.id)]
    refused = demo_app.test_cli_runner().invoke(args=elsewhere)
    assert (refused.exit_code, "There is no view" in refused.output) == (2, True)
    demo_session.delete(view)
    demo_session.commit()
