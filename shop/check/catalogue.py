"""What is kept beside the catalogue for quick lists is what the catalogue says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.index_models import ANY, ProductListing
from shop.catalogue.models import (
    Category,
    Product,
    ProductStatus,
    ProductVillage,
    StockState,
    Variant,
    Village,
)
from shop.catalogue.refreshing import CHUNK
from shop.check.rule import Rule, or_nothing, rule
from shop.inventory.stock import buyable_units

_listed = sa.and_(Product.status == ProductStatus.PUBLISHED, Product.published_at.is_not(None))
_in_category = sa.select(sa.func.count()).where(Product.category_id == Category.id, _listed).scalar_subquery()
_in_village = (
    sa.select(sa.func.count())
    .select_from(ProductVillage)
    .join(Product, Product.id == ProductVillage.product_id)
    .where(ProductVillage.village_id == Village.id, _listed)
    .scalar_subquery()
)
_cheapest = or_nothing(
    sa.select(sa.func.min(Variant.price_fen))
    .where(Variant.product_id == Product.id, Variant.active)
    .scalar_subquery()
)
_of_all_goods = sa.and_(
    ProductListing.product_id == Product.id,
    ProductListing.category_id == ANY,
    ProductListing.village_id == ANY,
)
_in_stock = Product.stock_state != StockState.SOLD_OUT


def _sold_out_means_that_nothing_can_be_bought(session: Session, now: datetime) -> Iterator[tuple[str, str]]:
    """Few or many is not compared: two sales at once may not see each other, and the worker looks again."""
    variants = session.execute(sa.select(Variant.id, Variant.sku, Variant.stock_state)).all()
    ids = [variant.id for variant in variants]
    buyable: dict[int, int] = {}
    for start in range(0, len(ids), CHUNK):
        buyable |= buyable_units(session, ids[start : start + CHUNK], now=now)
    for variant_id, sku, state in variants:
        if (state is StockState.SOLD_OUT) != (buyable[variant_id] <= 0):
            yield f"variant {sku}", f"{state}, {buyable[variant_id]} units can be bought"


_holds = sa.func.coalesce(Product.own_ready_hours, Category.ready_hours)

RULES = (
    rule(
        "product: hours to prepare are its own or its category's",
        sa.select(Product.slug, Product.ready_hours, _holds.label("said"))
        .join(Category, Category.id == Product.category_id)
        .where(Product.ready_hours != _holds),
        "product {slug}",
        "{ready_hours} hours, it or its category says {said}",
    ),
    rule(
        "category: counts its published products",
        sa.select(Category.slug, Category.product_count, _in_category.label("found")).where(
            Category.product_count != _in_category
        ),
        "category {slug}",
        "says {product_count}, found {found}",
    ),
    rule(
        "village: counts its published products",
        sa.select(Village.slug, Village.product_count, _in_village.label("found")).where(
            Village.product_count != _in_village
        ),
        "village {slug}",
        "says {product_count}, found {found}",
    ),
    rule(
        "product: the price in lists is its cheapest pack's",
        sa.select(Product.slug, Product.from_price_fen, _cheapest.label("cheapest")).where(
            _listed, Product.from_price_fen != _cheapest
        ),
        "product {slug}",
        "says {from_price_fen} fen, the cheapest pack {cheapest} fen",
    ),
    rule(
        "product: lists show it as it is",
        sa.select(Product.slug, Product.status)
        .outerjoin(ProductListing, _of_all_goods)
        .where(
            sa.or_(
                _listed != ProductListing.product_id.is_not(None),
                ProductListing.from_price_fen != Product.from_price_fen,
                ProductListing.sold_units != Product.sold_units,
                ProductListing.in_stock != _in_stock,
            )
        ),
        "product {slug}",
        "{status}; its place in the list of all goods says otherwise",
    ),
    Rule("variant: sold out means that nothing can be bought", _sold_out_means_that_nothing_can_be_bought),
)
