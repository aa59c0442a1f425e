"""Reports of money beside SQL that was written for this test alone, row by row, over two histories."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.clock import months_before, shanghai_date, shanghai_midnight, utc_now
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import stream_rows, totals
from shop.storage.types import UtcDateTime
from tests.factories.trade import open_for_trade
from tests.factories.varied_history import live_through

BY_METHOD = """
SELECT p.provider, count(*), sum(p.received_fen), sum(coalesce(b.fen, 0)), sum(coalesce(p.fee_fen, 0)),
       sum(p.received_fen - coalesce(b.fen, 0) - coalesce(p.fee_fen, 0))
  FROM payments p
  LEFT JOIN (SELECT payment_id, sum(amount_fen) AS fen FROM refunds WHERE status = 'succeeded' GROUP BY payment_id) b
         ON b.payment_id = p.id
 WHERE p.status IN ('succeeded', 'orphaned') AND p.currency = 'CNY' AND p.succeeded_at >= :start AND p.succeeded_at < :end
 GROUP BY p.provider"""

PAYMENTS = """
SELECT o.number, p.provider, p.status, p.amount_fen, p.received_fen,
       (SELECT coalesce(sum(amount_fen), 0) FROM refunds WHERE payment_id = p.id AND status = 'succeeded'),
       p.fee_fen, p.reference
  FROM payments p, orders o
 WHERE o.id = p.order_id AND p.created_at >= :start AND p.created_at < :end"""

REFUNDS = """
SELECT o.number, r.status, r.bearer, r.reason, p.provider, r.amount_fen,
       CASE r.status WHEN 'succeeded' THEN r.amount_fen ELSE 0 END,
       CASE WHEN r.status IN ('requested', 'pending') THEN r.amount_fen ELSE 0 END,
       coalesce(given.others, 0), coalesce(given.shop, 0)
  FROM orders o, payments p, refunds r
  LEFT JOIN (SELECT e.reference,
                    sum(CASE WHEN s.account IN ('household_payable', 'village_fund', 'freight_payable') THEN s.amount_fen ELSE 0 END) AS others,
                    sum(CASE WHEN s.account = 'refunds_borne' THEN s.amount_fen ELSE 0 END) AS shop
               FROM journal_entries e JOIN postings s ON s.entry_id = e.id WHERE e.kind = 'refund' GROUP BY e.reference) given
    ON given.reference = 'refund:' || r.id
 WHERE o.id = r.order_id AND p.id = r.payment_id AND r.created_at >= :start AND r.created_at < :end"""

# Payouts that were there at the end, less what the books say was paid of them by then.
PAYABLE = """
SELECT v.name_zh, h.alias_zh, books.fen - coalesce(due.fen, 0) + books.paid, coalesce(due.fen, 0) - books.paid,
       books.fen
  FROM (SELECT p.household_id, -sum(p.amount_fen) AS fen,
               sum(CASE e.kind WHEN 'payout' THEN p.amount_fen ELSE 0 END) AS paid
          FROM postings p JOIN journal_entries e ON e.id = p.entry_id
         WHERE p.account = 'household_payable' AND e.posted_at < :end
         GROUP BY p.household_id) books
  JOIN households h ON h.id = books.household_id
  JOIN villages v ON v.id = h.village_id
  LEFT JOIN (SELECT p.household_id, sum(p.amount_fen) AS fen FROM payouts p JOIN payout_runs r ON r.id = p.run_id
              WHERE r.created_at < :end GROUP BY p.household_id) due
         ON due.household_id = books.household_id
 WHERE books.fen <> 0"""

# What was asked of orders on terms by the end, less what had come and what was not asked for any more.
RECEIVABLES = """
SELECT o.number, d.fen FROM orders o JOIN (
  SELECT e.order_id, sum(p.amount_fen) AS fen FROM postings p, journal_entries e
   WHERE e.id = p.entry_id AND p.account = 'receivables' AND e.posted_at < :end GROUP BY e.order_id) d
    ON d.order_id = o.id
 WHERE d.fen <> 0"""

PAYOUTS = """
SELECT r.number, v.name_zh, count(*),
       sum(CASE p.status WHEN 'draft' THEN p.amount_fen ELSE 0 END),
       sum(CASE p.status WHEN 'approved' THEN p.amount_fen ELSE 0 END),
       sum(CASE p.status WHEN 'paid' THEN p.amount_fen ELSE 0 END), sum(p.amount_fen)
  FROM payouts p, payout_runs r, households h, villages v
 WHERE r.id = p.run_id AND h.id = p.household_id AND v.id = h.village_id
   AND r.created_at >= :start AND r.created_at < :end
 GROUP BY r.number, v.name_zh"""

TRIAL = """
SELECT p.account,
       sum(CASE WHEN e.posted_at < :start THEN p.amount_fen ELSE 0 END),
       sum(CASE WHEN e.posted_at >= :start AND p.amount_fen > 0 THEN p.amount_fen ELSE 0 END),
       sum(CASE WHEN e.posted_at >= :start AND p.amount_fen < 0 THEN -p.amount_fen ELSE 0 END),
       sum(p.amount_fen)
  FROM postings p JOIN journal_entries e ON e.id = p.entry_id
 WHERE e.posted_at < :end GROUP BY p.account"""

JOURNAL = """
SELECT e.id, e.kind, o.number, p.account, coalesce(h.alias_zh, v.name_zh, ''),
       sum(CASE WHEN p.amount_fen > 0 THEN p.amount_fen ELSE 0 END),
       sum(CASE WHEN p.amount_fen < 0 THEN -p.amount_fen ELSE 0 END), e.reference
  FROM journal_entries e
  JOIN postings p ON p.entry_id = e.id
  LEFT JOIN orders o ON o.id = e.order_id
  LEFT JOIN households h ON h.id = p.household_id
  LEFT JOIN villages v ON v.id = p.village_id
 WHERE e.posted_at >= :start AND e.posted_at < :end
 GROUP BY e.id, e.kind, o.number, p.account, p.household_id, h.alias_zh, p.village_id, v.name_zh, e.reference"""

VOUCHERS = """
SELECT e.kind || ' ' || coalesce(o.number, e.reference), p.account,
       sum(CASE WHEN p.amount_fen > 0 THEN p.amount_fen END), sum(CASE WHEN p.amount_fen < 0 THEN -p.amount_fen END)
  FROM journal_entries e
  JOIN postings p ON p.entry_id = e.id
  LEFT JOIN orders o ON o.id = e.order_id
 WHERE e.posted_at >= :start AND e.posted_at < :end
 GROUP BY e.id, e.kind, o.number, e.reference, p.account, CASE WHEN p.amount_fen > 0 THEN 1 ELSE 0 END"""

MOVEMENTS = """
SELECT m.kind, coalesce((SELECT name_zh FROM villages WHERE id = m.village_id), ''), m.provider, m.purpose, m.bank_reference,
       CASE WHEN p.amount_fen > 0 THEN p.amount_fen ELSE 0 END, CASE WHEN p.amount_fen < 0 THEN -p.amount_fen ELSE 0 END,
       CASE WHEN EXISTS (SELECT 1 FROM journal_entries r WHERE r.reverses_id = e.id) THEN 'taken_back' ELSE 'booked' END,
       e.id
  FROM postings p JOIN journal_entries e ON e.id = p.entry_id
  JOIN bank_movements m ON e.reference = 'movement:' || m.id
 WHERE p.account = 'bank' AND e.posted_at >= :start AND e.posted_at < :end
