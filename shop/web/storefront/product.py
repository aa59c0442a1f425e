"""One product: its packs, its money, its season, and who may supply it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from flask import render_template, request

from shop.catalogue.product_page import read_product_page
from shop.extensions import settings
from shop.inventory.recall_state import recalls_of_product
from shop.inventory.supply import Supplier, supply_of
from shop.inventory.trace_codes import trace_code
from shop.kit.clock import in_shanghai, shanghai_date, utc_now
from shop.ordering.basket import MOST_UNITS
from shop.reviews.public_list import WITH_REVIEWS, newest_of
from shop.stories.words import KINDS
from shop.web.database import read_session
from shop.web.public import public_page
from shop.web.shop_settings import current_shop_settings
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.stories import newest_stories
from shop.web.storefront.structured import product_facts, share_picture
from shop.web.storefront.truck import Truck, all_journeys, next_truck, version_and_minute


def _needed(truck: Truck | None) -> date | None:
    """Until when goods have to keep that the next truck brings."""
    if truck is None:
        return None
    after = timedelta(days=current_shop_settings().keep_days_after_arrival)
    return shanghai_date(truck.arrives_at) + after


def _keeps(suppliers: Sequence[Supplier], needed: date | None) -> bool:
    return needed is not None and any(supplier.keeps_until >= needed for supplier in suppliers)


@storefront.get("/products/<slug>")
@public_page(version=version_and_minute)
def product(slug: str) -> str:
    session, now = read_session(), utc_now()
    page = read_product_page(session, slug, now=now, statement=WITH_REVIEWS)
    truck = next_truck()
    needed = _needed(truck)
    supply = supply_of(session, page.kept_variant_ids, now=now, needed=needed)
    suppliers, key = supply.suppliers, settings().trace_keys[0]
    reviews = newest_of(page)
    preordered = {variant_id for variant_id, lot in supply.first_lots.items() if lot.expected_on}
    return render_template(
        "storefront/product.html",
        structured=product_facts(page, preordered, reviews),
        share_picture=share_picture(page),
        shown=page,
        product=page.product,
        slug=slug,
        most_of=lambda variant: min(variant.limit_per_buyer or MOST_UNITS, MOST_UNITS),
        chosen=page.pack(request.args.get("sku")),
        suppliers=suppliers,
        first_lots=supply.first_lots,
        reviews=reviews,
        told=newest_stories().by_village.get(page.village.slug, ()) if page.village else (),
        kinds=KINDS,
        recalls=recalls_of_product(session, page.product.id) if page.product.recalled_lots else (),
        trace=lambda lot: trace_code(lot.lot_id, 0, key),
        month=in_shanghai(now).month,
        truck=truck,
        in_time=_keeps(suppliers, needed),
        sent_on=all_journeys().sent_on({page.product.ready_hours}, now=now),
    )
