"""Packs as they sell, lie in baskets, come back, and stand in the list of all."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.catalogue.models import Category, Product, Variant
from shop.inventory.models import Allocation, Lot, ReturnedUnits, ReturnStatus
from shop.kit.text import msg
from shop.ordering.models import Basket, BasketItem, Order, OrderLine
from shop.payments.models import RefundLine
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
from shop.reports.refund_days import BY_SALE_DAY
from shop.reports.sales import (
    GOODS,
    GOODS_REFUNDED,
    NET,
    UNITS,
    confirmed_in,
    line_sums,
    units_refunded,
)

_PRODUCT = Column("product", msg("Product"))
_PACK = Column("variant", msg("Pack"))


def _names(language: str) -> tuple[Any, Any]:
    return (
        localised(language, Product.name_zh, Product.name_en),
        localised(language, Variant.name_zh, Variant.name_en),
    )


def _best(span: Span, language: str) -> sa.Select[Any]:
    names = _names(language)
    return (
        sa.select(*names, *line_sums(), sa.func.count(sa.distinct(Order.id)), Variant.id)
        .select_from(OrderLine)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .join(Product, Product.id == OrderLine.product_id)
        .outerjoin(units_refunded, units_refunded.c.order_line_id == OrderLine.id)
        .where(confirmed_in(span))
        .group_by(Variant.id, *names)
        .order_by(sa.func.sum(OrderLine.quantity).desc(), Variant.id)
    )


BEST_SELLERS = Report(
    "best-sellers",
    msg("Best sellers"),
    (
        _PRODUCT,
        _PACK,
        UNITS,
        GOODS,
        GOODS_REFUNDED,
        NET,
        Column("orders", msg("Orders"), Unit.COUNT),
        key_column("variant_id"),
    ),
    _best,
    Group.SELLING,
    chart=("product", "units"),
    note=BY_SALE_DAY,
    behind=(Behind("order-lines", ("product", "variant", "units", "goods_fen"), by=("variant_id",)),),
)


def _left(span: Span, language: str) -> sa.Select[Any]:
    names, (start, end) = _names(language), span.moments
    return (
        sa.select(
            *names,
            sa.func.count(BasketItem.id),
            sa.func.sum(BasketItem.quantity),
            sum_fen(BasketItem.quantity * Variant.price_fen),
            sa.func.max(Basket.updated_at),
        )
        .select_from(BasketItem)
        .join(Basket, Basket.id == BasketItem.basket_id)
        .join(Variant, Variant.id == BasketItem.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Basket.updated_at >= start, Basket.updated_at < end)
        .group_by(Variant.id, *names)
        .order_by(sum_fen(BasketItem.quantity * Variant.price_fen).desc(), Variant.id)
    )


LEFT_IN_BASKETS = Report(
    "left-in-baskets",
    msg("Left in baskets"),
    (
        _PRODUCT,
        _PACK,
        Column("baskets", msg("Baskets"), Unit.COUNT),
        UNITS,
        Column("value_fen", msg("At today's price"), Unit.FEN, total=True),
        Column("touched_at", msg("Last changed"), Unit.MOMENT),
    ),
    _left,
    Group.SELLING,
    chart=("product", "units"),
    note=msg(
        "What lies in baskets and is not ordered, by the day on which a basket was last changed. Baskets of guests are forgotten after a while."
    ),
)


def _returned(span: Span, language: str) -> sa.Select[Any]:
    """What was called off with its refund that failed never came back."""
    start, end = span.moments
    return (
        sa.select(
            Order.number,
            *_names(language),
            Lot.code,
            ReturnedUnits.units,
            ReturnedUnits.status,
            RefundLine.amount_fen,
            ReturnedUnits.created_at,
            Lot.id,
        )
        .join(RefundLine, RefundLine.id == ReturnedUnits.refund_line_id)
        .join(OrderLine, OrderLine.id == RefundLine.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Allocation, Allocation.id == ReturnedUnits.allocation_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(
            ReturnedUnits.created_at >= start,
            ReturnedUnits.created_at < end,
            ReturnedUnits.status != ReturnStatus.CALLED_OFF,
        )
        .order_by(ReturnedUnits.created_at, ReturnedUnits.id)
    )


RETURNS = Report(
    "returns",
    msg("Returned goods"),
    (
        Column("number", msg("Order number"), Unit.ORDER),
        _PRODUCT,
        _PACK,
        Column("lot", msg("Lot"), leads=((Place.LOT, "lot_id"),)),
        UNITS,
        Column("became", msg("What became of them"), Unit.RETURN),
        Column("line_fen", msg("Refunded for the line"), Unit.FEN),
        Column("created_at", msg("Asked for on"), Unit.MOMENT),
        key_column("lot_id"),
    ),
    _returned,
    Group.ORDERS,
    note=msg(
        "By the day on which the refund was asked for. A line may be several lots: its refund stands with each."
    ),
)


def _packs(_span: Span, language: str) -> sa.Select[Any]:
    """Every pack of every product, drafts and withdrawn ones too."""
    free = (
        sa.select(Lot.variant_id, sa.func.sum(Lot.available).label("units"))
        .group_by(Lot.variant_id)
        .subquery()
    )
    return (
        sa.select(
            Variant.sku,
            *_names(language),
            localised(language, Category.name_zh, Category.name_en),
            Product.status,
            Variant.price_fen,
            Variant.net_weight_g,
            sa.func.coalesce(free.c.units, 0),
            Product.published_at,
        )
        .join(Product, Product.id == Variant.product_id)
        .join(Category, Category.id == Product.category_id)
        .outerjoin(free, free.c.variant_id == Variant.id)
        .order_by(Product.id, Variant.id)
    )


PACKS = Report(
    "packs",
    msg("All products and packs"),
    (
        Column("sku", "SKU"),
        _PRODUCT,
        _PACK,
        Column("category", msg("Category")),
        Column("status", msg("Status"), Unit.PRODUCT_STATUS),
        Column("price_fen", msg("Price"), Unit.FEN),
        Column("net_weight_g", msg("Net weight"), Unit.GRAMS),
        Column("available", msg("Available"), Unit.COUNT),
        Column("published_at", msg("Published at"), Unit.MOMENT),
    ),
    _packs,
    Group.WORK,
    ranged=False,
)
