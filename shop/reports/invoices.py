"""Invoices that were asked for, documents of the tax platform, and what was sold and taxed by rate."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from shop.catalogue.models import Household, Seller
from shop.invoicing.models import (
    Invoice,
    InvoiceOrder,
    InvoicePart,
    PurchaseVoucher,
    RedLetter,
    RedLetterStatus,
    TaxDocument,
    TaxEntry,
)
from shop.kit.clock import months_before
from shop.kit.text import msg
from shop.reports.definition import (
    Behind,
    Column,
    Group,
    Place,
    Report,
    Span,
    Unit,
    key_column,
    localised,
    sum_fen,
)
from shop.reports.taxed_sales import EXEMPT, TAXED
from shop.storage.expressions import shanghai_month

_WHOLE_BP = 10_000
_INVOICE = ((Place.INVOICE, "invoice_id"),)  # its page names its orders
_DOCUMENT = (*_INVOICE, (Place.VOUCHER, "voucher_id"))


def _invoices(span: Span, language: str) -> sa.Select[Any]:
    """By the day on which each was asked for; what a red letter took back is off the last column."""
    start, end = span.moments
    orders = sa.select(sa.func.count()).where(InvoiceOrder.invoice_id == Invoice.id).scalar_subquery()
    of_red = aliased(TaxDocument)
    amount = sa.func.coalesce(Invoice.amount_fen, 0)
    columns: tuple[Any, ...] = (Invoice.number, localised(language, Seller.name_zh, Seller.name_en))
    columns += (Invoice.title, Invoice.tax_number, orders, Invoice.status, Invoice.requested_at)
    columns += (Invoice.document_number, TaxDocument.issued_on, amount)
    columns += (RedLetter.document_number, of_red.issued_on)
    columns += (sa.case((RedLetter.id.is_(None), amount), else_=0), Invoice.id)
    is_red = sa.and_(RedLetter.invoice_id == Invoice.id, RedLetter.status == RedLetterStatus.ISSUED)
    return (
        sa.select(*columns)
        .join(Seller, Seller.id == Invoice.seller_id)
        .outerjoin(TaxDocument, TaxDocument.number == Invoice.document_number)
        .outerjoin(RedLetter, is_red)
        .outerjoin(of_red, of_red.number == RedLetter.document_number)
        .where(Invoice.requested_at >= start, Invoice.requested_at < end)
        .order_by(Invoice.requested_at, Invoice.id)
    )


INVOICES = Report(
    "invoices",
    msg("Invoices asked for"),
    (
        Column("number", msg("Request"), leads=_INVOICE),
        Column("seller", msg("Seller")),
        Column("title", msg("Invoice title")),
        Column("tax_number", msg("Tax number")),
        Column("orders", msg("Orders"), Unit.COUNT, leads=_INVOICE),
        Column("status", msg("State"), Unit.INVOICE),
        Column("requested_at", msg("Asked for on"), Unit.MOMENT),
        Column("document_number", msg("Invoice number")),
        Column("issued_on", msg("Day of issue"), Unit.DAY),
        Column("amount_fen", msg("Amount"), Unit.FEN, total=True),
        Column("red_number", msg("Number of the red letter")),
        Column("red_on", msg("Taken back on"), Unit.DAY),
        Column("standing_fen", msg("Still stands"), Unit.FEN, total=True),
        key_column("invoice_id"),
    ),
    _invoices,
    Group.MONEY,
    finance=True,
    note=msg("By the day on which they were asked for. Documents by their own day stand in another report."),
)


def _documents(span: Span, language: str) -> sa.Select[Any]:
    """By the day that stands on each; a red letter with its minus, a voucher with the household's short name."""
    nothing, none = sa.literal(0), sa.cast(sa.null(), sa.BigInteger)
    of_invoice = (Seller.id.label("seller_id"), Invoice.id.label("invoice_id"), none.label("voucher_id"))
    of_voucher = (Seller.id, none, PurchaseVoucher.id)
    seller = localised(language, Seller.name_zh, Seller.name_en)
    head = (TaxDocument.issued_on, TaxDocument.kind, TaxDocument.number, seller)
    days = (TaxDocument.issued_on >= span.first, TaxDocument.issued_on <= span.last)
    issued = (
        sa.select(*head, Invoice.issued_title, Invoice.number, Invoice.amount_fen, nothing, *of_invoice)
        .join(Invoice, Invoice.document_number == TaxDocument.number)
        .join(Seller, Seller.id == Invoice.seller_id)
        .where(*days)
    )
    red = (
        sa.select(*head, Invoice.issued_title, Invoice.number, -Invoice.amount_fen, nothing, *of_invoice)
        .join(RedLetter, RedLetter.document_number == TaxDocument.number)
        .join(Invoice, Invoice.id == RedLetter.invoice_id)
        .join(Seller, Seller.id == Invoice.seller_id)
        .where(*days)
    )
    vouchers = (
        sa.select(
            *head, Household.slug, PurchaseVoucher.number, nothing, PurchaseVoucher.amount_fen, *of_voucher
        )
        .join(PurchaseVoucher, PurchaseVoucher.document_number == TaxDocument.number)
        .join(Seller, Seller.id == PurchaseVoucher.seller_id)
        .join(Household, Household.id == PurchaseVoucher.household_id)
        .where(*days)
    )
    red_vouchers = (
        sa.select(
            *head, Household.slug, PurchaseVoucher.number, nothing, -PurchaseVoucher.amount_fen, *of_voucher
        )
        .join(PurchaseVoucher, PurchaseVoucher.red_number == TaxDocument.number)
        .join(Seller, Seller.id == PurchaseVoucher.seller_id)
        .join(Household, Household.id == PurchaseVoucher.household_id)
        .where(*days)
    )
    found = sa.union_all(issued, red, vouchers, red_vouchers).subquery()
    day, _kind, number, *_ = found.c
    return sa.select(*found.c).order_by(day, number)


