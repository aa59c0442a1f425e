"""What each order sold at each rate, and what went back of it: the rows that the tax summary adds up."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.catalogue.models import Seller
from shop.invoicing.models import TaxEntry
from shop.kit.text import msg
from shop.ordering.models import Order
from shop.reports.definition import Column, Group, Report, Span, Unit, key_column, localised

TAXED, EXEMPT = "taxed", "exempt"


def _taxed_sales(span: Span, language: str) -> sa.Select[Any]:
    """Sales on the day they were confirmed, refunds on the day they arrived."""
    start, end = span.moments
    amount, is_sale = TaxEntry.amount_fen, TaxEntry.refund_id.is_(None)
    columns: tuple[Any, ...] = (
        *(TaxEntry.at, Order.number, localised(language, Seller.name_zh, Seller.name_en)),
        *(sa.case((TaxEntry.tax_exempt, EXEMPT), else_=TAXED), TaxEntry.tax_rate_bp),
        *(sa.case((is_sale, amount), else_=0), sa.case((is_sale, 0), else_=-amount), amount),
        *(TaxEntry.seller_id, TaxEntry.tax_rate_bp.label("rate_bp")),
    )
    return (
        sa.select(*columns)
        .join(Order, Order.id == TaxEntry.order_id)
        .join(Seller, Seller.id == TaxEntry.seller_id)
        .where(TaxEntry.at >= start, TaxEntry.at < end)
        .order_by(TaxEntry.at, TaxEntry.id)
    )


TAXED_SALES = Report(
    "taxed-sales",
    msg("Sales and refunds by tax rate, order by order"),
    (
        Column("at", msg("Moment"), Unit.MOMENT),
        Column("order", msg("Order number"), Unit.ORDER),
        Column("seller", msg("Seller")),
        Column("taxed", msg("Taxed or exempt"), Unit.TAXED),
        Column("rate", msg("Tax rate"), Unit.SHARE),
        Column("sold_fen", msg("Sold"), Unit.FEN, total=True),
        Column("refunded_fen", msg("Refunded"), Unit.FEN, total=True),
        Column("net_fen", msg("Sold after refunds"), Unit.FEN, total=True),
        key_column("seller_id"),
        key_column("rate_bp"),
    ),
    _taxed_sales,
    Group.MONEY,
    finance=True,
    note=msg(
        "Sales by the day on which they were confirmed, refunds by the day on which the money went: what the tax summary adds up."
    ),
    narrows=(("seller_id", "seller"), ("taxed", "taxed"), ("rate_bp", "rate")),
)
