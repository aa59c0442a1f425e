"""Keeping what lists read in step with products: cheapest price, places in lists, numbers of products."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
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
from shop.catalogue.version import bump_version

CHUNK: Final = 1000  # ids in one statement

_COLUMNS: Final = (
    *("category_id", "village_id", "product_id", "recommended", "published_at"),
    *("from_price_fen", "sold_units", "in_stock", "season_mask"),
)


def refresh_products(session: Session, product_ids: Collection[int]) -> None:
    """After products, their variants, villages or status changed: make what lists read of them anew.

    Bumps the catalogue version, whose row lock also keeps two of these from counting past each other.
    """
    session.flush()
    ids = set(product_ids)
    _refresh(session, Product.id.in_(ids), ProductListing.product_id.in_(ids))


def rebuild(session: Session) -> None:
    """`refresh_products` for the whole catalogue: after a bulk load."""
    session.flush()
    _refresh(session, sa.true(), sa.true())


def add_village(session: Session, product_id: int, village_id: int) -> bool:
    """A village's producer has declared a first lot of a product: list it there. False if it was known."""
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    added = session.execute(
        insert(ProductVillage)
        .values(product_id=product_id, village_id=village_id)
        .on_conflict_do_nothing()
        .returning(ProductVillage.product_id)
    ).first()
    if added is not None:
        refresh_products(session, [product_id])
    return added is not None


def set_sold_units(session: Session, units: dict[int, int]) -> None:
    """Write the units sold ever, by product id, where they differ; lists sorted by them follow."""
    known = dict(session.execute(sa.select(Product.id, Product.sold_units)).all())
    changed = [
        {"b_id": product_id, "b_units": sold}
        for product_id, sold in sorted(units.items())
        if known.get(product_id, sold) != sold
    ]
    if not changed:
        return
    connection = session.connection()
    for entity, key in ((Product, Product.id), (ProductListing, ProductListing.product_id)):
        update = sa.update(entity).where(key == sa.bindparam("b_id"))
        connection.execute(update.values(sold_units=sa.bindparam("b_units")), changed)
    bump_version(session)


def _refresh(
    session: Session, chosen: sa.ColumnElement[bool], chosen_listings: sa.ColumnElement[bool]
) -> None:
    _set_cheapest_prices(session, chosen)
    _add_main_origins(session, chosen)
    session.execute(sa.delete(ProductListing).where(chosen_listings))
    for lines in _lines(chosen):
        session.execute(sa.insert(ProductListing).from_select(_COLUMNS, lines))
    bump_version(session)
    _count(session)


def _set_cheapest_prices(session: Session, chosen: sa.ColumnElement[bool]) -> None:
    cheapest = (
        sa.select(sa.func.min(Variant.price_fen))
        .where(Variant.product_id == Product.id, Variant.active)
        .scalar_subquery()
    )
    session.execute(
        sa.update(Product)
        .where(chosen)
        .values(from_price_fen=sa.func.coalesce(cheapest, 0))
        .execution_options(synchronize_session=False)
    )


def _add_main_origins(session: Session, chosen: sa.ColumnElement[bool]) -> None:
    known = sa.exists().where(
        ProductVillage.product_id == Product.id, ProductVillage.village_id == Product.village_id
    )
    missing = sa.select(Product.id, Product.village_id).where(chosen, Product.village_id.is_not(None), ~known)
    session.execute(sa.insert(ProductVillage).from_select(["product_id", "village_id"], missing))


def _lines(chosen: sa.ColumnElement[bool]) -> list[sa.Select[*tuple[Any, ...]]]:
    """The four kinds of list: all goods, a category, a village, a category of a village."""
    anything = sa.literal(ANY)

    def lines(category: Any, village: Any) -> sa.Select[*tuple[Any, ...]]:
        return sa.select(
            *(category, village, Product.id, Product.recommended, Product.published_at),
            *(Product.from_price_fen, Product.sold_units),
            *(Product.stock_state != StockState.SOLD_OUT, Product.season_mask),
        ).where(chosen, Product.status == ProductStatus.PUBLISHED, Product.published_at.is_not(None))

    def in_villages(category: Any) -> sa.Select[*tuple[Any, ...]]:
        return lines(category, ProductVillage.village_id).join(
            ProductVillage, ProductVillage.product_id == Product.id
        )

    return [
        lines(anything, anything),
        lines(Product.category_id, anything),
        in_villages(anything),
        in_villages(Product.category_id),
    ]


def _count(session: Session) -> None:
    """Count the published products of each category and each village."""
    lines = sa.select(sa.func.count()).select_from(ProductListing)
    for entity, in_list in (
        (Category, sa.and_(ProductListing.category_id == Category.id, ProductListing.village_id == ANY)),
        (Village, sa.and_(ProductListing.category_id == ANY, ProductListing.village_id == Village.id)),
    ):
        count = lines.where(in_list).correlate(entity).scalar_subquery()
        session.execute(
            sa.update(entity)
            .where(entity.product_count != count)
            .values(product_count=count)
            .execution_options(synchronize_session=False)
        )
