"""What an address asks of the list of goods. Anything may stand in it; what cannot be read is left out, a price aloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from shop.catalogue.listing import Filters, Sort
from shop.catalogue.question import LONGEST_QUESTION
from shop.kit.money import plain_yuan, typed_yuan
from shop.kit.text import tidy, typed_number

_LONGEST_SLUG = 64
_HIGHEST_FEN = 1_000_000_00
_PRICES = ("price_min", "price_max")
_LONGEST_PRICE = 12
_YES = frozenset({"1", "on", "true", "yes"})


@dataclass(frozen=True)
class ListingRequest:
    """The filters, the order and the page of one address, and the addresses next to it."""

    filters: Filters
    sort: Sort
    page: int
    lang: str | None = None
    unread: Mapping[str, str] = field(
        default_factory=dict
    )  # prices that are none, as they were typed, by name

    def address(self, **changes: str | int | None) -> str:
        """The same list with something changed, from its first page; None takes a filter away."""
        asked = dict(self._arguments()) | {name: str(value) for name, value in changes.items() if value}
        kept = {name: value for name, value in asked.items() if changes.get(name, value) is not None}
        return f"/products?{urlencode(kept)}" if kept else "/products"

    def page_address(self, page: int) -> str:
        return self.address(page=page if page > 1 else None)

    @property
    def without_filters(self) -> str:
        only = {"q": self.filters.q, "lang": self.lang}
        kept = {name: value for name, value in only.items() if value}
        return f"/products?{urlencode(kept)}" if kept else "/products"

    @property
    def filter_count(self) -> int:
        filters = self.filters
        chosen = (filters.village, filters.in_stock, filters.season)
        prices = filters.price_from_fen is not None or filters.price_to_fen is not None
        return sum(bool(one) for one in chosen) + prices

    @property
    def is_narrowed(self) -> bool:
        """A question, a filter or an order makes no page of its own; a kind, a village and a page number do."""
        filters = self.filters
        chosen = (filters.q, filters.in_stock, filters.season, self.sort is not Sort.RECOMMENDED)
        prices = (filters.price_from_fen, filters.price_to_fen)
        return any(chosen) or any(price is not None for price in prices)

    def _arguments(self) -> Iterator[tuple[str, str]]:
        filters = self.filters
        if filters.q:
            yield "q", filters.q
        if filters.category:
            yield "category", filters.category
        if filters.village:
            yield "village", filters.village
        if filters.in_stock:
            yield "in_stock", "1"
        if filters.season:
            yield "in_season", "1"
        if filters.price_from_fen is not None:
            yield "price_min", plain_yuan(filters.price_from_fen)
        if filters.price_to_fen is not None:
            yield "price_max", plain_yuan(filters.price_to_fen)
        if self.sort is not Sort.RECOMMENDED:
            yield "sort", self.sort.value
        if self.lang:
            yield "lang", self.lang


def read_listing_request(arguments: Mapping[str, str], *, month: int) -> ListingRequest:
    """`month` is the one that goods in season are in season in. A range that is typed the other way round is turned."""
    prices = {name: _fen(arguments.get(name)) for name in _PRICES}
    low, high = prices["price_min"], prices["price_max"]
    if low is not None and high is not None and low > high:
        low, high = high, low
    filters = Filters(
        q=tidy(arguments.get("q", ""))[:LONGEST_QUESTION],
        category=_slug(arguments.get("category")),
        village=_slug(arguments.get("village")),
        in_stock=arguments.get("in_stock", "") in _YES,
        season=month if arguments.get("in_season", "") in _YES else None,
        price_from_fen=low,
        price_to_fen=high,
    )
    lang = arguments.get("lang")
    return ListingRequest(
        filters=filters,
        sort=_sort(arguments.get("sort", "")),
        page=_page(arguments.get("page", "")),
        lang=lang if lang in {"zh", "en"} else None,
        unread={
            name: typed for name in _PRICES if prices[name] is None and (typed := _typed(arguments, name))
        },
    )


def _typed(arguments: Mapping[str, str], name: str) -> str:
    return tidy(arguments.get(name, ""))[:_LONGEST_PRICE]


def _slug(typed: str | None) -> str | None:
    return tidy(typed)[:_LONGEST_SLUG] or None if typed else None


def _sort(typed: str) -> Sort:
    return Sort(typed) if typed in set(Sort) else Sort.RECOMMENDED


def _page(typed: str) -> int:
    try:
        return max(1, typed_number(typed))
    except ValueError:
        return 1


def _fen(typed: str | None) -> int | None:
    try:
        fen = typed_yuan(typed or "")
    except ValueError:
        return None
    return min(fen, _HIGHEST_FEN) if fen >= 0 else None
