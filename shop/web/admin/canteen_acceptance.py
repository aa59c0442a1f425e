"""What arrived of a canteen's order, for the team: it settles weights that nobody else can, and answers what is missing."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.canteens.shortages import credit_short, dispute_short
from shop.canteens.team_settling import settle_by_team
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import form_number
from shop.kit.typed_amounts import WrongNumber, read_fen
from shop.ordering.order_desk import read_order
from shop.web.admin.blueprint import admin
from shop.web.admin.orders import order_page
from shop.web.admin.saving import act
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, translated
from shop.web.guards import recently_authenticated, requires
from shop.web.kilos import read_grams
from shop.web.viewer import current_user_id

_NOT_A_SUM: Final = -1


@admin.post("/orders/<number>/weights")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def settle_canteen_weights(number: str) -> Any:
    actor_id, now = current_user_id(), utc_now()
    grams, named = _grams(), _named()
    reason, seen = request.form.get("reason", ""), request.form.get("seen", "")
    try:
        transact(
            lambda s: settle_by_team(s, number, grams, named, reason, seen=seen, actor_id=actor_id, now=now)
        )
    except InvalidInput as error:
        wrong = {name: translated(one, error.facts) for name, one in error.errors.items()}
        return _again(number, typed=request.form, problems=wrong), error.status
    except Conflict as error:
        return _again(number, typed=request.form, refused=error_message(error)), error.status
    flash(gettext("Settled. What the canteen owes follows what was weighed."), "ok")
    return redirect(url_for("admin.order", number=number, _anchor="canteen"), 303)


@admin.post("/orders/<number>/missing/credit")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def credit_canteen_missing(number: str) -> Response:
    actor_id, now, bearer = current_user_id(), utc_now(), request.form.get("bearer", "")
    return act(
        lambda s: credit_short(s, number, bearer=bearer, actor_id=actor_id, now=now),
        done=gettext("Credited. The invoice will be of what was accepted."),
        back=url_for("admin.order", number=number, _anchor="canteen"),
    )


@admin.post("/orders/<number>/missing/dispute")
@requires(RoleName.ADMIN)
def dispute_canteen_missing(number: str) -> Response:
    actor_id, now, answer = current_user_id(), utc_now(), request.form.get("answer", "")
    return act(
        lambda s: dispute_short(s, number, answer, actor_id=actor_id, now=now),
        done=gettext("Answered. The organisation reads why."),
        back=url_for("admin.order", number=number, _anchor="canteen"),
    )


def _again(number: str, **sent: Any) -> str:
    return order_page(read_order(read_session(), number), of_canteen=sent)


def _grams() -> dict[int, int]:
    """By order line, as far as it is a weight."""
    typed = {line_id: read_grams(text) for line_id, text in _fields("grams-")}
    return {line_id: grams for line_id, grams in typed.items() if grams is not None}


def _named() -> dict[int, int]:
    """By order line in fen; what is no sum is refused where it is judged."""
    found = {}
    for line_id, text in _fields("named-"):
        try:
            found[line_id] = read_fen(text) if text.strip() else 0
        except WrongNumber:
            found[line_id] = _NOT_A_SUM
    return found


def _fields(prefix: str) -> list[tuple[int, str]]:
    fields = [
        (name.removeprefix(prefix), text) for name, text in request.form.items() if name.startswith(prefix)
    ]
    return [(number, text) for line_id, text in fields if (number := form_number(line_id)) is not None]
