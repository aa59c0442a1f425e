"""The exact stock of one pack, for the product page."""

from __future__ import annotations

from flask import Response, jsonify, request
from flask_babel import gettext, ngettext

from shop.catalogue.models import StockState
from shop.catalogue.stock_state import state_of
from shop.catalogue.variants import find_variant
from shop.inventory.stock import shown_units
from shop.kit.clock import utc_now
from shop.web.database import read_session
from shop.web.publicness import public_view
from shop.web.statuses import look
from shop.web.storefront.blueprint import storefront


@storefront.get("/stock")
@public_view
def stock() -> Response:
    session = read_session()
    variant = find_variant(session, request.args.get("sku", ""))
    now = utc_now()
    available, there = shown_units(session, variant.id, now=now)
    state = state_of(available, variant.low_stock_at)
    only_later = available > 0 and there == 0
    label = _label(available, state, only_later=only_later)
    answer = jsonify(sku=variant.sku, available=available, state=state, label=label)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _label(available: int, state: StockState, *, only_later: bool) -> str:
    sold_out: str = gettext(look("stock", StockState.SOLD_OUT).word)
    left: str = ngettext("%(num)s left", "%(num)s left", available)
    if only_later:
        left = ngettext("%(num)s to pre-order", "%(num)s to pre-order", available)
    return sold_out if state is StockState.SOLD_OUT else left
