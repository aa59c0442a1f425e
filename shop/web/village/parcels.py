"""Parcels: find, hand to a courier, correct, unpack."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.extensions import waybill_provider
from shop.fulfilment.delivery_notes import is_for_organisation
from shop.fulfilment.hub.merging import merged_into, parts_inside
from shop.fulfilment.models import ParcelStatus
from shop.fulfilment.parcel_list import LOOKS, ParcelFilter, ParcelRow
from shop.fulfilment.parcel_list import parcel as find_parcel
from shop.fulfilment.parcel_list import parcels as find_parcels
from shop.fulfilment.shipping import Consignment, ship_parcels
from shop.fulfilment.shipping_list import Line, check_lines, leave_out, read_lines
from shop.fulfilment.unmade_parcels import UnmadeParcel, unmade_parcel
from shop.fulfilment.waybills.finding import WaybillRow, newest_waybills
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.ordering.models import DeliveryKind
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.form_press import form_press, press_deed
from shop.web.guards import requires
from shop.web.village.blueprint import village
from shop.web.village.desk import page, reach
from shop.web.village.forms import ShipForm, ShipManyForm
from shop.web.village.paging import page_number
from shop.web.village.parcel_deeds import (
    delivering,
    said_of_many,
    said_of_one,
    undoing_delivery,
    undoing_shipping,
    unpacking,
)
from shop.web.village.waybills import offer_for


@village.get("/parcels")
@requires(RoleName.COORDINATOR)
def parcels() -> str:
    chosen = _filter()
    found, more = find_parcels(read_session(), reach(), chosen)
    unmade = _unmade(chosen.words) if chosen.words and not found else None
    return page(
        "village/parcels.html",
        "parcels",
        parcels=found,
        more=more,
        chosen=chosen,
        unmade=unmade,
        gives_waybills=waybill_provider() is not None,
    )


@village.get("/parcels/<code>")
@requires(RoleName.COORDINATOR)
def parcel(code: str) -> str | Response:
    """A label inside a merged parcel leads to the whole."""
    try:
        return _page(code, ShipForm())
    except NotFound:
        if (whole := merged_into(read_session(), code, reach())) is not None:
            return redirect(url_for("village.parcel", code=whole), 303)
        return page(
            "village/unmade_parcel.html", "parcels", parcel=unmade_parcel(read_session(), code, reach())
        )


@village.post("/parcels/<code>/ship")
@requires(RoleName.COORDINATOR)
def ship(code: str) -> Any:
    form, by, now = ShipForm(), reach(), utc_now()
    shown = find_parcel(read_session(), code, by)
    if not form.validate_on_submit():
        return _page(code, form), 400
    line = Consignment(shown.code, form.carrier.data, form.tracking_number.data or "")
    try:
        sent = transact(lambda session: ship_parcels(session, [line], by=by, now=now))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _page(code, form), error.status
    flash(said_of_one(sent), "ok")
    return redirect(url_for("village.parcel", code=shown.code), 303)


@village.post("/parcels/<code>/unpack")
@requires(RoleName.COORDINATOR)
def unpack_parcel(code: str) -> Response:
    return press_deed(unpacking(code, form_press()))


@village.post("/parcels/<code>/delivered")
@requires(RoleName.COORDINATOR)
def delivered(code: str) -> Response:
    return press_deed(delivering(code, form_press()))


@village.post("/parcels/<code>/undo-ship")
@requires(RoleName.COORDINATOR)
def undo_ship_parcel(code: str) -> Response:
    return press_deed(undoing_shipping(code, form_press()))


@village.post("/parcels/<code>/undo-delivered")
@requires(RoleName.COORDINATOR)
def undo_delivered_parcel(code: str) -> Response:
    return press_deed(undoing_delivery(code, form_press()))


@village.get("/parcels/ship")
@requires(RoleName.COORDINATOR)
def ship_list() -> str:
    waiting, _more = find_parcels(
        read_session(), reach(), ParcelFilter(look=ParcelStatus.PACKED, delivery=DeliveryKind.COURIER)
    )
    waybills = newest_waybills(read_session(), [one.id for one in waiting])
    lines = "\n".join(_line(one, waybills.get(one.id)) for one in reversed(waiting))
    return page("village/ship_many.html", "parcels", form=ShipManyForm(lines=lines), mistakes=[])


@village.post("/parcels/ship")
@requires(RoleName.COORDINATOR)
def ship_many() -> Any:
    form, by, now = ShipManyForm(), reach(), utc_now()
    if not form.validate_on_submit():
        return page("village/ship_many.html", "parcels", form=form, mistakes=[]), 400
    numbered, left_out = leave_out(form.lines.data or "")
    lines = check_lines(read_session(), read_lines(numbered, carrier=form.carrier.data), by)
    mistakes = [line for line in lines if line.mistake]
    if mistakes:
        return page("village/ship_many.html", "parcels", form=form, mistakes=mistakes), 400
    try:
        sent = transact(lambda session: ship_parcels(session, _consignments(lines), by=by, now=now))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return page("village/ship_many.html", "parcels", form=form, mistakes=[]), error.status
    for sentence in said_of_many(sent, lines, left_out):
        flash(sentence, "ok")
    return redirect(url_for("village.parcels", status=ParcelStatus.SHIPPED.value), 303)


def _consignments(lines: list[Line]) -> list[Consignment]:
    return [line.consignment for line in lines if line.consignment]


def _line(parcel: ParcelRow, waybill: WaybillRow | None) -> str:
    """To be completed by hand where no waybill says the number."""
    if waybill is None or not waybill.is_usable:
        return f"{parcel.code} "
    return f"{parcel.code} {waybill.carrier} {waybill.number}"


def _page(code: str, form: ShipForm) -> str:
    shown = find_parcel(read_session(), code, reach())
    offer = offer_for(shown)
    if not form.is_submitted() and shown.carrier:
        form = ShipForm(carrier=shown.carrier, tracking_number=shown.tracking_number)
    elif not form.is_submitted() and offer and offer.waybill and offer.waybill.is_usable:
        form = ShipForm(carrier=offer.waybill.carrier, tracking_number=offer.waybill.number)
    facts = {
        "inside": parts_inside(read_session(), shown.code),
        "carrier": request.args.get("carrier", ""),
        "has_note": is_for_organisation(read_session(), shown.order_id),
    }
    return page("village/parcel.html", "parcels", parcel=shown, form=form, offer=offer, **facts)


def _unmade(code: str) -> UnmadeParcel | None:
    try:
        return unmade_parcel(read_session(), code, reach())
    except NotFound:
        return None


def _filter() -> ParcelFilter:
    """What the address asks for; what it gets wrong counts as not asked."""
    look, delivery = request.args.get("status", ""), request.args.get("delivery", "")
    return ParcelFilter(
        look=look if look in LOOKS else "",
        delivery=DeliveryKind(delivery) if delivery in set(DeliveryKind) else None,
        run_code=request.args.get("run", "")[:32],
        words=request.args.get("q", "")[:40],
        page=page_number(),
    )
