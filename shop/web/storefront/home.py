"""The shop window."""

from __future__ import annotations

from flask import render_template

from shop.catalogue.listing import Filters, Sort, list_products
from shop.catalogue.split import Parts, current_rule, split_price
from shop.catalogue.stories import story_of_the_week
from shop.kit.clock import in_shanghai, utc_now
from shop.kit.errors import NotFound
from shop.stories.words import KINDS
from shop.web.database import read_session
from shop.web.public import public_page
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.stories import newest_stories
from shop.web.storefront.structured import shop_facts
from shop.web.storefront.truck import next_truck, version_and_minute, with_harvests

SHOWN = 8
HUNDRED_YUAN_FEN = 100_00


@storefront.get("/")
@public_page(version=version_and_minute)
def home() -> str:
    session, now = read_session(), utc_now()
    today = in_shanghai(now)
    listing = list_products(session, Filters(season=today.month, in_stock=True), Sort.RECOMMENDED, 1)
    truck = next_truck()
    return render_template(
        "storefront/home.html",
        structured=shop_facts(),
        cards=with_harvests(listing.cards[:SHOWN]),
        facets=listing.facets,
        month=today.month,
        truck=truck,
        left=truck.left(now) if truck else None,
        parts=_parts_of_a_hundred(),
        told=newest_stories().posts,
        kinds=KINDS,
        story=story_of_the_week(session, today.isocalendar().week),
    )


def _parts_of_a_hundred() -> Parts | None:
    """Where ¥100 for goods goes; nothing is said before the shop has a rule for it."""
    try:
        return split_price(current_rule(read_session(), utc_now()), HUNDRED_YUAN_FEN)
    except NotFound:
        return None
