"""The public list of goods: filtered, sorted, in pages. Its cost does not grow with the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.cards import Card, cards_in_order, cards_of, read_cards
from shop.catalogue.facets import Facet, Facets, read_facets
from shop.catalogue.index_models import ANY, DocumentKind, ProductListing, target_of
from shop.catalogue.matching import MOST
from shop.catalogue.search import search
from shop.catalogue.tokens import category_token, kind_token, village_token

PAGE_SIZE: Final = 24
MOST_PAGES: Final = 50
MOST_COUNTED: Final = MOST - 1


class Sort(StrEnum):
    RECOMMENDED = "recommended"  # with a question: what answers it best
    NEWEST = "newest"
    PRICE = "price"
    BEST_SELLING = "best_selling"


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to. Prices are in fen; `season` is a month, 1 to 12."""

    q: str = ""
    category: str | None = None
    village: str | None = None
    in_stock: bool = False
    season: int | None = None
    price_from_fen: int | None = None
    price_to_fen: int | None = None


@dataclass(frozen=True)
class Listing:
    """One page. `total` is exact unless `more_than_counted`; `instead` is what a mistyped question was read as."""

    cards: tuple[Card, ...]
    total: int
    more_than_counted: bool
    page: int
    pages: int
    cut_off: bool  # there are more pages than are numbered: narrow the filter
    facets: Facets
    category: Facet | None
    village: Facet | None
    instead: str | None = None


def list_products(session: Session, filters: Filters, sort: Sort, page: int) -> Listing:
    """One page of published products in two to four queries; an unknown category or village has none.

    A page that does not exist becomes the nearest one that does.
    """
    facets = read_facets(session)
    category, village = facets.category(filters.category), facets.village(filters.village)
    known = (filters.category is None or category) and (filters.village is None or village)
    scope = _Scope(category.id if category else ANY, village.id if village else ANY)
    if not known:
        total, more, pick, instead = 0, False, None, None
    elif filters.q:
        total, more, pick, instead = _answers(session, scope, filters, sort, page)
    else:
        total, more = _count(session, scope, filters, facets, category, village)
        pick, instead = _Walk(session, scope.lines(filters), sort), None
    all_pages = max(1, -(-total // PAGE_SIZE))
    pages = min(all_pages, MOST_PAGES)
    page = min(max(page, 1), pages)
    cards = pick.cards((page - 1) * PAGE_SIZE) if pick is not None and total else []
    return Listing(
        cards=tuple(cards),
        total=total,
        more_than_counted=more,
        page=page,
        pages=pages,
        cut_off=more or all_pages > MOST_PAGES,
        facets=facets,
        category=category,
        village=village,
        instead=instead,
    )


@dataclass(frozen=True)
class _Scope:
    """Which of the kept lists is read."""

    category_id: int
    village_id: int

    def lines(self, filters: Filters) -> sa.Select[*tuple[Any, ...]]:
        chosen = sa.select(ProductListing.product_id).where(
            ProductListing.category_id == self.category_id, ProductListing.village_id == self.village_id
        )
        return chosen.where(*_narrowed(filters))

    def tokens(self) -> set[str]:
        tokens = {kind_token(DocumentKind.PRODUCT)}
        tokens |= {category_token(self.category_id)} if self.category_id != ANY else set()
        return tokens | ({village_token(self.village_id)} if self.village_id != ANY else set())


@dataclass(frozen=True)
class _Walk:
    """A page by walking along the index of its order."""

    session: Session
    lines: sa.Select[Any]
    sort: Sort

    def cards(self, offset: int) -> list[Card]:
        key, product_id = _sort_key(self.sort), ProductListing.product_id
        last_first = self.sort is not Sort.PRICE
        order = (key.desc(), product_id.desc()) if last_first else (key, product_id)
        chosen = self.lines.add_columns(key.label("key")).order_by(*order).limit(PAGE_SIZE).offset(offset)
        lines = chosen.subquery("lines")
        again = (lines.c.key, lines.c.product_id)
        return read_cards(
            self.session,
            cards_of(lines).order_by(*((column.desc() for column in again) if last_first else again)),
        )


@dataclass(frozen=True)
class _Ranked:
    """A page of search results that are in their order already."""

    session: Session
    product_ids: list[int]

    def cards(self, offset: int) -> list[Card]:
        return cards_in_order(self.session, self.product_ids[offset : offset + PAGE_SIZE])


def _answers(
    session: Session, scope: _Scope, filters: Filters, sort: Sort, page: int
) -> tuple[int, bool, _Walk | _Ranked, str | None]:
    among = scope.lines(filters) if _narrowed(filters) else None
    first = min(max(page, 1) * PAGE_SIZE, MOST) if sort is Sort.RECOMMENDED else MOST
    matches = search(session, filters.q, facets=scope.tokens(), among=among, first=first)
    found = [target_of(document) for document in matches.documents]
    total, more = min(matches.total, MOST_COUNTED), matches.total > MOST_COUNTED
    if sort is Sort.RECOMMENDED:
        return total, more, _Ranked(session, found), matches.instead
    # Sorted otherwise, it is the thousand best answers that are sorted.
    lines = scope.lines(filters).where(ProductListing.product_id.in_(found[:MOST_COUNTED]))
    return total, more, _Walk(session, lines, sort), matches.instead


def _count(
    session: Session,
    scope: _Scope,
    filters: Filters,
    facets: Facets,
    category: Facet | None,
    village: Facet | None,
) -> tuple[int, bool]:
    """Exact from the kept numbers for all, a category or a village; else counted up to a thousand."""
    if not _narrowed(filters) and not (category and village):
        narrowed_to = category or village
        return (narrowed_to.product_count if narrowed_to else facets.product_count), False
    some = scope.lines(filters).limit(MOST_COUNTED + 1).subquery()
    counted = session.scalar(sa.select(sa.func.count()).select_from(some)) or 0
    return min(counted, MOST_COUNTED), counted > MOST_COUNTED


def _narrowed(filters: Filters) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if filters.in_stock:
        conditions.append(ProductListing.in_stock.is_(True))
    if filters.season is not None:
        conditions.append(ProductListing.season_mask.bitwise_and(1 << (filters.season - 1)) != 0)
    if filters.price_from_fen is not None:
        conditions.append(ProductListing.from_price_fen >= filters.price_from_fen)
    if filters.price_to_fen is not None:
        conditions.append(ProductListing.from_price_fen <= filters.price_to_fen)
    return conditions


def _sort_key(sort: Sort) -> sa.ColumnElement[Any]:
    keys: dict[Sort, sa.ColumnElement[Any]] = {
        Sort.RECOMMENDED: ProductListing.__table__.c.recommended,
        Sort.NEWEST: ProductListing.__table__.c.published_at,
        Sort.PRICE: ProductListing.__table__.c.from_price_fen,
        Sort.BEST_SELLING: ProductListing.__table__.c.sold_units,
    }
    return keys[sort]
