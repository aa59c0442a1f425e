"""The list of goods, and what was found by a question."""

from __future__ import annotations

from collections.abc import Hashable

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.catalogue.counting_searches import count_search, mark_hour, searched_mark
from shop.catalogue.listing import Listing, Sort, list_products
from shop.extensions import settings
from shop.kit.clock import in_shanghai, utc_now
from shop.kit.crawlers import is_robot
from shop.kit.text import msg
from shop.web.database import read_session, transact
from shop.web.filters import bilingual
from shop.web.limits import FORMS, SEARCHES, limiter
from shop.web.protection import without_token
from shop.web.public import public_page
from shop.web.publicness import public_view
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.listing_request import ListingRequest, read_listing_request
from shop.web.storefront.structured import trail
from shop.web.storefront.truck import version_and_harvests, with_harvests
from shop.web.structured_data import Facts

SORTS = {
    Sort.RECOMMENDED: msg("Recommended"),
    Sort.NEWEST: msg("Newest first"),
    Sort.PRICE: msg("Price, low to high"),
    Sort.BEST_SELLING: msg("Best selling"),
}


def _version_and_time() -> tuple[Hashable, ...]:
    """What a search found carries the hour, which what is told of it is signed with."""
    now = utc_now()
    return version_and_harvests(), in_shanghai(now).month, mark_hour(now) if request.args.get("q") else 0


@storefront.get("/products")
@limiter.limit(SEARCHES, exempt_when=lambda: not request.args.get("q"))
@public_page(version=_version_and_time)
def products() -> str:
    month = in_shanghai(utc_now()).month
    asked = read_listing_request(request.args, month=month)
    listing = list_products(read_session(), asked.filters, asked.sort, asked.page)
    cards = with_harvests(listing.cards)
    return render_template(
        "storefront/products.html",
        structured=[_trail(listing)],
        asked=asked,
        listing=listing,
        cards=cards,
        sorts=SORTS,
        month=month,
        searched=_mark(asked, listing),
    )


@storefront.post("/searches")
@limiter.limit(FORMS)
@without_token("its script stands on public pages, and it counts nothing but one search more")
@public_view
def count_searches() -> ResponseReturnValue:
    """A page says that somebody looks at what was found. No cookie comes along, and no address is kept."""
    if not is_robot(request.headers.get("User-Agent", "")):
        mark, keys = request.form.get("mark", ""), settings().trace_keys
        transact(lambda session: count_search(session, mark, keys, now=utc_now()))
    return "", 204


def _mark(asked: ListingRequest, listing: Listing) -> str:
    """What is told of a search; nothing of one that filters narrowed, or of its further pages."""
    if not asked.filters.q or asked.filter_count or asked.filters.category or listing.page > 1:
        return ""
    is_unfound = not listing.total or listing.instead is not None
    return searched_mark(asked.filters.q, is_unfound=is_unfound, key=settings().trace_keys[0], now=utc_now())


def _trail(listing: Listing) -> Facts:
    steps = [(_("All goods"), "/products")]
    if listing.category is not None:
        steps.append((bilingual(listing.category, "name"), f"/products?category={listing.category.slug}"))
    elif listing.village is not None:
        steps.append((bilingual(listing.village, "name"), f"/products?village={listing.village.slug}"))
    return trail(*steps)
