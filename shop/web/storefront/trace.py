"""What the code on a bag leads to."""

from __future__ import annotations

from flask import render_template

from shop.catalogue.split import current_rule, split_price
from shop.extensions import settings
from shop.inventory.trace import read_traced_lot
from shop.inventory.trace_codes import read_trace_code
from shop.kit.clock import utc_now
from shop.web.database import read_session
from shop.web.public import public_page
from shop.web.shop_settings import catalogue_version
from shop.web.storefront.blueprint import storefront


@storefront.get("/trace/<code>")
@public_page(version=catalogue_version)
def trace(code: str) -> str:
    """A code that is not ours and a code whose lot is unknown are both 404, in different words."""
    session = read_session()
    read = read_trace_code(code, settings().trace_keys)
    traced = read_traced_lot(session, read.lot_id)
    parts = split_price(current_rule(session, utc_now()), traced.variant.price_fen)
    return render_template("storefront/trace.html", traced=traced, sequence=read.sequence, parts=parts)
