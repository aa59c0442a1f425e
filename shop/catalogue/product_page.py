"""Everything that a product's page shows of the catalogue, in three queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.errors import NoSuchProduct
from shop.catalogue.picture_names import Picture
from shop.catalogue.product_facts import (
    BoxPart,
    Good,
    GoodSeller,
    Named,
    Pack,
    PackVariant,
    Paper,
    ProductPage,
    Reviewed,
)
from shop.catalogue.product_statements import PACKS, PAPERS, PRODUCT, REVIEWED
from shop.catalogue.split import WEIGHTS, split_by
from shop.kit.clock import shanghai_date
from shop.kit.text import tidy

Kind = TypeVar("Kind", bound=NamedTuple)


def read_product_page(
    session: Session, slug: str, *, now: datetime, statement: sa.Select[*tuple[Any, ...]] = PRODUCT
) -> ProductPage:
    """Raises NoSuchProduct for one that is not published, or has nothing to buy.

    `statement` is `PRODUCT`, perhaps with a column called `beside`, by which a floor above reads in the same statement.
    """
    row = session.execute(statement, {"slug": tidy(slug), "now": now}).first()
    if row is None:
        raise NoSuchProduct()
    columns = iter(row)
    product, seller = _next(Good, columns), _next(GoodSeller, columns)
    category, law, village = (_next(Named, columns) for _ in range(3))
    packs = _packs(session, product.id, row.rule, list(islice(columns, len(WEIGHTS))))
    if not packs:
        raise NoSuchProduct()
    asked = {"product_id": product.id, "seller_id": seller.id, "today": shanghai_date(now)}
    return ProductPage(
        product=product,
        seller=seller,
        category=category,
        village=village if village.slug else None,
        compliance_class=law,
        packs=packs,
        papers=tuple(Paper(*paper) for paper in session.execute(PAPERS, asked)),
        pictures=_pictures(row.pictures),
        beside=getattr(row, "beside", None),
    )


def read_reviewed(session: Session, slug: str) -> Reviewed:
    """The product with its stars. One statement. Raises NoSuchProduct."""
    row = session.execute(REVIEWED, {"slug": tidy(slug)}).first()
    if row is None:
        raise NoSuchProduct()
    return Reviewed._make(row)


def _pictures(found: str | None) -> tuple[Picture, ...]:
    placed = (entry.partition(":") for entry in (found or "").split(",") if entry)
    return tuple(Picture(key) for _, key in sorted((int(place), key) for place, _, key in placed))


def _next(kind: type[Kind], columns: Iterator[Any]) -> Kind:
    return kind._make(islice(columns, len(kind._fields)))


def _packs(session: Session, product_id: int, rule: int | None, weights: Sequence[int]) -> tuple[Pack, ...]:
    contents: dict[PackVariant, list[BoxPart]] = {}
    for row in session.execute(PACKS, {"product_id": product_id}):
        columns = iter(row)
        parts = contents.setdefault(_next(PackVariant, columns), [])
        if row.units is not None:
            parts.append(BoxPart(*columns))
    return tuple(
        Pack(variant, split_by(weights, variant.price_fen) if rule is not None else None, tuple(parts))
        for variant, parts in contents.items()
    )
