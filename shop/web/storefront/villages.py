"""Where the goods come from."""

from __future__ import annotations

from flask import render_template
from flask_babel import gettext as _

from shop.catalogue.listing import Filters, Sort, list_products
from shop.catalogue.village_page import list_villages, read_village_page
from shop.stories.words import KINDS
from shop.web.database import read_session
from shop.web.filters import bilingual
from shop.web.public import public_page
from shop.web.shop_settings import catalogue_version
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.stories import newest_stories
from shop.web.storefront.structured import trail
from shop.web.storefront.truck import version_and_minute, with_harvests


@storefront.get("/villages")
@public_page(version=catalogue_version)
def villages() -> str:
    return render_template("storefront/villages.html", villages=list_villages(read_session()))


@storefront.get("/villages/<slug>")
@public_page(version=version_and_minute)
def village(slug: str) -> str:
    session = read_session()
    page = read_village_page(session, slug)
    listing = list_products(session, Filters(village=slug), Sort.RECOMMENDED, 1)
    return render_template(
        "storefront/village.html",
        structured=[
            trail(
                (_("The villages"), "/villages"),
                (bilingual(page.village, "name"), f"/villages/{page.village.slug}"),
            )
        ],
        shown=page,
        village=page.village,
        listing=listing,
        cards=with_harvests(listing.cards),
        told=newest_stories().by_village.get(page.village.slug, ()),
        kinds=KINDS,
    )
