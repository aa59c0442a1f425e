"""The list of products of the back office: all that there are, also what is not on sale."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.desk import any_like
from shop.catalogue.models import (
    Category,
    PictureState,
    Product,
    ProductPicture,
    ProductStatus,
    Seller,
    StockState,
    Variant,
)
from shop.storage.paging import Page, read_page


@dataclass(frozen=True)
class ProductFilter:
    """`q`: in a name, in the short name, or the SKU of a pack; `stock`: in one of these states; `photo_refused`: with a
    photo that could not be taken in; `low_pack`: a pack that can be bought has few left, or none.
    """

    q: str = ""
    status: ProductStatus | None = None
    category_id: int | None = None
    seller_id: int | None = None
    village_id: int | None = None
    stock: Collection[StockState] = ()
    photo_refused: bool = False
    low_pack: bool = False


def find_products(session: Session, wanted: ProductFilter, *, page: int = 1) -> Page[Any]:
    """Rows of (Product, category_zh, category_en, seller_zh, seller_en), the most recommended first."""
    found = (
        sa.select(
            Product,
            *(Category.name_zh.label("category_zh"), Category.name_en.label("category_en")),
            *(Seller.name_zh.label("seller_zh"), Seller.name_en.label("seller_en")),
        )
        .join(Category, Category.id == Product.category_id)
        .join(Seller, Seller.id == Product.seller_id)
        .where(*_conditions(wanted))
        .order_by(Product.recommended.desc(), Product.id.desc())
    )
    return read_page(session, found, number=page)


def matching_products(wanted: ProductFilter) -> sa.Select[int]:
    """Ids of all that match."""
    return sa.select(Product.id).where(*_conditions(wanted))


def matching_packs(wanted: ProductFilter) -> sa.Select[int]:
    """Ids of the packs of all products that match."""
    return sa.select(Variant.id).where(Variant.product_id.in_(matching_products(wanted)))


def _conditions(wanted: ProductFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.q:
        of_pack = sa.select(Variant.product_id).where(any_like(wanted.q, Variant.sku))
        named = any_like(wanted.q, Product.name_zh, Product.name_en, Product.slug)
        conditions.append(sa.or_(named, Product.id.in_(of_pack)))
    conditions += [
        column == value
        for column, value in (
            (Product.status, wanted.status),
            (Product.category_id, wanted.category_id),
            (Product.seller_id, wanted.seller_id),
            (Product.village_id, wanted.village_id),
        )
        if value is not None
    ]
    if wanted.stock:
        conditions.append(Product.stock_state.in_(wanted.stock))
    if wanted.low_pack:
        low = Variant.stock_state != StockState.AVAILABLE
        conditions.append(sa.exists().where(Variant.product_id == Product.id, Variant.active, low))
    if wanted.photo_refused:
        refused = ProductPicture.state == PictureState.REFUSED
        conditions.append(sa.exists().where(ProductPicture.product_id == Product.id, refused))
    return conditions
