"""Stock in lots: found, declared, corrected, taken off sale."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import DateField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional

from shop.accounts.models import RoleName
from shop.catalogue.desk import all_of
from shop.catalogue.models import Village
from shop.catalogue.suggesting import packs_by_sku, producers_by_slug
from shop.inventory.after_lifting import SOLD_AGAIN, WRITTEN_OFF
from shop.inventory.count_models import COUNT_WORDS
from shop.inventory.errors import LotCorrected
from shop.inventory.lot_declaring import TypedLot, declare_typed
from shop.inventory.lot_list import (
    LotFilter,
    LotRow,
    Shelf,
    changes_of_lot,
    find_lots,
    read_lot,
    shares_of_lot,
)
from shop.inventory.lot_photos import photos_of
from shop.inventory.lot_writing import Author
from shop.inventory.lots import EXPIRED, MOST_UNITS, RECALLED, correct_lot, withdraw_lot
from shop.inventory.putting_aside import PUT_ASIDE
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg, tidy
from shop.ordering.shelves.loads import lies_on, shelved_units
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import NEEDED, text
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act
from shop.web.admin.words import options
from shop.web.database import read_session, transact
from shop.web.fields import SeenField, TokenField, WholeNumberField
from shop.web.filters import bilingual
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id

SHELVES = {
    Shelf.OPEN: msg("For sale"),
    Shelf.TO_COME: msg("To be harvested"),
    Shelf.SPOILING: msg("Spoil within a week"),
    Shelf.CLOSED: msg("Closed"),
    Shelf.RECALLED: msg("Recalled, or proposed"),
}


class LotForm(ShopForm):
    token = TokenField()
    sku = text(_("SKU"), 40, needed=True, list="packs", autocomplete="off")
    producer = text(
        _("Producer"),
        80,
        needed=True,
        list="producers",
        autocomplete="off",
        hint=_("Short name or name, as in the list of households and workshops."),
    )
    units = WholeNumberField(_("Units"), [NEEDED, NumberRange(1, MOST_UNITS)])
    harvested_on = DateField(_("Harvested on"), [Optional()])
    packed_on = DateField(_("Packed on"), [Optional()])
    best_before = DateField(
        _("Best before"), [Optional()], description=_("Empty: packing or harvest day and the shelf life.")
    )
    certificate = text(_("Certificate number"), 60)
    shares = TextAreaField(
        _("Whose goods they are"),
        [Length(max=2000)],
        description=_("For a workshop: short name of a household and per cent, one a line."),
    )


class CorrectForm(ShopForm):
    seen = SeenField()
    units = WholeNumberField(_("Units in all"), [NEEDED, NumberRange(0, MOST_UNITS)])
    reason = text(_("Reason"), 200, needed=True)


@dataclass(frozen=True, slots=True)
class _Listed(LotRow):
    """With the units that left the village and lie on shelves, or are on their way there."""

    shelved: int


COLUMNS = (
    Column("code", msg("Lot"), head=True, link=lambda row: url_for("admin.lot", lot_id=row.id)),
    Column("name", msg("Product"), value=lambda row: f"{bilingual(row, 'name')} {row.sku}"),
    Column("producer", msg("Producer"), value=lambda row: bilingual(row, "producer")),
    Column("village", msg("Village"), value=lambda row: bilingual(row, "village")),
    Column("declared", msg("Declared"), kind="number"),
    Column("available", msg("Available"), kind="number"),
    Column("promised", msg("Promised"), kind="number", value=lambda row: row.held + row.committed),
    Column("shipped", msg("Shipped"), kind="number", value=lambda row: row.shipped - row.shelved),
    Column("shelved", msg("On a shelf"), kind="number"),
    Column("best_before", msg("Best before"), kind="date"),
    Column("status", msg("State"), kind="status:lot", value=lambda row: row.look),
)
FILTERS = (
    Filter("q", msg("Lot, SKU, product, producer")),
    Filter(
        "shelf",
        msg("Which"),
        "select",
        lambda _session: [(shelf.value, gettext(word)) for shelf, word in SHELVES.items()],
    ),
    Filter("village", msg("Village"), "select", lambda session: options(all_of(session, Village))),
)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    shelf = wanted.text("shelf")
    asked = LotFilter(
        text=wanted.text("q"),
        shelf=Shelf(shelf) if shelf in set(Shelf) else None,
        village_id=wanted.number("village"),
    )
    found = find_lots(session, asked, today=shanghai_date(utc_now()), page=wanted.page)
    shelved = shelved_units(session, [row.id for row in found.items])
    return found.map(lambda row: _Listed(**asdict(row), shelved=shelved.get(row.id, 0)))


@admin.get("/lots")
@requires(RoleName.ADMIN)
def lots() -> str:
    screen = list_screen(
        read_session(),
        title=msg("Lots"),
        note=msg("Those that spoil first stand on top."),
        columns=COLUMNS,
        filters=FILTERS,
        rows=_rows,
        endpoint="admin.lots",
    )
    screen["create_href"], screen["create_label"] = url_for("admin.new_lot"), gettext("Declare a lot")
    return desk_page("admin/list.html", "lots", screen=screen)


@admin.route("/lots/new", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def new_lot() -> Any:
    form = LotForm()
    if request.method == "POST" and form.validate():
        typed = TypedLot(**{name: value for name, value in form.data.items() if name != "csrf_token"})
        author, now = Author(current_user_id(), for_producer=True), utc_now()
        try:
            lot_id = transact(lambda session: declare_typed(session, typed, author=author, now=now))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(
                gettext(
                    "The lot is declared. It can be bought once everything stands that the law demands of it."
                ),
                "ok",
            )
            return redirect(url_for("admin.lot", lot_id=lot_id), 303)
    screen = {
        "title": gettext("Declare a lot"),
        "note": gettext("For a producer; it is written down that you did it."),
        "back_href": url_for("admin.lots"),
        "back_label": gettext("Lots"),
        "submit_label": gettext("Declare it"),
        "suggested": {
            "packs": packs_by_sku(read_session()),
            "producers": producers_by_slug(read_session()),
        },
    }
    page = desk_page("admin/form.html", "lots", screen=screen, form=form)
    return page, 400 if request.method == "POST" else 200


@admin.get("/lots/<int:lot_id>")
@requires(RoleName.ADMIN)
def lot(lot_id: int) -> str:
    return _lot_page(lot_id, None)


@admin.post("/lots/<int:lot_id>/correct")
@requires(RoleName.ADMIN)
def correct(lot_id: int) -> Any:
    read_lot(read_session(), lot_id)
    form = CorrectForm()
    if form.validate():
        units, reason = form.units.data or 0, form.reason.data or ""
        author, now = Author(current_user_id(), for_producer=True), utc_now()
        try:
            transact(
                lambda session: correct_lot(
                    session,
                    lot_id,
                    declared=units,
                    reason=tidy(reason),
                    author=author,
                    now=now,
                    seen=form.seen.number,
                )
            )
        except LotCorrected as error:
            show_errors(form, error)
            form.seen.data = str(error.after)
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Corrected."), "ok")
            return redirect(url_for("admin.lot", lot_id=lot_id), 303)
    return _lot_page(lot_id, form), 400


@admin.post("/lots/<int:lot_id>/withdraw")
@requires(RoleName.ADMIN)
def withdraw(lot_id: int) -> Response:
    read_lot(read_session(), lot_id)
    reason = tidy(request.form.get("reason", ""))[:200]
    if not reason:
        flash(gettext("Please say why."), "bad")
        return redirect(url_for("admin.lot", lot_id=lot_id), 303)
    author, now = Author(current_user_id(), for_producer=True), utc_now()
    return act(
        lambda session: withdraw_lot(session, lot_id, reason=reason, author=author, now=now),
        done=gettext("What was left is off sale."),
        back=url_for("admin.lot", lot_id=lot_id),
    )


def _lot_page(lot_id: int, form: CorrectForm | None) -> str:
    session = read_session()
    shown = read_lot(session, lot_id)
    return desk_page(
        "admin/lot.html",
        "lots",
        lot=shown,
        shelved=lies_on(session, lot_id),
        form=form or CorrectForm(formdata=None, units=shown.declared, seen=shown.declared),
        photos=photos_of(session, lot_id, now=utc_now()),
        shares=shares_of_lot(session, lot_id),
        changes=changes_of_lot(session, lot_id),
        own_words=(EXPIRED, RECALLED, PUT_ASIDE, SOLD_AGAIN, WRITTEN_OFF, *COUNT_WORDS.values()),
    )
