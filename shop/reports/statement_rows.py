"""The rows of the procurement statement (消费帮扶台账): a row for each line of an order and county that it came from.

What of an order belongs to no line, its freight and what was given back for nothing in particular, is a row of its
own, so the rows of an order add up to what was paid for it after refunds. What is left of a row at nothing is no row.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from shop.accounts.models import Organisation
from shop.accounts.models import Unit as BuyerUnit
from shop.catalogue.models import Category, Producer, Product, ProductVillage, Seller, Village
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.ordering.models import Order, OrderLine
from shop.payments.models import Refund, RefundLine, RefundStatus
from shop.purchases.channels import PLATFORM
from shop.purchases.models import CountedPurchase, OriginStatus, PurchaseKind
from shop.purchases.platform_models import PlatformPurchase
from shop.purchases.scope import Scope, bought_between, counts_nowhere_else
from shop.reports.definition import Span, localised, sum_fen
from shop.storage.expressions import shanghai_day

_GIVEN: Final = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)
_OF_NO_LINE: Final = ("运费和未分到商品的退款", "Freight, and refunds for no goods")
_NAME: Final = sa.String(120)


def statement_rows(span: Span, language: str, scope: Scope) -> sa.Select[Any]:
    """Columns in the order of `statement.COLUMNS`."""
    orders = _orders(span, scope)
    lines = _lines(orders, language)
    parts = sa.union_all(
        _of_lines(orders, _by_county(lines), language),
        _of_no_line(orders, lines, language),
        _of_platform(span, scope),
    ).subquery("parts")
    return _named(parts, language)


def _orders(span: Span, scope: Scope) -> sa.CTE:
    columns: tuple[Any, ...] = (
        *(Order.id, Order.number, shanghai_day(Order.confirmed_at).label("day"), Order.total_fen),
        *(Order.refunded_fen, (Order.freight_fen - Order.freight_off_fen).label("freight_fen")),
        *(CountedPurchase.unit_id, CountedPurchase.organisation_id, CountedPurchase.outside_number),
        sa.type_coerce(CountedPurchase.funding, sa.String(32)).label("funding"),
        sa.type_coerce(CountedPurchase.kind, sa.String(32)).label("kind"),
        sa.type_coerce(Order.channel, sa.String(32)).label("channel"),
    )
    return (
        sa.select(*columns)
        .join(CountedPurchase, CountedPurchase.order_id == Order.id)
        .where(bought_between(span.first, span.last), *scope.of_orders())
        .cte("counted_orders")
    )


def _lines(orders: sa.CTE, language: str) -> sa.CTE:
    """What was paid for a line, and what of that did not go back: a full refund takes back all of it."""
    back = (
        sa.select(RefundLine.order_line_id, sum_fen(RefundLine.amount_fen).label("fen"))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .join(orders, orders.c.id == Refund.order_id)
        .where(Refund.status == RefundStatus.SUCCEEDED)
        .group_by(RefundLine.order_line_id)
        .subquery("back")
    )
    paid = OrderLine.line_fen - OrderLine.discount_fen
    is_whole = orders.c.refunded_fen >= orders.c.total_fen
    columns: tuple[Any, ...] = (
        *(OrderLine.id, OrderLine.order_id, OrderLine.product_id, OrderLine.seller_id, OrderLine.quantity),
        localised(language, OrderLine.product_name_zh, OrderLine.product_name_en).label("product"),
        paid.label("paid_fen"),
        sa.case((is_whole, 0), else_=paid - sa.func.coalesce(back.c.fen, 0)).label("net_fen"),
    )
    return (
        sa.select(*columns)
        .join(orders, orders.c.id == OrderLine.order_id)
        .outerjoin(back, back.c.order_line_id == OrderLine.id)
        .cte("counted_lines")
    )


def _by_county(lines: sa.CTE) -> sa.Subquery:
    """Lines with the county of their units; one of several counties is divided among them by units, to the fen."""
    given = (
        sa.select(
            Allocation.order_line_id,
            Village.county_zh.label("county"),
            sum_fen(Allocation.units).label("units"),
        )
        .join(lines, lines.c.id == Allocation.order_line_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .where(Allocation.status.in_(_GIVEN))
        .group_by(Allocation.order_line_id, Village.county_zh)
        .subquery("given")
    )
    usual = (
        sa.select(sa.func.min(Village.county_zh))
        .join(ProductVillage, ProductVillage.village_id == Village.id)
        .where(ProductVillage.product_id == lines.c.product_id)
        .correlate(lines)
        .scalar_subquery()
    )
    units = sa.func.sum(given.c.units)
    upto = _whole(units.over(partition_by=lines.c.id, order_by=given.c.county))
    whole = _whole(units.over(partition_by=lines.c.id))

    def part(value: Any) -> Any:
        cut = value * upto // whole - value * (upto - given.c.units) // whole
        return sa.case((given.c.units.is_(None), value), else_=cut)

    divided = [part(lines.c[name]).label(name) for name in ("quantity", "paid_fen", "net_fen")]
    county = sa.func.coalesce(given.c.county, usual, "").label("county")
    columns = [lines.c[name] for name in ("id", "order_id", "product_id", "seller_id", "product")]
    return (
        sa.select(*columns, county, *divided)
        .outerjoin(given, given.c.order_line_id == lines.c.id)
        .subquery("by_county")
    )


def _whole(sum_of_units: Any) -> Any:
    return sa.cast(sum_of_units, sa.BigInteger)


def _of_lines(orders: sa.CTE, lines: sa.Subquery, language: str) -> sa.Select[Any]:
    return (
        sa.select(
            *_of_order(orders, lines.c.id),
            localised(language, Seller.name_zh, Seller.name_en).label("supplier"),
            lines.c.county,
            localised(language, Category.name_zh, Category.name_en).label("category"),
            *(lines.c.product, lines.c.quantity, lines.c.paid_fen, lines.c.net_fen),
        )
        .join(lines, lines.c.order_id == orders.c.id)
        .join(Seller, Seller.id == lines.c.seller_id)
        .join(Product, Product.id == lines.c.product_id)
        .join(Category, Category.id == Product.category_id)
        .where(lines.c.net_fen != 0)
    )


def _of_no_line(orders: sa.CTE, lines: sa.CTE, language: str) -> sa.Select[Any]:
    goods = sa.select(lines.c.order_id, sum_fen(lines.c.net_fen).label("fen")).group_by(lines.c.order_id)
    goods_of = goods.subquery("goods")
    rest = orders.c.total_fen - orders.c.refunded_fen - goods_of.c.fen
    nothing = sa.literal("", _NAME)
    columns: tuple[Any, ...] = (
        *_of_order(orders, sa.literal(0, sa.BigInteger)),
        *(nothing.label("supplier"), nothing.label("county")),
        sa.literal(localised(language, *_OF_NO_LINE), _NAME).label("category"),
        *(nothing.label("product"), sa.literal(0, sa.BigInteger).label("quantity")),
        *(orders.c.freight_fen.label("paid_fen"), rest.label("net_fen")),
    )
    return sa.select(*columns).join(goods_of, goods_of.c.order_id == orders.c.id).where(rest != 0)


def _of_order(orders: sa.CTE, line_id: Any) -> tuple[Any, ...]:
    """A person's order is not named: the statement says nothing about who bought it."""
    number = sa.case((orders.c.organisation_id.is_not(None), orders.c.number), else_="")
    return (
        *(orders.c.day, orders.c.id.label("order_id"), line_id.label("line_id"), number.label("number")),
        *(orders.c.unit_id, orders.c.organisation_id, orders.c.outside_number),
        *(orders.c.funding, orders.c.kind, orders.c.channel),
    )