TAX_DOCUMENTS = Report(
    "tax-documents",
    msg("Invoices, red letters and vouchers"),
    (
        Column("issued_on", msg("Day of issue"), Unit.DAY),
        Column("kind", msg("Document"), Unit.INVOICE),
        Column("number", msg("Invoice number"), leads=_DOCUMENT),
        Column("seller", msg("Seller")),
        Column("name", msg("Title or household")),
        Column("request", msg("Our number"), leads=_DOCUMENT),
        Column("sold_fen", msg("Invoiced"), Unit.FEN, total=True),
        Column("bought_fen", msg("Bought from households"), Unit.FEN, total=True),
        key_column("seller_id"),
        key_column("invoice_id"),
        key_column("voucher_id"),
    ),
    _documents,
    Group.MONEY,
    finance=True,
    narrows=(("seller_id", "seller"),),
    note=msg("By the day that stands on the document."),
)


def _tax_summary(span: Span, language: str) -> sa.Select[Any]:
    """Sales on the day they were confirmed, refunds on the day they arrived, documents on the day they say."""
    moved = sa.union_all(_sold(span), _invoiced(span, red=False), _invoiced(span, red=True)).subquery()
    net = sum_fen(moved.c.sold + moved.c.back)
    seller = localised(language, Seller.name_zh, Seller.name_en)
    key = (moved.c.month, Seller.id, seller, moved.c.tax_exempt, moved.c.tax_rate_bp)
    return (
        sa.select(
            moved.c.month,
            seller,
            sa.case((moved.c.tax_exempt, EXEMPT), else_=TAXED),
            moved.c.tax_rate_bp,
            sum_fen(moved.c.sold),
            sum_fen(-moved.c.back),
            net,
            net - _tax(net, moved.c.tax_rate_bp),
            _tax(net, moved.c.tax_rate_bp),
            sum_fen(moved.c.invoiced),
            Seller.id,
            moved.c.tax_rate_bp.label("rate_bp"),
        )
        .join(Seller, Seller.id == moved.c.seller_id)
        .group_by(*key)
        .order_by(moved.c.month, Seller.id, moved.c.tax_exempt, moved.c.tax_rate_bp)
    )


