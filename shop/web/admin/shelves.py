"""Shelves at pickup points and goods taken along to fairs: set up, goods brought, and what became of them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import flash, redirect, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import SelectField

from shop.accounts.models import RoleName
from shop.catalogue.models import Variant
from shop.delivery.runs import active_points, open_runs
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.ledger.cash_box.handing_over import count_again
from shop.ledger.cash_box.reading import boxes_that_wait, cash_expected, counts_of, waiting_count
from shop.ordering.outside.sources import all_sources
from shop.ordering.shelves.bringing import Brought, bring
from shop.ordering.shelves.movements import balance_of, moves_of
from shop.ordering.shelves.opening import SOLD_FROM, open_shelf
from shop.ordering.shelves.queries import find_shelf, lots_there, shelves
from shop.ordering.shelves.words import MOVES
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import NEEDED, text
from shop.web.admin.listing import asked
from shop.web.admin.outside_form import packs
from shop.web.admin.pages import desk_page
from shop.web.cash_forms import SecondForm
from shop.web.database import read_session, transact
from shop.web.fields import TokenField, WholeNumberField
from shop.web.filters import bilingual
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id

_NO_TRUCK = ""
MOST_BOXES = 500
_UNKNOWN = msg("No pack has this SKU, or it is not sold any more.")


class OpenForm(ShopForm):
    source_id = SelectField(_("Source"), [NEEDED], choices=[])
    pickup_point_id = SelectField(_("Pickup point"), [NEEDED], choices=[])

    def offer(self, session: Session) -> None:
        sources = [one for one in all_sources(session, active=True) if one.kind in SOLD_FROM]
        self.source_id.choices = [(str(one.id), bilingual(one, "name")) for one in sources]
        self.pickup_point_id.choices = [
            (str(one.id), bilingual(one, "name")) for one in active_points(session)
        ]


class BringForm(ShopForm):
    token = TokenField()
    variant = text(_("Goods (SKU)"), 40, needed=True, list="packs", autocomplete="off")
    units = WholeNumberField(_("So many are brought"), [NEEDED])
    run = SelectField(_("With the truck"), choices=[])

    def offer(self, session: Session, point_id: int) -> None:
        runs = open_runs(session, now=utc_now(), point_id=point_id, limit=10)
        self.run.choices = [
            (_NO_TRUCK, gettext("By other means")),
            *((str(one.id), one.code) for one in runs),
        ]


@admin.get("/shelves")
@requires(RoleName.ADMIN)
def shelves_page() -> str:
    return _list_page(OpenForm(formdata=None))


@admin.post("/shelves")
@requires(RoleName.ADMIN)
def open_new_shelf() -> Any:
    form, actor_id, now = OpenForm(), current_user_id(), utc_now()
    form.offer(read_session())
    if form.validate():
        source_id, point_id = int(form.source_id.data), int(form.pickup_point_id.data)
        try:
            shelf_id = transact(
                lambda session: open_shelf(session, source_id, point_id, actor_id=actor_id, now=now)
            )
        except InvalidInput as error:
            show_errors(form, error)
        else:
            flash(gettext("The shelf is set up. Now bring goods to it."), "ok")
            return redirect(url_for("admin.shelf", shelf_id=shelf_id), 303)
    return _list_page(form), 400


@admin.get("/shelves/<int:shelf_id>")
@requires(RoleName.ADMIN)
def shelf(shelf_id: int) -> str:
    return _page(shelf_id, BringForm(formdata=None))


@admin.post("/shelves/<int:shelf_id>/bring")
@requires(RoleName.ADMIN)
def bring_to_shelf(shelf_id: int) -> Any:
    form, actor_id, now, session = BringForm(), current_user_id(), utc_now(), read_session()
    form.offer(session, find_shelf(session, shelf_id).point_id)
    if form.validate():
        try:
            said = _brought(session, form)
            lots = transact(lambda one: bring(one, shelf_id, said, actor_id=actor_id, now=now))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            sentence = ngettext(
                "Written down, from %(num)s lot: load what stands in the list below.",
                "Written down, from %(num)s lots: load what stands in the list below.",
                len(lots),
            )
            flash(sentence, "ok")
            return redirect(url_for("admin.shelf", shelf_id=shelf_id), 303)
    return _page(shelf_id, form), 400


@admin.post("/shelves/<int:shelf_id>/cash/<int:count_id>/second")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def count_box_for_keeper(shelf_id: int, count_id: int) -> Any:
    """Somebody of finance is the second person: a point with one keeper has nobody else."""
    find_shelf(read_session(), shelf_id)
    form, actor_id, now = SecondForm(), current_user_id(), utc_now()
    if form.validate():
        fen = form.counted.data or 0
        try:
            transact(lambda s: count_again(s, shelf_id, count_id, fen, actor_id=actor_id, now=now))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Handed over. The box is empty."), "ok")
            return redirect(url_for("admin.shelf", shelf_id=shelf_id), 303)
    return _page(shelf_id, BringForm(formdata=None), second=form), 400


def _brought(session: Session, form: BringForm) -> Brought:
    """Raises InvalidInput where no pack is called so."""
    sku = (form.variant.data or "").strip().upper()
    wanted = sa.select(Variant.id).where(sa.func.upper(Variant.sku) == sku, Variant.active)
    variant_id = session.scalar(wanted)
    if variant_id is None:
        raise InvalidInput(_UNKNOWN, field="variant")
    run_id = int(form.run.data) if form.run.data else None
    return Brought(variant_id, form.units.data or 0, form.token.data or "", run_id)


def _list_page(form: OpenForm) -> str:
    session = read_session()
    form.offer(session)
    boxes = boxes_that_wait(session, most=MOST_BOXES)
    return desk_page(
        "admin/shelves.html",
        "shelves",
        shelves=shelves(session),
        waiting={one.shelf_id for one in boxes.items},
        form=form,
    )


def _page(shelf_id: int, form: BringForm, *, second: SecondForm | None = None) -> str:
    session, now = read_session(), utc_now()
    waiting = waiting_count(session, shelf_id)
    own = find_shelf(session, shelf_id)
    form.offer(session, own.point_id)
    return desk_page(
        "admin/shelf.html",
        "shelves",
        shelf=own,
        form=form,
        packs=packs(session),
        lots=lots_there(session, shelf_id, now=now),
        balance=balance_of(session, shelf_id),
        moves=moves_of(session, shelf_id, page=asked(()).page),
        expected_fen=cash_expected(session, shelf_id),
        counts=counts_of(session, shelf_id),
        waiting=waiting,
        is_mine=waiting is not None and waiting.first_id == current_user_id(),
        second=second or SecondForm(formdata=None),
        words=MOVES,
        page_url=lambda number: url_for("admin.shelf", shelf_id=shelf_id, page=number),
    )