def _of_platform(span: Span, scope: Scope) -> sa.Select[Any]:
    row = PlatformPurchase
    number = sa.BigInteger
    columns: tuple[Any, ...] = (
        *(row.bought_on, sa.literal(0, number), row.id, sa.literal("", sa.String(32))),
        *(
            row.unit_id,
            sa.cast(sa.null(), number),
            row.order_number,
            sa.type_coerce(row.funding, sa.String(32)),
        ),
        *(sa.literal(PurchaseKind.DIRECT.value, sa.String(32)), sa.literal(PLATFORM, sa.String(32))),
        *(row.supplier, row.county, row.category, row.product, row.quantity, row.amount_fen, row.amount_fen),
    )
    return sa.select(*columns).where(
        row.bought_on >= span.first, row.bought_on <= span.last, counts_nowhere_else(), *scope.of_platform()
    )


def _named(parts: sa.Subquery, language: str) -> sa.Select[Any]:
    row = parts.c
    columns: tuple[Any, ...] = (
        row.day,
        sa.func.coalesce(localised(language, BuyerUnit.name_zh, BuyerUnit.name_en), "").label("unit"),
        sa.func.coalesce(Organisation.name, "").label("organisation"),
        *(row.funding, row.kind, row.channel, row.number),
        sa.func.coalesce(row.outside_number, "").label("outside_number"),
        *(row.supplier, row.county),
        sa.func.coalesce(localised(language, OriginStatus.status_zh, OriginStatus.status_en), "").label(
            "listed_as"
        ),
        *(row.category, row.product, row.quantity),
        *(row.paid_fen, (row.paid_fen - row.net_fen).label("refunded_fen"), row.net_fen),
    )
    return (
        sa.select(*columns)
        .select_from(parts)
        .outerjoin(BuyerUnit, BuyerUnit.id == row.unit_id)
        .outerjoin(Organisation, Organisation.id == row.organisation_id)
        .outerjoin(OriginStatus, OriginStatus.county_zh == row.county)
        .order_by(row.day, row.order_id, row.line_id, row.county)
    )
