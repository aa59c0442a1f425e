"""All that search engines and other shops' lists are told of the catalogue, row by row, however long it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import (
    Category,
    PictureState,
    Product,
    ProductPicture,
    ProductStatus,
    Seller,
    StockState,
    Variant,
    Village,
)

AT_A_TIME: Final = 500
_PUBLISHED: Final = Product.status == ProductStatus.PUBLISHED
_CHANGED: Final = sa.func.coalesce(Product.changed_at, Product.published_at)


class Place(NamedTuple):
    """One page: what stands last in its address, and when it changed."""

    slug: str
    changed_at: datetime | None


class FeedRow(NamedTuple):
    """One pack as a feed of products lists it."""

    sku: str
    slug: str
    name_zh: str
    name_en: str
    summary_zh: str
    summary_en: str
    pack_name_zh: str
    pack_name_en: str
    category_name_zh: str
    category_name_en: str
    village_name_zh: str | None
    village_name_en: str | None
    seller: str
    family: str
    price_fen: int
    former_fen: int | None
    price_until: datetime | None
    net_weight_g: int
    gross_weight_g: int
    stock_state: StockState
    packs: int  # how many the product has
    picture_key: str | None


def product_parts(session: Session, size: int) -> int:
    """Into how many lists of at most so many all products are divided, by their ids."""
    return -(-(session.scalar(sa.select(sa.func.max(Product.id))) or 0) // size)


def products_of_part(session: Session, part: int, size: int) -> Iterator[Place]:
    """The products of one list, numbered from 1; one that is withdrawn leaves a gap."""
    first = (part - 1) * size
    statement = (
        sa.select(Product.slug, _CHANGED)
        .where(_PUBLISHED, Product.id > first, Product.id <= first + size)
        .order_by(Product.id)
    )
    return map(Place._make, _streamed(session, statement))


def categories_and_villages(session: Session) -> tuple[list[str], list[str]]:
    """The slugs of those that sell something. Two statements."""
    categories = sa.select(Category.slug).where(Category.product_count > 0).order_by(Category.position)
    villages = sa.select(Village.slug).where(Village.product_count > 0).order_by(Village.id)
    return list(session.scalars(categories)), list(session.scalars(villages))


def newest_change(session: Session) -> datetime | None:
    return session.scalar(sa.select(sa.func.max(_CHANGED)).where(_PUBLISHED))


def feed_rows(session: Session) -> Iterator[FeedRow]:
    """Every pack that the shop sells, a product's packs one after the other."""
    packs = (
        sa.select(sa.func.count())
        .where(Variant.product_id == Product.id, Variant.active)
        .correlate(Product)
        .scalar_subquery()
    )
    picture = (
        sa.select(ProductPicture.key)
        .where(ProductPicture.product_id == Product.id, ProductPicture.state == PictureState.READY)
        .order_by(ProductPicture.position, ProductPicture.id)
        .limit(1)
        .correlate(Product)
        .scalar_subquery()
    )
    statement = (
        sa.select(
            *(Variant.sku, Product.slug, Product.name_zh, Product.name_en),
            *(Product.summary_zh, Product.summary_en, Variant.name_zh, Variant.name_en),
            *(Category.name_zh, Category.name_en, Village.name_zh, Village.name_en),
            *(Seller.legal_name, Product.family, Variant.price_fen, Variant.former_fen, Variant.price_until),
            *(Variant.net_weight_g, Variant.gross_weight_g, Variant.stock_state, packs, picture),
        )
        .select_from(Variant)
        .join(Product, Product.id == Variant.product_id)
        .join(Category, Category.id == Product.category_id)
        .join(Seller, Seller.id == Product.seller_id)
        .outerjoin(Village, Village.id == Product.village_id)
        .where(_PUBLISHED, Variant.active)
        .order_by(Product.id, Variant.position, Variant.id)
    )
    return map(FeedRow._make, _streamed(session, statement))


def _streamed(session: Session, statement: sa.Select[*tuple[Any, ...]]) -> Iterator[Any]:
    """Asked for with the first row, so that it belongs to the answer and not to what was read before it."""
    yield from session.execute(statement, execution_options={"yield_per": AT_A_TIME})
