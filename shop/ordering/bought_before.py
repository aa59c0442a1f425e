"""What somebody has bought before, as it can be bought today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, ProductStatus, StockState, Variant
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.ordering.own_orders import is_own
from shop.storage.paging import Page, read_page

PAGE_SIZE: Final = 20


@dataclass(frozen=True)
class BoughtBefore:
    """A pack with today's price; `times` is in how many orders it was."""

    sku: str
    slug: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    family: str
    price_fen: int
    stock_state: StockState
    last_at: datetime
    last_price_fen: int
    times: int

    @property
    def is_sold_out(self) -> bool:
        return self.stock_state is StockState.SOLD_OUT


def bought_before(session: Session, user_id: int, *, page: int) -> Page[BoughtBefore]:
    """Each pack once, what was bought last first; only what the shop still sells. Two statements."""
    bought = (
        sa.select(
            OrderLine.variant_id,
            sa.func.max(OrderLine.id).label("line_id"),
            sa.func.count(sa.distinct(OrderLine.order_id)).label("times"),
        )
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            is_own(user_id),
            Order.confirmed_at.is_not(None),
            Order.status != OrderStatus.CANCELLED,
        )
        .group_by(OrderLine.variant_id)
        .subquery()
    )
    statement = (
        sa.select(
            *(Variant.sku, Product.slug, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
            *(Product.family, Variant.price_fen, Variant.stock_state),
            *(Order.placed_at, OrderLine.unit_price_fen, bought.c.times),
        )
        .select_from(bought)
        .join(OrderLine, OrderLine.id == bought.c.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Variant, Variant.id == bought.c.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.active, Product.status == ProductStatus.PUBLISHED)
        .order_by(OrderLine.id.desc())
    )
    return read_page(session, statement, number=page, size=PAGE_SIZE).map(lambda row: BoughtBefore(*row))
