"""Finding what is bought by its SKU."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.errors import NoSuchProduct
from shop.catalogue.models import Product, ProductStatus, Variant
from shop.kit.text import tidy


def find_variant(session: Session, sku: str) -> Variant:
    """A pack that the shop sells now. Raises NoSuchProduct."""
    variant = session.scalar(
        sa.select(Variant)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.sku == tidy(sku)[:40], Variant.active, Product.status == ProductStatus.PUBLISHED)
    )
    if variant is None:
        raise NoSuchProduct()
    return variant
