"""What the search field offers while somebody types: categories, villages and products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.index_models import DocumentKind, SearchDocument
from shop.catalogue.models import Category, Product, Village
from shop.catalogue.search import complete

MOST: Final = 8


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`product_count` belongs to categories and villages, the village's name to products."""

    kind: DocumentKind
    slug: str
    name_zh: str
    name_en: str
    family: str
    product_count: int
    village_name_zh: str | None
    village_name_en: str | None


def suggest(session: Session, typed: str, *, limit: int = MOST) -> list[Suggestion]:
    """The best things whose words begin with what was typed, in two or three queries."""
    documents = complete(session, typed, first=limit).documents[:limit]
    if not documents:
        return []
    described = session.execute(_DESCRIBED, {"documents": list(documents)})
    found = {row.document: Suggestion(*row[1:]) for row in described}
    return [found[document] for document in documents if document in found]


def _described() -> sa.Select[*tuple[Any, ...]]:
    of = SearchDocument
    origin = Village.__table__.alias("origin").c
    kind = of.kind
    return (
        sa.select(
            of.id.label("document"),
            kind,
            sa.func.coalesce(Product.slug, Category.slug, Village.slug),
            sa.func.coalesce(Product.name_zh, Category.name_zh, Village.name_zh),
            sa.func.coalesce(Product.name_en, Category.name_en, Village.name_en),
            sa.func.coalesce(Product.family, Category.family, ""),
            sa.func.coalesce(Category.product_count, Village.product_count, 0),
            *(origin.name_zh, origin.name_en),
        )
        .outerjoin(Product, sa.and_(kind == DocumentKind.PRODUCT, Product.id == of.target_id))
        .outerjoin(Category, sa.and_(kind == DocumentKind.CATEGORY, Category.id == of.target_id))
        .outerjoin(Village, sa.and_(kind == DocumentKind.VILLAGE, Village.id == of.target_id))
        .outerjoin(origin.id.table, origin.id == Product.village_id)
        .where(of.id.in_(sa.bindparam("documents", expanding=True)))
    )


_DESCRIBED: Final = _described()