def _tax(fen: Any, rate_bp: Any) -> Any:
    """The tax that an amount contains, rounded half away from zero; whole fen, as databases divide integers."""
    whole = _WHOLE_BP + rate_bp
    size = (2 * sa.func.abs(fen) * rate_bp + whole) // (2 * whole)
    return sa.cast(sa.case((fen < 0, -size), else_=size), sa.BigInteger)


def _sold(span: Span) -> sa.Select[Any]:
    start, end = span.moments
    amount, is_sale = TaxEntry.amount_fen, TaxEntry.refund_id.is_(None)
    return sa.select(
        shanghai_month(TaxEntry.at).label("month"),
        *(TaxEntry.seller_id, TaxEntry.tax_rate_bp, TaxEntry.tax_exempt),
        sa.case((is_sale, amount), else_=0).label("sold"),
        sa.case((is_sale, 0), else_=amount).label("back"),
        sa.literal(0, sa.BigInteger).label("invoiced"),
    ).where(TaxEntry.at >= start, TaxEntry.at < end)


def _invoiced(span: Span, *, red: bool) -> sa.Select[Any]:
    amount: Any = -InvoicePart.amount_fen if red else InvoicePart.amount_fen
    nothing = sa.literal(0, sa.BigInteger)
    statement = sa.select(
        _month_of_day(span),
        *(Invoice.seller_id, InvoicePart.tax_rate_bp, InvoicePart.tax_exempt),
        *(nothing.label("sold"), nothing.label("back"), amount.label("invoiced")),
    ).join(Invoice, Invoice.id == InvoicePart.invoice_id)
    if red:
        statement = statement.join(RedLetter, RedLetter.invoice_id == Invoice.id)
    named = RedLetter.document_number if red else Invoice.document_number
    return statement.join(TaxDocument, TaxDocument.number == named).where(
        TaxDocument.issued_on >= span.first, TaxDocument.issued_on <= span.last
    )


def _month_of_day(span: Span) -> Any:
    """The first day of a document's month; there are few months in a span, so each is named."""
    months, month = [], span.last.replace(day=1)
    while month >= span.first.replace(day=1):
        months.append(month)
        month = months_before(month, 1)
    within = [(TaxDocument.issued_on >= first, sa.literal(first, sa.Date)) for first in months]
    return sa.case(*within).label("month")


_OF_RATE = ("sold_fen", "refunded_fen", "net_fen", "base_fen", "tax_fen")
TAX_SUMMARY = Report(
    "tax-summary",
    msg("Tax summary"),
    (
        Column("month", msg("Month"), Unit.MONTH),
        Column("seller", msg("Seller")),
        Column("taxed", msg("Taxed or exempt"), Unit.TAXED),
        Column("rate", msg("Tax rate"), Unit.SHARE),
        Column("sold_fen", msg("Sold"), Unit.FEN, total=True),
        Column("refunded_fen", msg("Refunded"), Unit.FEN, total=True),
        Column("net_fen", msg("Sold after refunds"), Unit.FEN, total=True),
        Column("base_fen", msg("Without tax"), Unit.FEN, total=True),
        Column("tax_fen", msg("Tax in it"), Unit.FEN, total=True),
        Column("invoiced_fen", msg("Invoiced"), Unit.FEN, total=True),
        key_column("seller_id"),
        key_column("rate_bp"),
    ),
    _tax_summary,
    Group.MONEY,
    finance=True,
    behind=(
        Behind("taxed-sales", _OF_RATE, by=("seller_id", "taxed", "rate_bp"), within="month"),
        Behind("tax-documents", ("month", "invoiced_fen"), by=("seller_id",), within="month"),  # of all rates
    ),
    note=msg(
        "Sales by the day on which they were confirmed, refunds by the day on which the money went, invoices and red letters by the day that stands on them. Freight has the rate of the goods it carried."
    ),
)
