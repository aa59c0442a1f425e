"""Trucks: the load list, loading, leaving, arriving."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.delivery.models import RunStatus
from shop.fulfilment.later_trucks import move_to_next_truck
from shop.fulfilment.left_behind import left_behind, may_send
from shop.fulfilment.off_trucks import mark_of_boxes, to_take_off
from shop.fulfilment.run_list import count_loaded, run_page
from shop.fulfilment.run_list import runs as find_runs
from shop.fulfilment.runs import find_run
from shop.fulfilment.take_outs import to_take_out
from shop.fulfilment.taking_back import UNDO_FOR
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.web.database import read_session
from shop.web.error_pages import error_message
from shop.web.form_press import form_press, press_deed
from shop.web.guards import requires
from shop.web.qr import qr_code
from shop.web.village.blueprint import village
from shop.web.village.desk import page, press, reach
from shop.web.village.run_deeds import (
    CODE_LENGTH,
    arriving,
    departing,
    loading,
    undoing_arrival,
    undoing_departure,
    unloading,
)

USUAL_EARLINESS: Final = timedelta(hours=2)  # a truck that leaves earlier than planned by more is asked about


@village.get("/runs")
@requires(RoleName.COORDINATOR)
def runs() -> str:
    return page("village/runs.html", "runs", runs=find_runs(read_session(), reach(), now=utc_now()))


@village.get("/runs/<code>")
@requires(RoleName.COORDINATOR)
def run(code: str) -> str:
    session, by = read_session(), reach()
    shown = run_page(session, code, by)
    return page(
        "village/run.html",
        "runs",
        shown=shown,
        is_own=may_send(session, shown.run.id, by),
        aboard=to_take_out(session, by, run_id=shown.run.id) if shown.run.status is RunStatus.PLANNED else (),
        off=to_take_off(session, find_run(session, code)),
        undo_until=shown.run.departed_at + UNDO_FOR if shown.run.departed_at else None,
        on_truck=count_loaded(session, shown.run.id),
        typed=request.args.get("typed", "")[:CODE_LENGTH],
        qr=qr_code(code, gettext("Truck %(code)s", code=code)),
    )


@village.post("/runs/<code>/load")
@requires(RoleName.COORDINATOR)
def load_parcels(code: str) -> Response:
    """The ticked parcels, or the one whose code was typed: a code that is wrong stays to be corrected."""
    typed = request.form.get("typed", "").strip()[:CODE_LENGTH]
    again = url_for("village.run", code=code, typed=typed or None)
    try:
        deed = loading(code, form_press())
    except InvalidInput as error:
        flash(error_message(error), "bad")
        return redirect(again, 303)
    return press_deed(deed, refused=again)


@village.post("/runs/<code>/unload")
@requires(RoleName.COORDINATOR)
def unload_parcel(code: str) -> Response:
    return press_deed(unloading(code, form_press()))


@village.get("/runs/<code>/depart")
@requires(RoleName.COORDINATOR)
def leaving(code: str) -> str:
    """What leaves and what stays behind, read before the truck is sent off."""
    session = read_session()
    shown = run_page(session, code, reach())
    off = to_take_off(session, find_run(session, code))
    return page(
        "village/leaving.html",
        "runs",
        run=shown.run,
        loaded=count_loaded(session, shown.run.id),
        behind=left_behind(session, shown.run.id),
        aboard=to_take_out(session, reach(), run_id=shown.run.id),
        off=off,
        off_mark=mark_of_boxes(off),
        early=utc_now() < shown.run.departs_at - USUAL_EARLINESS,
    )


@village.post("/runs/<code>/depart")
@requires(RoleName.COORDINATOR)
def depart_run(code: str) -> Response:
    return press_deed(departing(code, form_press()))


@village.post("/runs/<code>/undo-depart")
@requires(RoleName.COORDINATOR)
def undo_depart_run(code: str) -> Response:
    return press_deed(undoing_departure(code, form_press()))


@village.post("/runs/<code>/arrive")
@requires(RoleName.COORDINATOR)
def arrive_run(code: str) -> Response:
    return press_deed(arriving(code, form_press()))


@village.post("/runs/<code>/undo-arrive")
@requires(RoleName.COORDINATOR)
def undo_arrive_run(code: str) -> Response:
    return press_deed(undoing_arrival(code, form_press()))


@village.post("/orders/<number>/next-truck")
@requires(RoleName.COORDINATOR)
def take_next_truck(number: str) -> Response:
    by, now = reach(), utc_now()
    return press(
        lambda s: move_to_next_truck(s, number, by=by, now=now),
        lambda truck: gettext("It goes with truck %(code)s. The buyer is told the new day.", code=truck),
        url_for("village.work"),
    )
