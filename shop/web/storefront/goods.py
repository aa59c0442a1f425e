"""The list of goods, and what was found by a question."""

from __future__ import annotations

from flask import render_template, request

from shop.catalogue.listing import Sort, list_products
from shop.kit.clock import in_shanghai, utc_now
from shop.kit.text import msg
from shop.web.database import read_session
from shop.web.limits import SEARCHES, limiter
from shop.web.public import public_page
from shop.web.shop_settings import catalogue_version
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.listing_request import read_listing_request

SORTS = {
    Sort.RECOMMENDED: msg("Recommended"),
    Sort.NEWEST: msg("Newest first"),
    Sort.PRICE: msg("Price, low to high"),
    Sort.BEST_SELLING: msg("Best selling"),
}


def _version_and_month() -> tuple[int, int]:
    return catalogue_version(), in_shanghai(utc_now()).month


@storefront.get("/products")
@limiter.limit(SEARCHES, exempt_when=lambda: not request.args.get("q"))
@public_page(version=_version_and_month)
def products() -> str:
    month = in_shanghai(utc_now()).month
    asked = read_listing_request(request.args, month=month)
    listing = list_products(read_session(), asked.filters, asked.sort, asked.page)
    return render_template("storefront/products.html", asked=asked, listing=listing, sorts=SORTS, month=month)
