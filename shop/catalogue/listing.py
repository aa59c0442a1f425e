"""The public list of goods: filtered, sorted, in pages. Its cost does not grow with the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from shop.catalogue.cards import Card, cards_in_order
from shop.catalogue.facets import Facet, Facets, read_facets
from shop.catalogue.index_models import ANY, DocumentKind, target_of
from shop.catalogue.lines import PAGE_SIZE, Lines, Sort
from shop.catalogue.matching import MOST
from shop.catalogue.search import search
from shop.catalogue.tokens import category_token, kind_token, village_token

MOST_PAGES: Final = 50
MOST_COUNTED: Final = MOST - 1

__all__ = ["MOST_PAGES", "PAGE_SIZE", "Filters", "Listing", "Sort", "list_products"]


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

    @property
    def narrowings(self) -> dict[str, Any]:
        """Those that are no list of their own, as `Lines` names them."""
        asked = {
            "in_stock": self.in_stock or None,
            "month_bit": None if self.season is None else 1 << (self.season - 1),
            "price_from_fen": self.price_from_fen,
            "price_to_fen": self.price_to_fen,
        }
        return {name: value for name, value in asked.items() if value is not None}


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


@dataclass(frozen=True)
class _Result:
    """What a list holds: lines to walk along, or the products that answer a question in their order."""

    total: int = 0
    more: bool = False
    lines: Lines | None = None
    product_ids: tuple[int, ...] = ()
    instead: str | None = None

    def cards(self, session: Session, sort: Sort, offset: int) -> list[Card]:
        if not self.total:
            return []
        if self.lines is not None:
            return self.lines.cards(session, sort, offset=offset)
        return cards_in_order(session, self.product_ids[offset : offset + PAGE_SIZE])


def list_products(session: Session, filters: Filters, sort: Sort, page: int) -> Listing:
    """One page of published products in two to four queries; an unknown category or village has none. A search that
    finds little takes two more, for what is nearly spelt so.

    A page that does not exist becomes the nearest one that does.
    """
    facets = read_facets(session)
    category, village = facets.category(filters.category), facets.village(filters.village)
    known = (filters.category is None or category) and (filters.village is None or village)
    lines = Lines(category.id if category else ANY, village.id if village else ANY).among(
        **filters.narrowings
    )
    if not known:
        result = _Result()
    elif filters.q:
        result = _answers(session, lines, filters, sort, page)
    else:
        result = _all(session, lines, filters, facets, category, village)
    all_pages = max(1, -(-result.total // PAGE_SIZE))
    pages = min(all_pages, MOST_PAGES)
    page = min(max(page, 1), pages)
    cards = result.cards(session, sort, (page - 1) * PAGE_SIZE)
    return Listing(
        cards=tuple(card.seen_from(village) if village else card for card in cards),
        total=result.total,
        more_than_counted=result.more,
        page=page,
        pages=pages,
        cut_off=result.more or all_pages > MOST_PAGES,
        facets=facets,
        category=category,
        village=village,
        instead=result.instead,
    )


def _all(
    session: Session,
    lines: Lines,
    filters: Filters,
    facets: Facets,
    category: Facet | None,
    village: Facet | None,
) -> _Result:
    """Counted exactly by the kept numbers for all, a category or a village; else up to a thousand."""
    if not filters.narrowings and not (category and village):
        narrowed_to = category or village
        return _Result(narrowed_to.product_count if narrowed_to else facets.product_count, lines=lines)
    counted = lines.count(session, most=MOST)
    return _Result(min(counted, MOST_COUNTED), counted > MOST_COUNTED, lines)


def _answers(session: Session, lines: Lines, filters: Filters, sort: Sort, page: int) -> _Result:
    by_rank = sort is Sort.RECOMMENDED
    matches = search(
        session,
        filters.q,
        facets=_tokens(lines),
        among=lines if filters.narrowings else None,
        first=min(max(page, 1) * PAGE_SIZE, MOST) if by_rank else MOST,
    )
    found = tuple(target_of(document) for document in matches.documents)
    # Sorted otherwise, it is the thousand best answers that are sorted.
    return _Result(
        min(matches.total, MOST_COUNTED),
        matches.total > MOST_COUNTED,
        None if by_rank else lines.among(product_ids=list(found[:MOST_COUNTED])),
        found,
        matches.instead,
    )


def _tokens(lines: Lines) -> set[str]:
    tokens = {kind_token(DocumentKind.PRODUCT)}
    tokens |= {category_token(lines.category_id)} if lines.category_id != ANY else set()
    return tokens | ({village_token(lines.village_id)} if lines.village_id != ANY else set())
