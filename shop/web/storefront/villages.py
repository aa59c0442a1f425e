"""Where the goods come from."""

from __future__ import annotations

from flask import render_template

from shop.catalogue.listing import Filters, Sort, list_products
from shop.catalogue.village_page import list_villages, read_village_page
from shop.web.database import read_session
from shop.web.public import public_page
from shop.web.shop_settings import catalogue_version
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.truck import version_and_harvests, with_harvests


@storefront.get("/villages")
@public_page(version=catalogue_version)
def villages() -> str:
    return render_template("storefront/villages.html", villages=list_villages(read_session()))


@storefront.get("/villages/<slug>")
@public_page(version=version_and_harvests)
def village(slug: str) -> str:
    session = read_session()
    page = read_village_page(session, slug)
    listing = list_products(session, Filters(village=slug), Sort.RECOMMENDED, 1)
    return render_template(
        "storefront/village.html",
        shown=page,
        village=page.village,
        listing=listing,
        cards=with_harvests(listing.cards),
    )
