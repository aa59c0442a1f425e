"""What a coordinator says about parcels, before the page or later from a phone that had no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from shop.fulfilment.hub.merging import unpack_or_part
from shop.fulfilment.models import ParcelStatus
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.packing_list import order_at_place
from shop.fulfilment.parcel_list import parcel as find_parcel
from shop.fulfilment.shipping import Consignment, Correction, Sent, mark_delivered, ship_parcels
from shop.fulfilment.shipping_list import Line, check_lines, leave_out, read_lines
from shop.fulfilment.taking_back import undo_delivered, undo_ship
from shop.fulfilment.unused_presses import note_unused_of_parcels
from shop.kit.errors import InvalidInput
from shop.web.database import read_session
from shop.web.deeds import Deed, Press
from shop.web.error_pages import translated
from shop.web.forms import ShopForm
from shop.web.village.desk import reach
from shop.web.village.forms import PackForm, ShipForm, ShipManyForm


def packing(number: str, place_id: int, press: Press) -> Deed:
    """Raises NotFound, or InvalidInput for what the form does not take."""
    by, form = reach(), PackForm(MultiDict(press.fields), meta={"csrf": False})
    order_id = order_at_place(read_session(), number, by).id
    demand(form)
    weight_g, partly = form.weight_g.data, form.partly.data
    return Deed(
        lambda s: pack_parcel(s, order_id, place_id, weight_g=weight_g, partly=partly, by=by, now=press.now),
        gettext("Packed. Now print the label."),
        lambda code: url_for("village.parcel", code=code),
        has_form=True,
    )


def unpacking(code: str, press: Press) -> Deed:
    by = reach()
    shown = find_parcel(read_session(), code, by)
    back = url_for("village.order", number=shown.order_number)
    return _deed(
        [shown.code],
        press,
        "parcel_unpacked",
        lambda s: unpack_or_part(s, shown.code, by=by, now=press.now),
        _unpacked,
        back,
    )


def shipping(code: str, press: Press) -> Deed:
    """Raises NotFound, or InvalidInput for what the form does not take."""
    by, form = reach(), ShipForm(formdata=MultiDict(press.fields), meta={"csrf": False})
    shown = find_parcel(read_session(), code, by)
    demand(form)
    line = Consignment(shown.code, form.carrier.data, form.tracking_number.data or "")
    return _deed(
        [shown.code],
        press,
        "parcel_shipped",
        lambda s: ship_parcels(s, [line], by=by, now=press.now),
        said_of_one,
        url_for("village.parcel", code=shown.code),
        has_form=True,
    )


def shipping_many(press: Press) -> Deed:
    """All of the lines or none of them. Raises InvalidInput, which names the first line that is wrong."""
    by, form = reach(), ShipManyForm(formdata=MultiDict(press.fields), meta={"csrf": False})
    demand(form)
    numbered, left_out = leave_out(form.lines.data or "")
    lines = check_lines(read_session(), read_lines(numbered, carrier=form.carrier.data), by)
    for line in lines:
        if line.mistake:
            raise InvalidInput(f"{line.typed}: {translated(line.mistake)}")
    consignments = [line.consignment for line in lines if line.consignment]
    return _deed(
        [one.parcel_code for one in consignments],
        press,
        "parcel_shipped",
        lambda s: ship_parcels(s, consignments, by=by, now=press.now),
        lambda sent: " ".join(said_of_many(sent, lines, left_out)),
        url_for("village.parcels", status=ParcelStatus.SHIPPED.value),
        has_form=True,
    )


def _unpacked(parts: list[str]) -> str:
    if not parts:
        return str(gettext("Unpacked."))
    return str(gettext("Single parcels again, with their own labels: %(parcels)s.", parcels=", ".join(parts)))


def delivering(code: str, press: Press) -> Deed:
    by = reach()
    shown = find_parcel(read_session(), code, by)
    return _deed(
        [shown.code],
        press,
        "parcel_delivered",
        lambda s: mark_delivered(s, shown.code, by=by, now=press.now),
        gettext("Delivered."),
        url_for("village.parcel", code=shown.code),
    )


def undoing_shipping(code: str, press: Press) -> Deed:
    by = reach()
    shown = find_parcel(read_session(), code, by)
    done = gettext(
        "Taken back. It stands packed again; a buyer who was told already hears that it has not left."
    )
    return _deed(
        [shown.code],
        press,
        "parcel_taken_back",
        lambda s: undo_ship(s, shown.code, by=by, now=press.now),
        done,
        url_for("village.parcel", code=shown.code),
    )


def undoing_delivery(code: str, press: Press) -> Deed:
    by = reach()
    shown = find_parcel(read_session(), code, by)
    return _deed(
        [shown.code],
        press,
        "parcel_delivery_undone",
        lambda s: undo_delivered(s, shown.code, by=by, now=press.now),
        gettext("Taken back."),
        url_for("village.parcel", code=shown.code),
    )


def demand(form: ShopForm) -> None:
    """What the form says against it, in one sentence. Raises InvalidInput."""
    if not form.validate():
        said = [str(error) for field in form for error in field.errors]
        raise InvalidInput(" ".join(dict.fromkeys(said)))


def said_of_one(sent: Sent) -> str:
    said = str(gettext("This is the number it has already."))
    if sent.left:
        said = str(gettext("Shipped. The buyer is told the number."))
    elif sent.corrections:
        said = _corrected(sent.corrections[0])
    return " ".join([said, *_taken_up(sent)])


def said_of_many(sent: Sent, lines: Sequence[Line], left_out: Sequence[str] = ()) -> list[str]:
    said = []
    if sent.left:
        said.append(str(ngettext("%(num)s parcel shipped.", "%(num)s parcels shipped.", sent.left)))
    if known := len(lines) - sent.left - len(sent.corrections):
        said.append(
            str(
                ngettext(
                    "%(num)s parcel was shipped before, with this number.",
                    "%(num)s parcels were shipped before, with these numbers.",
                    known,
                )
            )
        )
    if left_out:
        said.append(
            str(gettext("Without a number, and so not shipped: %(parcels)s.", parcels=", ".join(left_out)))
        )
    return said + [_corrected(one) for one in sent.corrections] + _taken_up(sent)


def _taken_up(sent: Sent) -> list[str]:
    return [
        str(gettext("Waybill %(number)s was to be cancelled: it is used now, and not cancelled.", number=one))
        for one in sent.taken_up
    ]


def _corrected(one: Correction) -> str:
    return str(
        gettext(
            "Parcel %(code)s: number corrected, %(old)s → %(new)s. The buyer is told.",
            code=one.parcel_code,
            old=one.old,
            new=one.new,
        )
    )


def _deed(
    codes: Sequence[str],
    press: Press,
    kind: str,
    work: Callable[[Session], Any],
    done: str | Callable[[Any], str],
    back: str,
    *,
    has_form: bool = False,
) -> Deed:
    """`kind`: as the order's history calls it."""
    by, made_at = reach(), press.made_at or press.now

    def note(session: Session) -> None:
        note_unused_of_parcels(session, codes, kind, by=by, made_at=made_at, now=press.now)

    return Deed(work, done, back, has_form=has_form, note_unused=note)
