"""What lies on a shelf, lot by lot: counted and corrected, or taken back to the village."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import whole_number
from shop.ordering.shelves.bringing import take_back as take_lot_back
from shop.ordering.shelves.counting import Counted, count_shelf
from shop.ordering.shelves.movements import balance_of
from shop.ordering.shelves.queries import lots_there
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.guards import requires
from shop.web.point.blueprint import point
from shop.web.point.shelf import own_shelf, shelf_page
from shop.web.point.shelf_forms import BackForm, CountForm
from shop.web.viewer import current_user_id


@point.get("/shelf/<int:shelf_id>/stock")
@requires(RoleName.POINT_KEEPER)
def shelf_stock(shelf_id: int) -> Response:
    own, session = own_shelf(shelf_id), read_session()
    lots = lots_there(session, shelf_id, now=utc_now())
    forms = {
        one.lot_id: (
            CountForm(formdata=None, data={"lot_id": str(one.lot_id), "seen": one.units}),
            BackForm(formdata=None, data={"lot_id": str(one.lot_id), "units": one.units}),
        )
        for one in lots
    }
    return shelf_page(
        "shelf_stock.html", shelf=own, lots=lots, forms=forms, balance=balance_of(session, shelf_id)
    )


@point.post("/shelf/<int:shelf_id>/count")
@requires(RoleName.POINT_KEEPER)
def count_on_shelf(shelf_id: int) -> Any:
    own_shelf(shelf_id)
    form, actor_id, now = CountForm(), current_user_id(), utc_now()
    if not form.validate():
        return _back(shelf_id, form)
    said = Counted(
        _lot(form.lot_id.data),
        form.units.data or 0,
        form.seen.number or 0,
        form.reason.data or "",
        form.token.data or "",
    )
    try:
        change = transact(lambda session: count_shelf(session, shelf_id, said, actor_id=actor_id, now=now))
    except (Conflict, InvalidInput) as error:
        flash(error_message(error), "bad")
    else:
        flash(gettext("Written down.") if change else gettext("It is as it should be."), "ok")
    return redirect(url_for("point.shelf_stock", shelf_id=shelf_id), 303)


@point.post("/shelf/<int:shelf_id>/back")
@requires(RoleName.POINT_KEEPER)
def take_off_shelf(shelf_id: int) -> Any:
    own_shelf(shelf_id)
    form, actor_id, now = BackForm(), current_user_id(), utc_now()
    if not form.validate():
        return _back(shelf_id, form)
    lot_id, units, reason, token = (
        *(_lot(form.lot_id.data), form.units.data or 0),
        *(form.reason.data or "", form.token.data or ""),
    )
    try:
        transact(
            lambda session: take_lot_back(
                session, shelf_id, lot_id, units, reason, token, actor_id=actor_id, now=now
            )
        )
    except (Conflict, InvalidInput) as error:
        flash(error_message(error), "bad")
    else:
        flash(gettext("Written down: they go back to the village."), "ok")
    return redirect(url_for("point.shelf_stock", shelf_id=shelf_id), 303)


def _back(shelf_id: int, form: CountForm | BackForm) -> Response:
    flash(" ".join(str(error) for field in form for error in field.errors), "bad")
    return redirect(url_for("point.shelf_stock", shelf_id=shelf_id), 303)


def _lot(typed: str | None) -> int:
    """0 for what is no number: no lot has it."""
    try:
        return whole_number(typed or "")
    except ValueError:
        return 0