UNION ALL
SELECT m.kind, coalesce((SELECT name_zh FROM villages WHERE id = m.village_id), ''), m.provider, m.reversal_reason,
       m.bank_reference,
       CASE WHEN p.amount_fen < 0 THEN p.amount_fen ELSE 0 END, CASE WHEN p.amount_fen > 0 THEN -p.amount_fen ELSE 0 END,
       'takes_back', e.id
  FROM postings p JOIN journal_entries e ON e.id = p.entry_id
  JOIN journal_entries o ON o.id = e.reverses_id
  JOIN bank_movements m ON o.reference = 'movement:' || m.id
 WHERE p.account = 'bank' AND e.posted_at >= :start AND e.posted_at < :end"""

# By the month in which it stands in the books; the report groups, this asks month by month.
FEES = """
SELECT coalesce(p.provider, 'no_payment'),
       sum(CASE e.kind WHEN 'payment_fee' THEN 1 ELSE 0 END),
       sum(CASE e.kind WHEN 'payment_fee' THEN coalesce(p.received_fen, 0) ELSE 0 END),
       sum(CASE e.kind WHEN 'payment_fee' THEN 0 ELSE -q.amount_fen END),
       sum(CASE e.kind WHEN 'payment_fee' THEN q.amount_fen ELSE 0 END)
  FROM journal_entries e
  JOIN (SELECT entry_id, sum(amount_fen) AS amount_fen FROM postings WHERE account = 'fee_reserve' GROUP BY entry_id) q
    ON q.entry_id = e.id
  LEFT JOIN payments p
         ON CASE e.kind WHEN 'payment_fee' THEN e.reference = 'fee:payment:' || p.id
                        ELSE p.order_id = e.order_id AND (p.status = 'succeeded' OR p.provider = 'on_account') END
 WHERE e.posted_at >= :start AND e.posted_at < :end
 GROUP BY coalesce(p.provider, 'no_payment')"""

# The report's columns that the statement above says, in its order.
COLUMNS = {
    "payments-by-method": (BY_METHOD, (0, 1, 2, 3, 4, 5)),
    "payments": (PAYMENTS, (0, 3, 4, 5, 6, 7, 8, 9)),
    "refunds": (REFUNDS, (0, 3, 4, 5, 6, 7, 8, 9, 10, 11)),
    "household-payable": (PAYABLE, (0, 1, 2, 3, 4)),
    "receivables": (RECEIVABLES, (1, 5)),
    "payouts": (PAYOUTS, (0, 2, 3, 4, 5, 6, 7)),
    "bank-movements": (MOVEMENTS, (1, 2, 3, 4, 5, 6, 7, 8, 9)),
    "trial-balance": (TRIAL, (1, 2, 3, 4, 5)),
    "journal": (JOURNAL, (0, 2, 3, 5, 6, 7, 8, 9)),
    "vouchers": (VOUCHERS, (4, 6, 7, 8)),
}
Rows = list[tuple[Any, ...]]


def asked(session: Session, statement: str, start: datetime, end: datetime) -> Rows:
    bounds = {name: value for name, value in (("start", start), ("end", end)) if f":{name}" in statement}
    kinds = [sa.bindparam(name, type_=UtcDateTime()) for name in bounds]
    return in_order(tuple(row) for row in session.execute(sa.text(statement).bindparams(*kinds), bounds))


def in_order(rows: Any) -> Rows:
    return sorted((tuple(_plain(cell) for cell in row) for row in rows), key=repr)


def _plain(cell: Any) -> Any:
    """Sums of PostgreSQL are decimals; a number that is no number yet is nothing."""
    if cell is None or isinstance(cell, str):
        return str(cell) if cell is not None else None
    return cell if isinstance(cell, date) else int(cell)


def reported(session: Session, name: str, span: Span, columns: tuple[int, ...]) -> Rows:
    rows = stream_rows(session, find_report(name), span, "zh")
    return in_order(tuple(row[place] for place in columns) for row in rows)


def compare(session: Session, name: str, span: Span) -> int:
    """How many rows both have; they are the same, and so are the report's totals."""
    statement, columns = COLUMNS[name]
    expected = asked(
        session, statement, shanghai_midnight(span.first), shanghai_midnight(span.last + timedelta(days=1))
    )
    assert reported(session, name, span, columns) == expected
    report = find_report(name)
    count, sums = totals(session, report, span, "zh")
    assert count == len(expected)
    for place, column in enumerate(columns):
        key = report.columns[column].key
        if key in sums:
            assert sums[key] == sum(row[place] or 0 for row in expected)
    return count


