"""The procurement statement beside SQL that was written for this test alone, and beside the books."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from shop.kit.clock import shanghai_date, shanghai_midnight
from shop.payments.models import RefundBearer
from shop.purchases.models import CountedPurchase, Funding, PurchaseKind
from shop.purchases.platform_models import PlatformImport, PlatformPurchase
from shop.purchases.scope import Scope
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import all_rows, totals
from shop.reports.statement import beside_the_books, statement_report
from shop.storage.types import UtcDateTime
from tests.factories.counting import counted_statements
from tests.factories.counting_trade import CountingTrade, open_counting_trade
from tests.factories.varied_history import live_through

EVERYTHING = Scope()

# By department and funding: what orders that count cost after what went back, from payments' side of the shop.
BY_UNIT = """
SELECT coalesce(u.name_zh, ''), c.funding, sum(o.total_fen - coalesce(b.fen, 0))
  FROM counted_purchases c
  JOIN orders o ON o.id = c.order_id
  LEFT JOIN units u ON u.id = c.unit_id
  LEFT JOIN (SELECT r.order_id, sum(r.amount_fen) AS fen FROM refunds r JOIN payments p ON p.id = r.payment_id
              WHERE r.status = 'succeeded' AND p.status <> 'orphaned' GROUP BY r.order_id) b
         ON b.order_id = o.id
 WHERE o.confirmed_at >= :start AND o.confirmed_at < :end
 GROUP BY u.name_zh, c.funding
