"""What the code on a bag leads to."""

from __future__ import annotations

from flask import render_template
from sqlalchemy.orm import Session

from shop.catalogue.split import current_rule, split_price
from shop.extensions import settings
from shop.inventory.lot_numbers import lot_of_number
from shop.inventory.trace import read_traced_lot
from shop.inventory.trace_codes import ForgedTraceCode, Trace, read_trace_code, trace_code
from shop.kit.clock import utc_now
from shop.kit.references import normalise_code
from shop.web.database import read_session
from shop.web.public import public_page
from shop.web.shop_settings import catalogue_version
from shop.web.storefront.blueprint import storefront


@storefront.get("/trace/<code>")
@public_page(version=catalogue_version)
def trace(code: str) -> str:
    """A code that is not ours and a code whose lot is unknown are both 404, in different words.

    The lot's number, which stands beside the code wherever it is printed, leads to the lot as a whole. Looking a code
    up is not counted: the page is one for everybody and comes from caches, so a count would be wrong. A number that was
    never handed out is what tells a copy.
    """
    session = read_session()
    read = _read(session, code)
    traced = read_traced_lot(session, read.lot_id)
    is_number = normalise_code(code) == normalise_code(traced.lot.code)
    parts = split_price(current_rule(session, utc_now()), traced.variant.price_fen)
    return render_template(
        "storefront/trace.html",
        traced=traced,
        sequence=read.sequence,
        is_number=is_number,
        parts=parts,
        is_doubtful=traced.was_never_printed(read.sequence),
        trace=lambda lot_id: trace_code(lot_id, 0, settings().trace_keys[0]),
    )


def _read(session: Session, typed: str) -> Trace:
    try:
        return read_trace_code(typed, settings().trace_keys)
    except ForgedTraceCode:
        lot_id = lot_of_number(session, typed)
        if lot_id is None:
            raise
        return Trace(lot_id, 0)
