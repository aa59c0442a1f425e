"""Invoices bill what was paid and stays paid, each number once and without a gap; what is sold by rate adds up."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule, total
from shop.invoicing.models import (
    DocumentKind,
    Invoice,
    InvoiceOrder,
    InvoicePart,
    InvoiceStatus,
    NumberSeries,
    PurchaseVoucher,
    RedLetter,
    RedLetterStatus,
    Series,
    TaxDocument,
    TaxEntry,
)
from shop.invoicing.transitions import OPEN_RED, WAITING
from shop.invoicing.vouchers import bought_goods
from shop.ledger.models import Payout
from shop.ordering.models import Order, OrderLine

_key = (TaxEntry.order_id, TaxEntry.seller_id, TaxEntry.tax_rate_bp, TaxEntry.tax_exempt)
_standing = sa.select(*_key, total(TaxEntry.amount_fen, "fen")).group_by(*_key).subquery()
_billed = (
    sa.select(
        *(InvoicePart.order_id, Invoice.seller_id, InvoicePart.tax_rate_bp, InvoicePart.tax_exempt),
        total(InvoicePart.amount_fen, "fen"),
    )
    .join(Invoice, Invoice.id == InvoicePart.invoice_id)
    .where(Invoice.status == InvoiceStatus.ISSUED)
    .group_by(InvoicePart.order_id, Invoice.seller_id, InvoicePart.tax_rate_bp, InvoicePart.tax_exempt)
    .subquery()
)
_of_one_key = sa.and_(
    _standing.c.order_id == _billed.c.order_id,
    _standing.c.seller_id == _billed.c.seller_id,
    _standing.c.tax_rate_bp == _billed.c.tax_rate_bp,
    _standing.c.tax_exempt == _billed.c.tax_exempt,
)
_stands = or_nothing(_standing.c.fen)
_being_taken_back = sa.exists().where(
    InvoiceOrder.order_id == _billed.c.order_id,
    InvoiceOrder.seller_id == _billed.c.seller_id,
    InvoiceOrder.invoice_id == RedLetter.invoice_id,
    RedLetter.status.in_(OPEN_RED),
)
_by_order = (
    sa.select(TaxEntry.order_id, total(TaxEntry.amount_fen, "fen")).group_by(TaxEntry.order_id).subquery()
)
_entered = or_nothing(_by_order.c.fen)
_parts = (
    sa.select(InvoicePart.invoice_id, total(InvoicePart.amount_fen, "fen"))
    .group_by(InvoicePart.invoice_id)
    .subquery()
)
_orders = (
    sa.select(InvoiceOrder.invoice_id, sa.func.count().label("count"))
    .group_by(InvoiceOrder.invoice_id)
    .subquery()
)
_has_document = sa.select(
    Invoice.document_number.label("number"), sa.literal(DocumentKind.INVOICE.value).label("kind")
)
_has_document = _has_document.where(Invoice.document_number.is_not(None))
_red = sa.select(RedLetter.document_number, sa.literal(DocumentKind.RED_LETTER.value))
_voucher = sa.select(PurchaseVoucher.document_number, sa.literal(DocumentKind.VOUCHER.value))
_red_voucher = sa.select(PurchaseVoucher.red_number, sa.literal(DocumentKind.RED_LETTER.value))
_named = sa.union_all(
    _has_document,
    _red.where(RedLetter.document_number.is_not(None)),
    _voucher.where(PurchaseVoucher.document_number.is_not(None)),
    _red_voucher.where(PurchaseVoucher.red_number.is_not(None)),
).subquery()
_bought = bought_goods().subquery()
_paid_for = or_nothing(_bought.c.fen)


def _numbered(table: type[Invoice | PurchaseVoucher], series: Series) -> sa.Select[int, int, int, int]:
    """Series whose numbers are not exactly those from one to the last."""
    count, most = sa.func.count(table.id), or_nothing(sa.func.max(table.sequence))
    return (
        sa.select(NumberSeries.seller_id, NumberSeries.last, count.label("count"), most.label("most"))
        .outerjoin(table, table.seller_id == NumberSeries.seller_id)
        .where(NumberSeries.series == series)
        .group_by(NumberSeries.seller_id, NumberSeries.last)
        .having(sa.or_(count != NumberSeries.last, most != NumberSeries.last))
    )


RULES = (
    rule(
        "tax: what an order sold by rate is what was paid and not refunded",
        sa.select(Order.number, Order.total_fen, Order.refunded_fen, _entered.label("entered"))
        .outerjoin(_by_order, _by_order.c.order_id == Order.id)
        .where(
            sa.case((Order.confirmed_at.is_(None), 0), else_=Order.total_fen - Order.refunded_fen) != _entered
        ),
        "order {number}",
        "costs {total_fen} fen, {refunded_fen} fen refunded, by rate {entered} fen",
    ),
    rule(
        "tax: nothing sold at a rate goes below zero",
        sa.select(Order.number, _standing.c.fen)
        .join(_standing, _standing.c.order_id == Order.id)
        .where(_standing.c.fen < 0),
        "order {number}",
        "{fen} fen at one rate",
    ),
    rule(
        "tax: an exempt line has no rate",
        sa.select(OrderLine.id, OrderLine.sku, OrderLine.tax_rate_bp).where(
            OrderLine.tax_exempt.is_(True), OrderLine.tax_rate_bp != 0
        ),
        "order line {id}",
        "{sku} is exempt, at {tax_rate_bp} basis points",
    ),
    rule(
        "invoice: bills no more than was paid and not refunded, unless a red letter is under way",
        sa.select(Order.number, _billed.c.fen, _stands.label("stands"))
        .join(_billed, _billed.c.order_id == Order.id)
        .outerjoin(_standing, _of_one_key)
        .where(_billed.c.fen > _stands, ~_being_taken_back),
        "order {number}",
        "{fen} fen invoiced at a rate, {stands} fen stand",
    ),
    rule(
        "invoice: its parts add up to it",
        sa.select(
            Invoice.number,
            or_nothing(Invoice.amount_fen).label("says"),
            or_nothing(_parts.c.fen).label("parts"),
        )
        .outerjoin(_parts, _parts.c.invoice_id == Invoice.id)
        .where(or_nothing(Invoice.amount_fen) != or_nothing(_parts.c.fen)),
        "invoice {number}",
        "{says} fen, its parts {parts} fen",
    ),
    rule(
        "invoice: for at least one order, unless it went into another",
        sa.select(Invoice.number, Invoice.status, or_nothing(_orders.c.count).label("orders"))
        .outerjoin(_orders, _orders.c.invoice_id == Invoice.id)
        .where((Invoice.status == InvoiceStatus.MERGED) != (or_nothing(_orders.c.count) == 0)),
        "invoice {number}",
        "{status} with {orders} orders",
    ),
    rule(
        "invoice: its orders wait exactly while it does, and are its seller's",
        sa.select(Invoice.number, Invoice.status)
        .join(InvoiceOrder, InvoiceOrder.invoice_id == Invoice.id)
        .where(
            sa.or_(
                InvoiceOrder.waits != Invoice.status.in_(tuple(WAITING)),
                InvoiceOrder.seller_id != Invoice.seller_id,
            )
        )
        .distinct(),
        "invoice {number}",
        "is {status}, and its orders say otherwise",
    ),
    rule(
        "invoice: taken back by exactly one red letter that was issued",
        sa.select(Invoice.number, Invoice.status, sa.func.count(RedLetter.id).label("letters"))
        .outerjoin(
            RedLetter,
            sa.and_(RedLetter.invoice_id == Invoice.id, RedLetter.status == RedLetterStatus.ISSUED),
        )
        .group_by(Invoice.id, Invoice.number, Invoice.status)
        .having(
            sa.func.count(RedLetter.id) != sa.case((Invoice.status == InvoiceStatus.REVERSED, 1), else_=0)
        ),
        "invoice {number}",
        "is {status} with {letters} red letters",
    ),
    rule(
        "invoice: each number of the tax platform is of one document of its kind",
        sa.select(TaxDocument.number, TaxDocument.kind, sa.func.count(_named.c.number).label("count"))
        .outerjoin(
            _named,
            sa.and_(
                _named.c.number == TaxDocument.number, _named.c.kind == sa.cast(TaxDocument.kind, sa.String)
            ),
        )
        .group_by(TaxDocument.number, TaxDocument.kind)
        .having(sa.func.count(_named.c.number) != 1),
        "document {number}",
        "a {kind} that {count} rows have",
    ),
    rule(
        "invoice: a seller's requests are numbered without a gap",
        _numbered(Invoice, Series.REQUEST),
        "seller {seller_id}",
        "last number {last}, highest {most}, {count} requests",
    ),
    rule(
        "voucher: a seller's vouchers are numbered without a gap",
        _numbered(PurchaseVoucher, Series.VOUCHER),
        "seller {seller_id}",
        "last number {last}, highest {most}, {count} vouchers",
    ),
    rule(
        "voucher: says what the payout paid for its seller's goods, to that household",
        sa.select(PurchaseVoucher.number, PurchaseVoucher.amount_fen, _paid_for.label("paid"))
        .join(Payout, Payout.id == PurchaseVoucher.payout_id)
        .outerjoin(
            _bought,
            sa.and_(
                _bought.c.payout_id == PurchaseVoucher.payout_id,
                _bought.c.seller_id == PurchaseVoucher.seller_id,
            ),
        )
        .where(
            sa.or_(
                PurchaseVoucher.amount_fen != _paid_for, PurchaseVoucher.household_id != Payout.household_id
            )
        ),
        "voucher {number}",
        "says {amount_fen} fen, the payout {paid} fen",
    ),
)
