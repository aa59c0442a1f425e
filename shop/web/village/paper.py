"""What is printed: labels for parcels, a truck's packing slips, and the picking list."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_babel import gettext
from markupsafe import Markup

from shop.accounts.models import RoleName
from shop.fulfilment.delivery_notes import delivery_note
from shop.fulfilment.models import ParcelStatus
from shop.fulfilment.parcel_list import ParcelFilter, ParcelRow, labels
from shop.fulfilment.parcel_list import codes as packed_codes
from shop.fulfilment.picking_list import picking_list
from shop.fulfilment.waybills.finding import WaybillRow, newest_waybills
from shop.inventory.lot_papers import lots_with_papers, papers_of_lots
from shop.inventory.models import Lot
from shop.kit.clock import utc_now
from shop.kit.references import normalise_code
from shop.ordering.models import DeliveryKind
from shop.web.barcode import barcode
from shop.web.certificate_words import kind_words
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.packing_slips import packing_slips_page
from shop.web.qr import qr_code
from shop.web.village.blueprint import village
from shop.web.village.desk import page, reach
from shop.web.village.paging import page_number

MOST_LABELS = 200


@village.get("/parcels/labels")
@requires(RoleName.COORDINATOR)
def parcel_labels() -> str:
    """Labels for the parcels that the address names, or for those that stand packed (of one run), page by page."""
    codes = [normalise_code(code) for code in request.args.getlist("code")][:MOST_LABELS]
    number = page_number()
    packed = [] if codes else _packed(number)
    shown = labels(read_session(), codes or packed[:MOST_LABELS], reach())
    drawings = {
        one.parcel.code: qr_code(one.parcel.code, gettext("Parcel %(code)s", code=one.parcel.code))
        for one in shown
    }
    waybills = _usable_waybills([one.parcel for one in shown])
    on_a4 = request.args.get("paper") == "a4"
    return page(
        "village/labels.html",
        "parcels",
        labels=shown,
        drawings=drawings,
        waybills=waybills,
        bars={code: _bars(one) for code, one in waybills.items()},
        on_a4=on_a4,
        codes=codes,
        number=number,
        more=len(packed) > MOST_LABELS,
    )


@village.get("/runs/<code>/packing-slips")
@requires(RoleName.COORDINATOR)
def packing_slips(code: str) -> str:
    return packing_slips_page(
        code,
        reach(),
        back=url_for("village.run", code=code),
        at=lambda **chosen: url_for("village.packing_slips", code=code, **chosen),
    )


@village.get("/parcels/<code>/delivery-note")
@requires(RoleName.COORDINATOR)
def delivery_note_of_parcel(code: str) -> str:
    """送货单: goes with the goods of an organisation, to be signed and taken back. Raises NotFound."""
    session = read_session()
    note = delivery_note(session, code, reach())
    lots = lots_with_papers(session, Lot.code.in_({one.lot_code for one in note.parcel.goods}))
    return render_template(
        "village/delivery_note.html",
        note=note,
        parcel=note.parcel,
        papers=papers_of_lots(session, lots),
        kinds=kind_words(session),
        now=utc_now(),
    )


@village.get("/picking-list")
@requires(RoleName.COORDINATOR)
def picking() -> str:
    run_code = request.args.get("run", "")[:32]
    households = picking_list(read_session(), reach(), run_code=run_code)
    return render_template("village/picking.html", households=households, run_code=run_code, now=utc_now())


def _usable_waybills(shown: list[ParcelRow]) -> dict[str, WaybillRow]:
    """By parcel code. What left under another number is not labelled with the one of its waybill."""
    by_courier = [one for one in shown if one.delivery is DeliveryKind.COURIER]
    found = newest_waybills(read_session(), [one.id for one in by_courier])
    return {
        one.code: found[one.id]
        for one in by_courier
        if one.id in found and found[one.id].is_usable and one.tracking_number in {None, found[one.id].number}
    }


def _bars(waybill: WaybillRow) -> Markup:
    number = waybill.number or ""
    return barcode(number, gettext("Tracking number %(number)s", number=number))


def _packed(number: int) -> list[str]:
    """One code more than a page of labels holds, if there are more."""
    chosen = ParcelFilter(look=ParcelStatus.PACKED, run_code=request.args.get("run", "")[:32])
    offset = (number - 1) * MOST_LABELS
    return packed_codes(read_session(), reach(), chosen, limit=MOST_LABELS + 1, offset=offset)
