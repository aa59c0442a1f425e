"""The reports of invoices and taxes say what plain rows say."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction

import sqlalchemy as sa

from shop.catalogue.models import Seller, VariantTax
from shop.kit.clock import shanghai_date, utc_now
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import stream_rows, totals
from shop.storage.types import UtcDateTime
from tests.factories.invoicing import ask, document, invoice, issue, take_back
from tests.factories.payouts import pay_in_cash
from tests.factories.trade import open_for_trade

TODAY = shanghai_date(utc_now())
EIGHT = timedelta(hours=8)


def table(session, name):
    """Plain rows, as the database holds them."""
    names = [column["name"] for column in sa.inspect(session.connection()).get_columns(name)]
    kinds = {"at": UtcDateTime(), "requested_at": UtcDateTime(), "issued_on": sa.Date()}
    columns = [sa.column(one, kinds.get(one)) for one in names]
    return [dict(row) for row in session.execute(sa.select(*columns).select_from(sa.table(name))).mappings()]


def day(moment: datetime) -> date:
    return (moment + EIGHT).date()


def summary(session, span):
    """Month, seller, exempt, rate: sold, refunded, net, base, tax, invoiced."""
    sums = defaultdict(lambda: [0, 0, 0])
    for row in table(session, "tax_entries"):
        if span.first <= day(row["at"]) <= span.last:
            key = (
                day(row["at"]).replace(day=1),
                row["seller_id"],
                bool(row["tax_exempt"]),
                row["tax_rate_bp"],
            )
            sums[key][0 if row["refund_id"] is None else 1] += abs(row["amount_fen"])
    days = {row["number"]: row["issued_on"] for row in table(session, "tax_documents")}
    invoices = {row["id"]: row for row in table(session, "invoices")}
    red = {row["invoice_id"]: row["document_number"] for row in table(session, "red_letters")}
    for part in table(session, "invoice_parts"):
        of = invoices[part["invoice_id"]]
        for number, sign in ((of["document_number"], 1), (red.get(of["id"]), -1)):
            if number is not None and span.first <= days[number] <= span.last:
                rate = (bool(part["tax_exempt"]), part["tax_rate_bp"])
                sums[(days[number].replace(day=1), of["seller_id"], *rate)][2] += sign * part["amount_fen"]
    rows = []
    for (month, seller, exempt, rate), (sold, back, invoiced) in sorted(sums.items()):
        net = sold - back
        tax = Fraction(abs(net) * rate, 10_000 + rate)
        tax = int(tax + Fraction(1, 2)) * (1 if net >= 0 else -1)
        rows.append((month, seller, exempt, rate, sold, back, net, net - tax, tax, invoiced))
    return rows


def told(session, span):
    """The report in the same shape."""
    sellers = {name: row_id for row_id, name in session.execute(sa.select(Seller.id, Seller.name_zh))}
    rows = []
    for row in stream_rows(session, find_report("tax-summary"), span, "zh"):
        month, seller, taxed, *figures = row
        month = month if isinstance(month, date) else date.fromisoformat(str(month))
        rows.append((month, sellers[seller], taxed == "exempt", *(int(one) for one in figures)))
    return rows


def test_the_tax_summary_is_the_sum_of_what_was_sold_refunded_and_invoiced(demo_session):
    for first, last in ((200, 0), (100, 31), (40, 10), (3, 3)):
        span = Span(TODAY - timedelta(days=first), TODAY - timedelta(days=last))
        expected = summary(demo_session, span)
        assert told(demo_session, span) == expected
    whole = Span(TODAY - timedelta(days=300), TODAY)
    orders = table(demo_session, "orders")
    standing = sum(
        row["total_fen"] - row["refunded_fen"] for row in orders if row["confirmed_at"] is not None
    )
    assert sum(row[6] for row in told(demo_session, whole)) == standing


def test_invoices_asked_for_stand_there_with_what_became_of_them(demo_session):
    for first, last in ((200, 0), (40, 10), (3, 3)):
        span = Span(TODAY - timedelta(days=first), TODAY - timedelta(days=last))
        expected = [
            (row["number"], row["title"], row["status"], row["document_number"], row["amount_fen"] or 0)
            for row in sorted(
                table(demo_session, "invoices"), key=lambda row: (row["requested_at"], row["id"])
            )
            if span.first <= day(row["requested_at"]) <= span.last
        ]
        rows = list(stream_rows(demo_session, find_report("invoices"), span, "zh"))
        assert [(row[0], row[2], row[5], row[7], row[9]) for row in rows] == expected


def test_rates_red_letters_and_vouchers_are_in_their_reports(session, unit_of_work):
    trade = open_for_trade(session, unit_of_work)
    shop = trade.shop
    session.get_one(Seller, shop.seller_id).buys_from_households = True
    for sku, rate, exempt in (("tea", 900, False), ("eggs", 0, True)):
        tax = {"tax_rate_bp": rate, "tax_exempt": exempt}
        session.add(VariantTax(variant_id=shop.variants[sku], seller_id=shop.seller_id, **tax))
    session.commit()
    order_id = trade.sell({"tea": 2, "eggs": 1})
    trade.deliver(order_id)
    [request] = ask(trade, order_id)
    issue(trade, request, 1)
    trade.part_refund(order_id, "shop", units={"tea": 1})
    again = take_back(trade, request, 2)
    issue(trade, again, 3)
    trade.close()
    pay_in_cash(trade, "yu")
    span = Span(shanghai_date(trade.now) - timedelta(days=9), shanghai_date(trade.now))
    assert trade.run(lambda s: told(s, span)) == trade.run(lambda s: summary(s, span))
    rows = trade.run(lambda s: told(s, span))
    assert sorted((row[2], row[3], row[6], row[9]) for row in rows) == [
        (False, 900, 6800, 6800),
        (True, 0, 5900, 5900),
    ]
    documents = trade.run(lambda s: list(stream_rows(s, find_report("tax-documents"), span, "en")))
    amounts = {row[2]: (row[1], int(row[6])) for row in documents}
    whole = invoice(trade, request).amount_fen
    assert amounts == {
        document(trade, 1): ("invoice", whole),
        document(trade, 2): ("red_letter", -whole),
        document(trade, 3): ("invoice", whole - 6800),
    }
    _, sums = trade.run(lambda s: totals(s, find_report("tax-documents"), span, "en"))
    assert sums["sold_fen"] == whole - 6800
    assert trade.violations() == []
