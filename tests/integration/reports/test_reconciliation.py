"""Where statement and payments differ, beside what plain rows say by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.clock import shanghai_date, utc_now
from shop.payments.statements.importing import Reading, import_statement, open_statement
from shop.payments.statements.matching import set_aside
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import stream_rows, totals
from shop.storage.types import UtcDateTime
from tests.factories.statements import as_csv, rows_of
from tests.factories.trade import Trade, open_for_trade

NAME = "reconciliation-differences"
LINES = "SELECT booked_on, status, amount_fen, matched_fen, reason FROM bank_statement_lines"
MATCHES = "SELECT payment_id, amount_fen FROM bank_matches WHERE confirmed_at IS NOT NULL"
PAYMENTS = "SELECT id, succeeded_at, received_fen, status FROM payments WHERE provider = 'bank_transfer'"


def oracle(session: Session, span: Span) -> list[tuple[date, str, int, int]]:
    """(day, kind, on the statement, confirmed here), from three tables and no statement of the report."""
    found = []
    lines = sa.text(LINES).columns(booked_on=sa.Date)
    for day, status, amount, matched, _reason in session.execute(lines):
        if matched < amount:
            found.append((day, "set_aside" if status == "set_aside" else "not_matched", amount - matched, 0))
    kept: dict[int, int] = {}
    for payment_id, fen in session.execute(sa.text(MATCHES)):
        kept[payment_id] = kept.get(payment_id, 0) + fen
    for payment_id, at, received, status in session.execute(
        sa.text(PAYMENTS).columns(succeeded_at=UtcDateTime())
    ):
        if status in ("succeeded", "orphaned") and kept.get(payment_id, 0) != received:
            kind = "sums_differ" if payment_id in kept else "no_receipt"
            found.append((_day(at), kind, kept.get(payment_id, 0), received))
    return sorted(one for one in found if span.first <= one[0] <= span.last)


def _day(moment: datetime) -> date:
    return (moment + timedelta(hours=8)).date()


def said(session: Session, span: Span) -> list[tuple[date, str, int, int]]:
    rows = [tuple(row) for row in stream_rows(session, find_report(NAME), span, "zh")]
    assert all(row[7] == row[5] - row[6] for row in rows)
    days = [row[0] if isinstance(row[0], date) else date.fromisoformat(row[0]) for row in rows]
    return sorted((day, row[1], int(row[5]), int(row[6])) for day, row in zip(days, rows, strict=True))


@pytest.fixture
def trade(session: Session, unit_of_work) -> Trade:
    return open_for_trade(session, unit_of_work)


def bring_in(trade: Trade, *amounts: str) -> None:
    day = trade.now.date().isoformat()
    rows = [(day, f"S{place}", amount, "某某公司", "货款") for place, amount in enumerate(amounts)]
    file = open_statement(as_csv(rows_of(rows)))
    who = {"actor_id": trade.admin_id, "now": trade.now}
    trade.run(lambda inner: import_statement(inner, file, Reading(), file_name="11.csv", **who))


def test_every_difference_is_listed_once_and_what_agrees_is_not(trade: Trade):
    trade.sell({"tea": 1}, courier=True, method="bank_transfer")  # by hand
    trade.pay_by_receipt(trade.order({"tea": 2}, courier=True, method="bank_transfer"))
    trade.pay_by_receipt(trade.order({"tea": 1}, courier=True, method="bank_transfer"))
    bring_in(trade, "12.34", "56.78")
    ids = trade.run(
        lambda inner: list(
            inner.scalars(sa.text("SELECT id FROM bank_statement_lines WHERE status = 'open' ORDER BY id"))
        )
    )
    who = {"actor_id": trade.admin_id, "now": trade.now}
    trade.run(lambda inner: set_aside(inner, ids[0], "不是我们的", **who))
    late = "UPDATE payments SET received_fen = received_fen + 1 WHERE id = (SELECT max(payment_id) FROM bank_matches)"
    trade.run(lambda inner: inner.execute(sa.text(late)))
    today = shanghai_date(trade.now)
    span = Span(today - timedelta(days=1), today + timedelta(days=1))
    expected = trade.run(lambda inner: oracle(inner, span))
    assert sorted(one[1] for one in expected) == ["no_receipt", "not_matched", "set_aside", "sums_differ"]
    assert trade.run(lambda inner: said(inner, span)) == expected
    count, sums = trade.run(lambda inner: totals(inner, find_report(NAME), span, "zh"))
    assert count == len(expected)
    assert sums["difference_fen"] == sum(bank - shop for *_, bank, shop in expected)
    before = Span(today - timedelta(days=60), today - timedelta(days=30))
    assert trade.run(lambda inner: said(inner, before)) == []


@pytest.mark.parametrize("days", [(200, 0), (40, 10), (3, 3)])
def test_a_made_up_history_says_the_same_by_hand(demo_session: Session, days):
    today = shanghai_date(utc_now())
    span = Span(today - timedelta(days=days[0]), today - timedelta(days=days[1]))
    expected = oracle(demo_session, span)
    assert said(demo_session, span) == expected
    if days == (200, 0):
        assert expected
