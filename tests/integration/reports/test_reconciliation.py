"""Where statement and payments differ, beside what plain rows say by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.shop_settings import set_shop_settings
from shop.kit.clock import shanghai_date, utc_now
from shop.payments.statements.importing import Reading, import_statement, open_statement
from shop.payments.statements.matching import set_aside
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import page_of_rows, stream_rows, totals
from shop.storage.types import UtcDateTime
from tests.factories.money_steps import bring_receipts, pay_twice, pay_with_receipt, put_receipt_aside
from tests.factories.statements import as_csv, rows_of
from tests.factories.trade import Trade, open_for_trade

NAME = "reconciliation-differences"
LINES = "SELECT id, booked_on, status, amount_fen, matched_fen FROM bank_statement_lines"
WAITING = "SELECT line_id, amount_fen FROM bank_matches WHERE confirmed_at IS NULL"
ORPHANS = "SELECT id, succeeded_at, received_fen FROM payments WHERE status = 'orphaned' AND currency = 'CNY'"
GONE = (
    "SELECT payment_id, amount_fen FROM refunds WHERE status = 'succeeded'"
    " UNION ALL SELECT payment_id, withdrawn_fen FROM disputes WHERE status = 'lost'"
)
SUSPENSE = "SELECT coalesce(-sum(amount_fen), 0) FROM postings WHERE account = 'suspense'"
MATCHES = "SELECT payment_id, amount_fen FROM bank_matches WHERE confirmed_at IS NOT NULL"
PAYMENTS = "SELECT id, succeeded_at, received_fen, status FROM payments WHERE provider IN ('bank_transfer', 'on_account')"


def oracle(session: Session, span: Span) -> list[tuple[date, str, int, int]]:
    """(day, kind, on the statement, confirmed here), from plain tables and no statement of the report."""
    found = []
    lines = sa.text(LINES).columns(booked_on=sa.Date)
    waiting = summed(session, WAITING)
    for line_id, day, status, amount, matched in session.execute(lines):
        if matched < amount:
            found.append((day, "set_aside" if status == "set_aside" else "not_matched", amount - matched, 0))
        if line_id in waiting:
            found.append((day, "proposed", waiting[line_id], 0))
    gone = summed(session, GONE)
    for payment_id, at, received in session.execute(sa.text(ORPHANS).columns(succeeded_at=UtcDateTime())):
        if received > gone.get(payment_id, 0):
            found.append((_day(at), "no_order", 0, 0))
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


def summed(session: Session, statement: str) -> dict[int, int]:
    """What the statement says of each, added up."""
    found: dict[int, int] = {}
    for key, fen in session.execute(sa.text(statement)):
        found[key] = found.get(key, 0) + fen
    return found


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
    report = find_report(NAME)
    rows = trade.run(lambda inner: page_of_rows(inner, report, span, "zh", page=1, size=9, keyed=True))
    open_or_aside = {row[report.position("receipt_id")] for row in rows if not row[report.position("order")]}
    assert open_or_aside == set(ids), "receipts lead to their pages, payments to their orders"
    assert all(row[report.position("order")] for row in rows if row[report.position("receipt_id")] is None)
    before = Span(today - timedelta(days=60), today - timedelta(days=30))
    assert trade.run(lambda inner: said(inner, before)) == []


def test_what_stands_in_suspense_is_what_the_list_says_is_there(trade: Trade):
    """Open, kept, waiting for a second person, on its way back; and not what went back or is not ours."""
    kept, gone, _ = bring_receipts(trade, 1200, 3400, 5600)
    put_receipt_aside(trade, kept, "rest_kept")
    put_receipt_aside(trade, gone, "rest_sent_back")
    pay_with_receipt(trade, trade.order({"tea": 1}, method="bank_transfer"), over_fen=70)
    pay_twice(trade, trade.order({"tea": 1}))
    trade.send_refunds()
    pay_twice(trade, trade.order({"tea": 2}))
    limit = {"second_person_above_yuan": "0"}
    trade.run(lambda inner: set_shop_settings(inner, limit, actor_id=None, now=trade.now))
    pay_with_receipt(trade, trade.order({"honey": 1}, courier=True, method="bank_transfer"), over_fen=11)
    span = Span(shanghai_date(trade.began), shanghai_date(trade.now))
    assert trade.run(lambda inner: said(inner, span)) == trade.run(lambda inner: oracle(inner, span))
    _, sums = trade.run(lambda inner: totals(inner, find_report(NAME), span, "zh"))
    booked = int(trade.run(lambda inner: inner.scalar(sa.text(SUSPENSE))))
    assert sums["suspense_fen"] == booked == 1200 + 5600 + 70 + 2 * 6800 + 4999 + 800 + 11
    assert trade.violations() == []


@pytest.mark.parametrize("days", [(200, 0), (40, 10), (3, 3)])
def test_a_made_up_history_says_the_same_by_hand(demo_session: Session, days):
    today = shanghai_date(utc_now())
    span = Span(today - timedelta(days=days[0]), today - timedelta(days=days[1]))
    expected = oracle(demo_session, span)
    assert said(demo_session, span) == expected
    if days == (200, 0):
        assert expected
        _, sums = totals(demo_session, find_report(NAME), span, "zh")
        assert sums["suspense_fen"] == int(demo_session.scalar(sa.text(SUSPENSE)) or 0)
