"""By what lists can be narrowed, with the numbers of products that are kept for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Category, Village


@dataclass(frozen=True, slots=True)
class Facet:
    """A category or a village, and how many published products it has."""

    id: int
    slug: str
    name_zh: str
    name_en: str
    family: str
    product_count: int


@dataclass(frozen=True)
class Facets:
    categories: tuple[Facet, ...]
    villages: tuple[Facet, ...]

    @property
    def product_count(self) -> int:
        """All published products: each is in exactly one category."""
        return sum(category.product_count for category in self.categories)

    def category(self, slug: str | None) -> Facet | None:
        return next((facet for facet in self.categories if facet.slug == slug), None)

    def village(self, slug: str | None) -> Facet | None:
        return next((facet for facet in self.villages if facet.slug == slug), None)


def _columns(entity: Any, kind: Any, position: Any, family: Any) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(
        *(kind.label("kind"), position.label("position")),
        *(
            entity.id,
            entity.slug,
            entity.name_zh,
            entity.name_en,
            family.label("family"),
            entity.product_count,
        ),
    )


def _all() -> sa.Select[*tuple[Any, ...]]:
    category, village = Category.__table__.c, Village.__table__.c
    both = sa.union_all(
        _columns(category, sa.literal(0), category.position, category.family),
        _columns(village, sa.literal(1), -village.product_count, sa.literal("")),
    ).subquery()
    return sa.select(both).where(both.c.product_count > 0).order_by(both.c.kind, both.c.position, both.c.id)


_ALL: Final = _all()


def read_facets(session: Session) -> Facets:
    """All categories and villages that sell something, in one query."""
    rows = session.execute(_ALL).all()
    return Facets(
        tuple(Facet(*row[2:]) for row in rows if row.kind == 0),
        tuple(Facet(*row[2:]) for row in rows if row.kind == 1),
    )