def compare_fees(session: Session, span: Span) -> int:
    expected: Rows = []
    month = span.first.replace(day=1)
    while month <= span.last:
        following = months_before(month, -1)
        start, end = max(month, span.first), min(following, span.last + timedelta(days=1))
        rows = asked(session, FEES, shanghai_midnight(start), shanghai_midnight(end))
        expected += [(month, *row, row[3] - row[4]) for row in rows]
        month = following
    assert reported(session, "provider-fees", span, (0, 1, 2, 3, 4, 5, 6)) == in_order(expected)
    return len(expected)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_made_up_year_says_the_same(demo_session, name):
    today = shanghai_date(utc_now())
    counts = [
        compare(demo_session, name, Span(today - timedelta(days=first), today - timedelta(days=last)))
        for first, last in ((200, 0), (90, 20), (3, 3))
    ]
    assert counts[0] > 0


def test_a_made_up_years_fees_say_the_same(demo_session):
    today = shanghai_date(utc_now())
    assert compare_fees(demo_session, Span(today - timedelta(days=200), today)) > 3
    compare_fees(demo_session, Span(today - timedelta(days=90), today - timedelta(days=20)))


def test_a_history_in_which_everything_happens_says_the_same(session, unit_of_work):
    trade = open_for_trade(session, unit_of_work)
    live_through(trade)
    trade.sell_on_terms({"tea": 1}, courier=True)
    first, last = shanghai_date(trade.began), shanghai_date(trade.now)
    assert first.month != last.month
    spans = (Span(first, last), Span(first, date(2026, 11, 30)), Span(date(2026, 12, 1), last))
    for span in spans:
        counts = {name: trade.run(_comparing(name, span)) for name in COLUMNS}
        trade.run(lambda inner, span=span: compare_fees(inner, span))
        if span is spans[0]:
            assert all(counts.values()), counts
    assert trade.violations() == []


def _comparing(name: str, span: Span) -> Callable[[Session], int]:
    return lambda session: compare(session, name, span)