HAVING sum(o.total_fen - coalesce(b.fen, 0)) <> 0"""

# The same from the books: what stands on the accounts of who is owed for it.
BOOKS = """
SELECT coalesce(sum(-p.amount_fen), 0)
  FROM journal_entries e
  JOIN postings p ON p.entry_id = e.id
  JOIN orders o ON o.id = e.order_id
 WHERE e.kind IN ('sale', 'reassignment', 'refund', 'reversal')
   AND p.account IN ('household_payable', 'packing_payable', 'freight_payable', 'fee_reserve', 'village_fund',
                     'shop_income', 'rounding', 'refunds_borne', 'coupons_borne', 'coupon_fund')
   AND o.confirmed_at >= :start AND o.confirmed_at < :end
   AND (o.organisation_id IS NOT NULL OR o.counts_for_unit)"""


@pytest.fixture
def trade(session, unit_of_work) -> CountingTrade:
    return open_counting_trade(session, unit_of_work)


def days_of(trade) -> Span:
    return Span(shanghai_date(trade.began), shanghai_date(trade.now))


def ask(session, statement: str, span: Span):
    moments = {
        "start": shanghai_midnight(span.first),
        "end": shanghai_midnight(span.last + timedelta(days=1)),
    }
    kinds = [sa.bindparam(name, type_=UtcDateTime()) for name in moments]
    return session.execute(sa.text(statement).bindparams(*kinds), moments)


def rows_of(trade, span: Span | None = None, scope: Scope = EVERYTHING) -> list[dict]:
    report = statement_report(scope)
    found = trade.run(lambda session: all_rows(session, report, span or days_of(trade), "zh"))
    return [dict(zip([column.key for column in report.columns], row, strict=True)) for row in found]


def test_a_history_in_which_everything_happens_adds_up_to_payments_and_to_the_books(trade):
    live_through(trade)
    for goods in ({"tea": 2, "eggs": 1}, {"box": 2}):
        trade.sell_on_terms(goods, courier=True)
    whole = days_of(trade)
    for span in (whole, Span(whole.first, date(2026, 11, 30)), Span(date(2026, 12, 1), whole.last)):
        expected = trade.run(
            lambda session, span=span: sorted((*row[:2], int(row[2])) for row in ask(session, BY_UNIT, span))
        )
        said: dict[tuple[str, str], int] = {}
        for row in rows_of(trade, span):
            said[row["unit"], row["funding"]] = said.get((row["unit"], row["funding"]), 0) + row["net_fen"]
        assert sorted((*key, fen) for key, fen in said.items() if fen) == expected
        books = trade.run(lambda session, span=span: int(ask(session, BOOKS, span).scalar_one()))
        assert sum(said.values()) == books
        facts = trade.run(lambda session, span=span: beside_the_books(session, span, Scope())).facts
        assert [facts[0].value, facts[3].value] == [books, 0]
    assert len(expected) > 1
    assert trade.violations() == []


def test_each_row_says_from_which_county_and_its_status(trade):
    trade.sell_on_terms({"tea": 2})
    row = rows_of(trade)[0]
    assert (row["unit"], row["funding"], row["kind"], row["channel"]) == ("1 学院", "union", "direct", "shop")
    assert row["organisation"] == "校工会 union"
    assert row["county"].startswith("第")
    assert {row["listed_as"] for row in rows_of(trade) if row["county"] == "第0县"} <= {"脱贫县"}


def test_a_line_of_two_counties_is_divided_to_the_fen(trade):
    trade.sell_on_terms({"tea": 23}, courier=True)
    rows = [row for row in rows_of(trade) if row["product"]]
    order = trade.run(lambda session: session.execute(sa.text("SELECT goods_fen FROM orders")).scalar_one())
    assert sorted(row["county"] for row in rows) == ["第0县", "第1县"]
    assert sum(row["net_fen"] for row in rows) == order
    assert sum(row["quantity"] for row in rows) == 23


def test_who_did_not_agree_is_in_no_row_and_who_agreed_is_not_named(trade):
    for _ in range(3):
        trade.sell({"tea": 1})
    rows = rows_of(trade)
    assert [(row["funding"], row["number"], row["net_fen"] > 0) for row in rows] == [("personal", "", True)]


def test_what_went_back_leaves_its_row(trade):
    order_id = trade.sell_on_terms({"tea": 2, "eggs": 1}, courier=True)
    trade.settle(order_id)
    trade.deliver(order_id)
    before = {row["product"]: row["net_fen"] for row in rows_of(trade)}
    trade.part_refund(order_id, "household", units={"tea": 1})
    after = {row["product"]: row["net_fen"] for row in rows_of(trade)}
    changed = [product for product in before if before[product] != after[product]]
    assert len(changed) == 1
    assert after[changed[0]] * 2 == before[changed[0]]
    trade.refund(order_id, bearer=RefundBearer.SHOP)
    assert rows_of(trade) == []


def test_the_scope_narrows_rows_and_books_alike(trade):
    trade.agreed({"tea": 1})
    trade.sell_on_terms({"eggs": 1})
    for scope in (
        Scope(funding=Funding.UNION),
        Scope(funding=Funding.PERSONAL),
        Scope(unit_id=trade.units[0]),
    ):
        net = sum(row["net_fen"] for row in rows_of(trade, scope=scope))
        facts = trade.run(lambda session, scope=scope: beside_the_books(session, days_of(trade), scope)).facts
        assert (facts[0].value, facts[3].value) == (net, 0)
    assert rows_of(trade, scope=Scope(kind=PurchaseKind.HELPED)) == []


def platform_row(trade, number: str, fen: int) -> None:
    def add(session):
        sent = PlatformImport(digest=number * 4, rows=1, amount_fen=fen, imported_at=trade.now)
        session.add(sent)
        session.flush()
        session.add(
            PlatformPurchase(
                import_id=sent.id, order_number=number, item=1, bought_on=shanghai_date(trade.now),
                unit_id=trade.units[1], funding=Funding.CANTEEN, supplier="某合作社", county="第0县",
                category="粮油", product="大米", quantity=10, amount_fen=fen,
            )
        )  # fmt: skip

    trade.run(add)


def test_an_order_of_the_public_platform_counts_once_also_when_this_shop_has_it(trade):
    order_id = trade.sell_on_terms({"tea": 1})
    platform_row(trade, "832-1", 5000)
    platform_row(trade, "832-2", 7000)
    assert sum(row["net_fen"] for row in rows_of(trade) if row["channel"] == "832") == 12000

    def is_the_same(session):
        session.get_one(CountedPurchase, order_id).outside_number = "832-1"

    trade.run(is_the_same)
    rows = rows_of(trade)
    assert [row["outside_number"] for row in rows if row["channel"] == "832"] == ["832-2"]
    assert {row["outside_number"] for row in rows if row["channel"] == "shop"} == {"832-1"}
    assert next(row["listed_as"] for row in rows if row["channel"] == "832") == "脱贫县"


def test_as_many_statements_for_many_orders_as_for_one(trade, engine):
    trade.sell_on_terms({"tea": 1})
    counts = []
    for _ in range(2):
        with counted_statements(engine) as few:
            trade.run(
                lambda session: totals(session, find_report("procurement-statement"), days_of(trade), "zh")
            )
            rows_of(trade)
        counts.append(len(few))
        for _ in range(3):
            trade.sell_on_terms({"tea": 1, "eggs": 1})
    assert counts[0] == counts[1]
