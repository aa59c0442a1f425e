"""The report of claims says what plain rows say."""

from __future__ import annotations

from datetime import timedelta

from shop.kit.clock import shanghai_date, utc_now
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import stream_rows, totals
from tests.factories.trade import open_for_trade
from tests.integration.reports.oracle import Oracle

TODAY = shanghai_date(utc_now())


def test_each_claim_of_the_days_stands_there_with_its_decision(demo_session):
    for first, last in ((200, 0), (40, 10), (3, 3)):
        span = Span(TODAY - timedelta(days=first), TODAY - timedelta(days=last))
        oracle = Oracle(demo_session, span)
        numbers = oracle.names("orders", "number")
        expected = [
            (numbers[row["order_id"]], row["kind"], row["status"], row["rule"])
            for row in sorted(oracle.table("claims"), key=lambda row: (row["opened_at"], row["id"]))
            if oracle.holds(row["opened_at"])
        ]
        rows = [tuple(row) for row in stream_rows(demo_session, find_report("claims"), span, "zh")]
        assert [(row[0], row[4], row[5], row[6]) for row in rows] == expected
    assert expected is not None


def test_it_says_how_long_it_took_and_what_went_back(session, unit_of_work):
    trade = open_for_trade(session, unit_of_work)
    order_id = trade.sell({"tea": 2}, courier=True)
    trade.deliver(order_id)
    claim_id = trade.claim(order_id, "tea")
    day = shanghai_date(trade.now)
    trade.now += timedelta(hours=5, minutes=50)
    trade.grant(claim_id)
    trade.part_refund(order_id, "shop", units={"tea": 1}, claim_id=claim_id)
    price = trade.run(
        lambda inner: totals(inner, find_report("claims"), Span(day, day), "en")[1]["refunded_fen"]
    )
    [row] = trade.run(lambda inner: list(stream_rows(inner, find_report("claims"), Span(day, day), "en")))
    assert row[8] == 5
    assert row[9] == price == trade.order_row(order_id).refunded_fen > 0
