"""Statements over the kept lists: built once for each order and each set of filters, then only given their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.cards import Card, cards_of, read_cards
from shop.catalogue.index_models import ANY, ProductListing

PAGE_SIZE: Final = 24


class Sort(StrEnum):
    RECOMMENDED = "recommended"  # with a question: what answers it best
    NEWEST = "newest"
    PRICE = "price"
    BEST_SELLING = "best_selling"


_LINE: Final = ProductListing.__table__.c
_KEYS: Final[Mapping[Sort, sa.ColumnElement[Any]]] = {
    Sort.RECOMMENDED: _LINE.recommended,
    Sort.NEWEST: _LINE.published_at,
    Sort.PRICE: _LINE.from_price_fen,
    Sort.BEST_SELLING: _LINE.sold_units,
}
_CONDITIONS: Final[Mapping[str, Callable[[Any], sa.ColumnElement[bool]]]] = {
    "category_id": lambda category_id: _LINE.category_id == category_id,
    "village_id": lambda village_id: _LINE.village_id == village_id,
    "in_stock": lambda wanted: _LINE.in_stock == wanted,
    "month_bit": lambda bit: _LINE.season_mask.bitwise_and(bit) != 0,
    "price_from_fen": lambda fen: _LINE.from_price_fen >= fen,
    "price_to_fen": lambda fen: _LINE.from_price_fen <= fen,
    "product_ids": _LINE.product_id.in_,
}
_LISTS_OF: Final = frozenset({"product_ids"})


@dataclass(frozen=True)
class Lines:
    """One of the kept lists, narrowed: `values` by the names of the conditions above."""

    category_id: int = ANY
    village_id: int = ANY
    values: tuple[tuple[str, Any], ...] = ()

    def among(self, **values: Any) -> Lines:
        """The same list, narrowed further."""
        return Lines(self.category_id, self.village_id, (*self.values, *values.items()))

    def count(self, session: Session, *, most: int) -> int:
        """How many, counted no further than `most`."""
        return session.scalar(_count(self._names), self._parameters(most=most)) or 0

    def cards(self, session: Session, sort: Sort, *, offset: int) -> list[Card]:
        """One page in the order of an index."""
        return read_cards(session, _page(sort, self._names), self._parameters(offset=offset))

    def having(self, product_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """Whether a product stands in this list, as a condition in another statement."""
        conditions = (_CONDITIONS[name](value) for name, value in self._parameters().items())
        return sa.select(_LINE.product_id).where(*conditions, _LINE.product_id == product_id).exists()

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(sorted(self._parameters()))

    def _parameters(self, **more: Any) -> dict[str, Any]:
        return {"category_id": self.category_id, "village_id": self.village_id, **dict(self.values), **more}


def _chosen(names: tuple[str, ...]) -> sa.Select[*tuple[Any, ...]]:
    """The products of one list; the values come with the execution."""
    places: dict[str, Any] = {name: sa.bindparam(name, expanding=name in _LISTS_OF) for name in names}
    return sa.select(_LINE.product_id).where(*(_CONDITIONS[name](place) for name, place in places.items()))


@cache
def _count(names: tuple[str, ...]) -> sa.Select[int]:
    some = _chosen(names).limit(sa.bindparam("most", type_=sa.Integer)).subquery()
    return sa.select(sa.func.count()).select_from(some)


@cache
def _page(sort: Sort, names: tuple[str, ...]) -> sa.Select[*tuple[Any, ...]]:
    key = _KEYS[sort].label("key")
    page = _chosen(names).add_columns(key).limit(PAGE_SIZE).offset(sa.bindparam("offset", type_=sa.Integer))
    lines = page.order_by(*_order(sort, _KEYS[sort], _LINE.product_id)).subquery("lines")
    return cards_of(lines).order_by(*_order(sort, lines.c.key, lines.c.product_id))


def _order(sort: Sort, *keys: sa.ColumnElement[Any]) -> list[sa.ColumnElement[Any]]:
    """The cheapest first, or else the most, the newest, the best first."""
    return list(keys) if sort is Sort.PRICE else [key.desc() for key in keys]
