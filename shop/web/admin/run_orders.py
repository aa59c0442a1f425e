"""The orders that wait for a truck: listed, moved to another one together, and what becomes of them without it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.delivery.models import Run, RunStatus
from shop.delivery.run_planning import get_run
from shop.fulfilment.bookings import bookings_of
from shop.fulfilment.moving_orders import move_orders, trucks_instead
from shop.fulfilment.rescheduling import CalledOff, call_run_off
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import form_numbers
from shop.web.admin.blueprint import admin
from shop.web.admin.saving import refusal
from shop.web.database import read_session, transact
from shop.web.guards import requires
from shop.web.viewer import current_user_id


def orders_on(session: Session, run: Run) -> dict[str, Any]:
    """What the run's page shows of its orders, and which trucks could take them."""
    if run.status is not RunStatus.PLANNED:
        return {}
    booked = bookings_of(session, run.id)
    instead = trucks_instead(session, run.id, booked.point_ids, now=utc_now()) if booked.rows else []
    return {"booked": booked, "instead": instead}


@admin.post("/runs/<int:run_id>/move")
@requires(RoleName.ADMIN)
def move_run_orders(run_id: int) -> Response:
    get_run(read_session(), run_id)
    order_ids, to_run_id = _ids(request.form.getlist("order")), _ids([request.form.get("to", "")])
    back = redirect(url_for("admin.run", run_id=run_id), 303)
    if not order_ids or not to_run_id:
        flash(gettext("Please tick the orders and choose the other truck."), "bad")
        return back
    actor_id, now, to = current_user_id(), utc_now(), next(iter(to_run_id))
    try:
        moved = transact(lambda s: move_orders(s, run_id, order_ids, to, actor_id=actor_id, now=now))
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    except NotFound:
        flash(gettext("This has changed meanwhile. Please look again."), "bad")
    else:
        _say_moved(moved)
    return back


@admin.post("/runs/<int:run_id>/cancel")
@requires(RoleName.ADMIN)
def cancel_run(run_id: int) -> Response:
    """`seen` is the mark of the orders that were shown beside the button."""
    get_run(read_session(), run_id)
    seen, actor_id, now = request.form.get("seen", ""), current_user_id(), utc_now()
    try:
        outcome = transact(lambda s: call_run_off(s, run_id, seen=seen, actor_id=actor_id, now=now))
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
        return redirect(url_for("admin.run", run_id=run_id), 303)
    _say_called_off(outcome)
    return redirect(url_for("admin.runs"), 303)


def _ids(typed: list[str]) -> frozenset[int]:
    return frozenset(form_numbers(typed))


def _say_moved(moved: int) -> None:
    if not moved:
        flash(gettext("They are on that truck already. Nothing was done now."), "info")
        return
    words = ngettext(
        "%(num)s order goes with the other truck. Its buyer is told.",
        "%(num)s orders go with the other truck. Their buyers are told.",
        moved,
    )
    flash(words, "ok")


def _say_called_off(outcome: CalledOff) -> None:
    flash(gettext("The run is called off."), "ok")
    if outcome.moved:
        _say_moved(outcome.moved)
    if outcome.left:
        words = ngettext(
            "%(num)s order has no other truck that can take it: see what must be decided.",
            "%(num)s orders have no other truck that can take them: see what must be decided.",
            outcome.left,
        )
        flash(words, "warn")
