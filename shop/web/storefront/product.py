"""One product: its packs, its money, its season, and who may supply it."""

from __future__ import annotations

from flask import render_template, request

from shop.catalogue.product_page import read_product_page
from shop.extensions import settings
from shop.inventory.supply import supply_of
from shop.inventory.trace_codes import trace_code
from shop.kit.clock import in_shanghai, utc_now
from shop.web.database import read_session
from shop.web.public import public_page
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.truck import next_truck, version_and_minute


@storefront.get("/products/<slug>")
@public_page(version=version_and_minute)
def product(slug: str) -> str:
    session, now = read_session(), utc_now()
    page = read_product_page(session, slug, now=now)
    supply = supply_of(session, page.kept_variant_ids, now=now)
    suppliers, key = supply.suppliers, settings().trace_keys[0]
    return render_template(
        "storefront/product.html",
        shown=page,
        product=page.product,
        chosen=page.pack(request.args.get("sku")),
        suppliers=suppliers,
        first_lot=suppliers[0] if suppliers else None,
        first_lots=supply.first_lots,
        trace=lambda lot: trace_code(lot.lot_id, 0, key),
        month=in_shanghai(now).month,
        truck=next_truck(),
    )
