"""Vouchers as accounting programs import them: numbered by month, in balance, and with no line that is no posting."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from shop.kit.clock import shanghai_date, utc_now
from shop.reports.all_reports import find_report
from shop.reports.cells import as_day
from shop.reports.definition import Span
from shop.reports.running import stream_rows
from tests.integration.reports.test_files import sign_in

TODAY = shanghai_date(utc_now())
LONG = Span(TODAY - timedelta(days=100), TODAY)
Voucher = tuple[str, int]


def vouchers(session: Session, span: Span) -> dict[Voucher, list[tuple[Any, ...]]]:
    """Their lines, by month and number."""
    found = defaultdict(list)
    for row in stream_rows(session, find_report("vouchers"), span, "zh"):
        found[f"{as_day(row[0]):%Y-%m}", row[2]].append(tuple(row))
    return found


def test_every_voucher_balances_and_each_line_has_one_side(demo_session):
    for lines in vouchers(demo_session, LONG).values():
        assert sum(line[7] or 0 for line in lines) == sum(line[8] or 0 for line in lines) > 0
        assert all((line[7] is None) != (line[8] is None) for line in lines)


def test_each_month_counts_its_vouchers_from_one_without_a_gap_and_by_their_days(demo_session):
    whole_months = Span(LONG.first.replace(day=1), TODAY)
    by_month: dict[str, list[tuple[int, date]]] = defaultdict(list)
    for (month, number), lines in vouchers(demo_session, whole_months).items():
        by_month[month].append((number, as_day(lines[0][0])))
    assert len(by_month) > 2
    for numbered in by_month.values():
        assert [number for number, _ in sorted(numbered)] == list(range(1, len(numbered) + 1))
        days = [day for _, day in sorted(numbered)]
        assert days == sorted(days)


def test_a_voucher_has_the_same_number_whichever_days_are_asked_for(demo_session):
    whole = vouchers(demo_session, LONG)
    part = vouchers(demo_session, Span(TODAY - timedelta(days=45), TODAY - timedelta(days=40)))
    assert part
    assert all(whole[voucher] == lines for voucher, lines in part.items())


@pytest.fixture
def admin(demo_app) -> FlaskClient:
    return sign_in(demo_app, "admin")


def file_of(admin: FlaskClient, kind: str) -> bytes:
    days = {"from": LONG.first.isoformat(), "to": LONG.last.isoformat()}
    query = {**days, "format": kind, "lang": "zh"}
    with admin.get("/admin/reports/vouchers", query_string=query) as answer:
        return answer.get_data()


def test_the_file_has_the_names_that_the_imports_know_and_plain_amounts(admin):
    rows = list(csv.DictReader(io.StringIO(file_of(admin, "csv").decode("utf-8-sig"))))
    assert list(rows[0]) == [
        "日期", "凭证字", "凭证号", "附单据数", "摘要", "科目编码", "科目名称", "借方金额", "贷方金额",
    ]  # fmt: skip
    assert {row["凭证字"] for row in rows} == {"记"}
    assert all(row["科目编码"] and row["日期"] for row in rows), "no line of totals, which no import takes"
    amounts = [row["借方金额"] or row["贷方金额"] for row in rows]
    assert all(float(amount) > 0 and "," not in amount for amount in amounts)
    assert any(row["摘要"].startswith("销售 ") for row in rows)


def test_the_workbook_says_the_same_and_ends_with_its_last_voucher(admin):
    sheet = openpyxl.load_workbook(io.BytesIO(file_of(admin, "xlsx"))).active
    written = list(csv.reader(io.StringIO(file_of(admin, "csv").decode("utf-8-sig"))))
    assert sheet.max_row == len(written)
    assert [str(cell) for cell in list(sheet.values)[-1][1:7]] == written[-1][1:7]
