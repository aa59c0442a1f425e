"""Orders and their lines, one row each."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.accounts.models import Unit as BuyerUnit
from shop.catalogue.models import Product
from shop.kit.text import msg
from shop.ordering.models import Order, OrderLine
from shop.reports.definition import Column, Group, Report, Span, Unit, key_column, localised
from shop.reports.refund_days import BY_SALE_DAY
from shop.reports.sales import confirmed_in


def _orders(span: Span, language: str) -> sa.Select[Any]:
    return (
        sa.select(
            Order.number,
            Order.placed_at,
            Order.confirmed_at,
            Order.status,
            Order.delivery,
            Order.payment_method,
            sa.func.coalesce(localised(language, BuyerUnit.name_zh, BuyerUnit.name_en), ""),
            Order.goods_fen - Order.discount_fen,
            Order.freight_fen - Order.freight_off_fen,
            Order.total_fen,
            Order.refunded_fen,
            Order.total_fen - Order.refunded_fen,
            Order.discount_fen + Order.freight_off_fen,
            sa.func.coalesce(Order.unit_id, 0),
            sa.func.coalesce(Order.pickup_point_id, 0),
            sa.func.coalesce(Order.organisation_id, 0),
            sa.case((Order.organisation_id.is_(None), sa.func.coalesce(Order.user_id, 0)), else_=-1),
        )
        .outerjoin(BuyerUnit, BuyerUnit.id == Order.unit_id)
        .where(confirmed_in(span))
        .order_by(Order.confirmed_at, Order.id)
    )


COUPON = Column("coupon_fen", msg("Taken off by coupons"), Unit.FEN, total=True)
ORDERS = Report(
    "orders",
    msg("Orders"),
    (
        Column("number", msg("Order number"), Unit.ORDER),
        Column("placed_at", msg("Ordered at"), Unit.MOMENT),
        Column("confirmed_at", msg("Confirmed at"), Unit.MOMENT),
        Column("status", msg("Status"), Unit.ORDER_STATUS),
        Column("delivery", msg("Delivery"), Unit.DELIVERY),
        Column("payment_method", msg("Payment method"), Unit.PAYMENT_METHOD),
        Column("unit", msg("Unit of the university")),
        Column("goods_fen", msg("Goods"), Unit.FEN, total=True),
        Column("freight_fen", msg("Freight"), Unit.FEN, total=True),
        Column("paid_fen", msg("Paid"), Unit.FEN, total=True),
        Column("refunded_fen", msg("Refunded"), Unit.FEN, total=True),
        Column("net_fen", msg("After refunds"), Unit.FEN, total=True),
        COUPON,
        key_column("unit_id"),
        key_column("point_id"),
        key_column("organisation_id"),
        key_column("user_id"),  # who bought for themselves: 0 a guest, -1 nobody
    ),
    _orders,
    Group.ORDERS,
    note=BY_SALE_DAY,
    narrows=(("unit_id", "unit"), ("point_id", ""), ("organisation_id", ""), ("user_id", "")),
)


def _lines(span: Span, language: str) -> sa.Select[Any]:
    return (
        sa.select(
            Order.number,
            Order.confirmed_at,
            OrderLine.sku,
            localised(language, OrderLine.product_name_zh, OrderLine.product_name_en),
            localised(language, OrderLine.variant_name_zh, OrderLine.variant_name_en),
            OrderLine.unit_price_fen,
            OrderLine.quantity,
            OrderLine.line_fen - OrderLine.discount_fen,
            OrderLine.net_weight_g * OrderLine.quantity,
            OrderLine.discount_fen,
            OrderLine.product_id,
            Product.category_id,
            OrderLine.variant_id,
        )
        .join(Order, Order.id == OrderLine.order_id)
        .join(Product, Product.id == OrderLine.product_id)
        .where(confirmed_in(span))
        .order_by(Order.confirmed_at, OrderLine.id)
    )


ORDER_LINES = Report(
    "order-lines",
    msg("Order lines"),
    (
        Column("number", msg("Order number"), Unit.ORDER),
        Column("confirmed_at", msg("Confirmed at"), Unit.MOMENT),
        Column("sku", "SKU"),
        Column("product", msg("Product")),
        Column("variant", msg("Pack")),
        Column("unit_price_fen", msg("Unit price"), Unit.FEN),
        Column("units", msg("Units"), Unit.COUNT, total=True),
        Column("goods_fen", msg("Goods"), Unit.FEN, total=True),
        Column("net_weight_g", msg("Net weight"), Unit.GRAMS, total=True),
        COUPON,
        key_column("product_id"),
        key_column("category_id"),
        key_column("variant_id"),
    ),
    _lines,
    Group.ORDERS,
    narrows=(("product_id", "product"), ("category_id", ""), ("variant_id", "variant")),
)
