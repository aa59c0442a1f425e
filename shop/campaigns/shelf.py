"""Packs of the shop that a campaign can take in."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from shop.catalogue.models import Product, ProductStatus, Variant
from shop.kit.text import like_pattern, tidy
from shop.storage.paging import Page, read_page


def find_packs(session: Session, text: str, *, page: int = 1) -> Page[Variant]:
    """By words of their names or their number, all of them without; with their products."""
    statement = (
        sa.select(Variant)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.active, Product.status == ProductStatus.PUBLISHED)
        .options(contains_eager(Variant.product))
        .order_by(Product.recommended.desc(), Product.id, Variant.position, Variant.id)
    )
    if words := tidy(text):
        pattern = f"%{like_pattern(words)}%"
        columns = (Product.name_zh, Product.name_en, Variant.sku)
        statement = statement.where(sa.or_(*(column.ilike(pattern, escape="\\") for column in columns)))
    return read_page(session, statement, number=page, size=12, scalars=True)
