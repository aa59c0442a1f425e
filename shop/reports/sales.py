"""What was sold. A sale belongs to the Shanghai day on which its order was confirmed.

Refunds are shown with the sale they take back, so that every grouping of the same range adds up to the same total.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.accounts.models import Unit as BuyerUnit
from shop.catalogue.models import Category, Product
from shop.kit.text import msg
from shop.ordering.models import Order, OrderLine
from shop.payments.models import Refund, RefundLine, RefundStatus
from shop.reports.definition import Behind, Column, Group, Report, Span, Unit, key_column, localised
from shop.reports.refund_days import BY_SALE_DAY, refunds_by_their_days
from shop.storage.expressions import shanghai_day, shanghai_month, shanghai_week

ORDERS = Column("orders", msg("Orders"), Unit.COUNT, total=True)
GOODS = Column("goods_fen", msg("Goods"), Unit.FEN, total=True)
FREIGHT = Column("freight_fen", msg("Freight"), Unit.FEN, total=True)
PAID = Column("paid_fen", msg("Paid"), Unit.FEN, total=True)
REFUNDED = Column("refunded_fen", msg("Refunded"), Unit.FEN, total=True)
NET = Column("net_fen", msg("After refunds"), Unit.FEN, total=True)
UNITS = Column("units", msg("Units"), Unit.COUNT, total=True)
OF_ORDERS = tuple(column.key for column in (ORDERS, GOODS, FREIGHT, PAID, REFUNDED, NET))


def confirmed_in(span: Span) -> sa.ColumnElement[bool]:
    start, end = span.moments
    return sa.and_(Order.confirmed_at >= start, Order.confirmed_at < end)


def order_sums() -> tuple[sa.ColumnElement[Any], ...]:
    return (
        sa.func.count(Order.id),
        sa.func.sum(Order.goods_fen - Order.discount_fen),
        sa.func.sum(Order.freight_fen - Order.freight_off_fen),
        sa.func.sum(Order.total_fen),
        sa.func.sum(Order.refunded_fen),
        sa.func.sum(Order.total_fen - Order.refunded_fen),
    )


def _by_period(period: Any) -> Any:
    def statement(span: Span, _language: str) -> sa.Select[Any]:
        when = period(Order.confirmed_at)
        return sa.select(when, *order_sums()).where(confirmed_in(span)).group_by(when).order_by(when)

    return statement


def _period_report(name: str, title: str, first_column: Column, period: Any) -> Report:
    columns = (first_column, ORDERS, GOODS, FREIGHT, PAID, REFUNDED, NET)
    chart = (first_column.key, PAID.key)
    return Report(
        name,
        title,
        columns,
        _by_period(period),
        Group.SELLING,
        chart=chart,
        findings=refunds_by_their_days,
        note=BY_SALE_DAY,
        behind=(Behind("orders", OF_ORDERS, within=first_column.key),),
    )


_DAY = Column("day", msg("Day"), Unit.DAY)
_WEEK = Column("week", msg("Week from Monday"), Unit.WEEK)
_MONTH = Column("month", msg("Month"), Unit.MONTH)

SALES_BY_DAY = _period_report("sales-by-day", msg("Sales by day"), _DAY, shanghai_day)
SALES_BY_WEEK = _period_report("sales-by-week", msg("Sales by week"), _WEEK, shanghai_week)
SALES_BY_MONTH = _period_report("sales-by-month", msg("Sales by month"), _MONTH, shanghai_month)


def _by_buyer_unit(span: Span, language: str) -> sa.Select[Any]:
    name = localised(language, BuyerUnit.name_zh, BuyerUnit.name_en)
    return (
        sa.select(sa.func.coalesce(name, "—"), *order_sums(), sa.func.coalesce(BuyerUnit.id, 0))
        .select_from(Order)
        .outerjoin(BuyerUnit, BuyerUnit.id == Order.unit_id)
        .where(confirmed_in(span))
        .group_by(BuyerUnit.id, name)
        .order_by(sa.func.sum(Order.total_fen).desc(), BuyerUnit.id)
    )


SALES_BY_UNIT = Report(
    "sales-by-unit",
    msg("Sales by buyer's unit"),
    (
        Column("unit", msg("Unit of the university")),
        ORDERS,
        GOODS,
        FREIGHT,
        PAID,
        REFUNDED,
        NET,
        key_column("unit_id"),
    ),
    _by_buyer_unit,
    Group.SELLING,
    chart=("unit", "paid_fen"),
    note=BY_SALE_DAY,
    behind=(Behind("orders", ("unit", *OF_ORDERS), by=("unit_id",)),),
)


# Goods cost what was paid for them: what coupons took off is another report.
# A full refund takes back each line, one for some units their price; the goods of an order are its lines, to the fen.
units_refunded = (
    sa.select(RefundLine.order_line_id, sa.func.sum(RefundLine.amount_fen).label("fen"))
    .join(Refund, Refund.id == RefundLine.refund_id)
    .where(Refund.status == RefundStatus.SUCCEEDED)
    .group_by(RefundLine.order_line_id)
    .subquery()
)
line_refunded = sa.case(
    (Order.refunded_fen >= Order.total_fen, OrderLine.line_fen - OrderLine.discount_fen),
    else_=sa.func.coalesce(units_refunded.c.fen, 0),
)
GOODS_REFUNDED = Column("refunded_fen", msg("Refunded goods"), Unit.FEN, total=True)


def line_sums() -> tuple[sa.ColumnElement[Any], ...]:
    return (
        sa.func.sum(OrderLine.quantity),
        sa.func.sum(OrderLine.line_fen - OrderLine.discount_fen),
        sa.func.sum(line_refunded),
        sa.func.sum(OrderLine.line_fen - OrderLine.discount_fen - line_refunded),
    )


def _by_product(span: Span, language: str) -> sa.Select[Any]:
    name = localised(language, Product.name_zh, Product.name_en)
    return (
        sa.select(name, *line_sums(), Product.id)
        .select_from(OrderLine)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Product, Product.id == OrderLine.product_id)
        .outerjoin(units_refunded, units_refunded.c.order_line_id == OrderLine.id)
        .where(confirmed_in(span))
        .group_by(Product.id, name)
        .order_by(sa.func.sum(OrderLine.line_fen).desc(), Product.id)
    )


def _by_category(span: Span, language: str) -> sa.Select[Any]:
    name = localised(language, Category.name_zh, Category.name_en)
    return (
        sa.select(name, *line_sums(), Category.id)
        .select_from(OrderLine)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Product, Product.id == OrderLine.product_id)
        .join(Category, Category.id == Product.category_id)
        .outerjoin(units_refunded, units_refunded.c.order_line_id == OrderLine.id)
        .where(confirmed_in(span))
        .group_by(Category.id, name)
        .order_by(sa.func.sum(OrderLine.line_fen).desc(), Category.id)
    )


def _line_report(name: str, title: str, first: Column, statement: Any) -> Report:
    key = f"{first.key}_id"
    return Report(
        name,
        title,
        (first, UNITS, GOODS, GOODS_REFUNDED, NET, key_column(key)),
        statement,
        Group.SELLING,
        chart=(first.key, GOODS.key),
        note=BY_SALE_DAY,
        behind=(Behind("order-lines", (first.key, UNITS.key, GOODS.key), by=(key,)),),
    )


SALES_BY_PRODUCT = _line_report(
    "sales-by-product", msg("Sales by product"), Column("product", msg("Product")), _by_product
)
SALES_BY_CATEGORY = _line_report(
    "sales-by-category", msg("Sales by category"), Column("category", msg("Category")), _by_category
)
