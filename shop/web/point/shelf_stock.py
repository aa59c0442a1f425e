"""What lies on a shelf, lot by lot: counted and corrected, or taken back to the village."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import typed_number, whole_number
from shop.ordering.shelves.bringing import take_back as take_lot_back
from shop.ordering.shelves.counting import Counted, count_shelf
from shop.ordering.shelves.loading import receive_load
from shop.ordering.shelves.loads import loads_to
from shop.ordering.shelves.movements import balance_of
from shop.ordering.shelves.queries import lots_there
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, translated
from shop.web.guards import requires
from shop.web.point.blueprint import point
from shop.web.point.shelf import own_shelf, shelf_page
from shop.web.point.shelf_forms import BackForm, CountForm
from shop.web.viewer import current_user_id

ARRIVED: Final = "arrived-"


@point.get("/shelf/<int:shelf_id>/stock")
@requires(RoleName.POINT_KEEPER)
def shelf_stock(shelf_id: int) -> Response:
    return _page(shelf_id)


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


@point.post("/shelf/<int:shelf_id>/loads/<int:load_id>")
@requires(RoleName.POINT_KEEPER)
def receive_on_shelf(shelf_id: int, load_id: int) -> Any:
    """What a village sent is counted, lot by lot."""
    own_shelf(shelf_id)
    actor_id, now, reason = current_user_id(), utc_now(), request.form.get("reason", "")
    arrived = {
        _lot(name.removeprefix(ARRIVED)): _count(typed)
        for name, typed in request.form.items()
        if name.startswith(ARRIVED)
    }
    try:
        missing = transact(
            lambda session: receive_load(
                session, shelf_id, load_id, arrived, reason, actor_id=actor_id, now=now
            )
        )
    except InvalidInput as error:
        problems = " ".join(translated(one, error.facts) for one in dict.fromkeys(error.errors.values()))
        answer = _page(shelf_id, load_id=load_id, typed=request.form, problem=problems)
        answer.status_code = error.status
        return answer
    except Conflict as error:
        flash(error_message(error), "bad")
    else:
        short = ngettext(
            "Received. %(num)s unit did not arrive: the village reads it.",
            "Received. %(num)s units did not arrive: the village reads it.",
            missing,
        )
        flash(short if missing else gettext("Received: all of it lies on the shelf."), "ok")
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


def _page(shelf_id: int, **sent: Any) -> Response:
    """`sent`: of which load something was typed, and what is wrong with it."""
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
        "shelf_stock.html",
        shelf=own,
        lots=lots,
        forms=forms,
        balance=balance_of(session, shelf_id),
        awaited=loads_to(session, shelf_id),
        user_id=current_user_id(),
        **({"load_id": None, "typed": {}, "problem": ""} | sent),
    )


def _back(shelf_id: int, form: CountForm | BackForm) -> Response:
    flash(" ".join(str(error) for field in form for error in field.errors), "bad")
    return redirect(url_for("point.shelf_stock", shelf_id=shelf_id), 303)


def _count(typed: str) -> int:
    """-1 for what is no number: it was not counted."""
    try:
        return typed_number(typed)
    except ValueError:
        return -1


def _lot(typed: str | None) -> int:
    """0 for what is no number: no lot has it."""
    try:
        return whole_number(typed or "")
    except ValueError:
        return 0
