"""Trucks: the load list, loading, leaving, arriving."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.later_trucks import move_to_next_truck
from shop.fulfilment.left_behind import left_behind, may_send
from shop.fulfilment.run_list import count_loaded, run_page
from shop.fulfilment.run_list import runs as find_runs
from shop.fulfilment.runs import arrive, depart, load, unload
from shop.fulfilment.taking_back import UNDO_FOR, undo_arrive, undo_depart
from shop.fulfilment.unmade_parcels import unmade_parcel
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, NotFound
from shop.kit.references import normalise_code
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.guards import requires
from shop.web.qr import qr_code
from shop.web.village.blueprint import village
from shop.web.village.desk import page, press, reach

MOST_AT_ONCE = 500
CODE_LENGTH = 16


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
        undo_until=shown.run.departed_at + UNDO_FOR if shown.run.departed_at else None,
        on_truck=count_loaded(session, shown.run.id),
        typed=request.args.get("typed", "")[:CODE_LENGTH],
        qr=qr_code(code, gettext("Truck %(code)s", code=code)),
    )


@village.post("/runs/<code>/load")
@requires(RoleName.COORDINATOR)
def load_parcels(code: str) -> Response:
    """The ticked parcels, or the one whose code was typed: a code that is wrong stays to be corrected."""
    by, now, typed = reach(), utc_now(), request.form.get("typed", "").strip()[:CODE_LENGTH]
    run_page(read_session(), code, by)
    codes = [normalise_code(typed)] if typed else _codes()
    if not codes or len(codes) > MOST_AT_ONCE:
        return _refused(code, gettext("Please choose at least one parcel."), typed)
    try:
        transact(lambda session: load(session, code, codes, by=by, now=now))
    except NotFound:
        if not typed:
            raise
        return _refused(code, _no_parcel(typed, codes[0]), typed)
    except Conflict as error:
        return _refused(code, error_message(error), typed)
    flash(gettext("Loaded."), "ok")
    return redirect(_at(code), 303)


@village.post("/runs/<code>/unload")
@requires(RoleName.COORDINATOR)
def unload_parcel(code: str) -> Response:
    by, now, parcel = reach(), utc_now(), normalise_code(request.form.get("parcel", ""))
    return press(
        lambda s: unload(s, code, parcel, by=by, now=now), gettext("Taken off the truck."), _at(code)
    )


@village.get("/runs/<code>/depart")
@requires(RoleName.COORDINATOR)
def leaving(code: str) -> str:
    """What leaves and what stays behind, read before the truck is sent off."""
    session = read_session()
    shown = run_page(session, code, reach())
    return page(
        "village/leaving.html",
        "runs",
        run=shown.run,
        loaded=count_loaded(session, shown.run.id),
        behind=left_behind(session, shown.run.id),
    )


@village.post("/runs/<code>/depart")
@requires(RoleName.COORDINATOR)
def depart_run(code: str) -> Response:
    by, now = reach(), utc_now()
    behind = request.form.get("behind", "")
    done = gettext("The truck has left. Its parcels are on their way.")
    return press(lambda s: depart(s, code, behind=behind, by=by, now=now), done, _at(code))


@village.post("/runs/<code>/undo-depart")
@requires(RoleName.COORDINATOR)
def undo_depart_run(code: str) -> Response:
    by, now = reach(), utc_now()
    done = gettext("Taken back. The truck stands here with its parcels.")
    return press(lambda s: undo_depart(s, code, by=by, now=now), done, _at(code))


@village.post("/runs/<code>/arrive")
@requires(RoleName.COORDINATOR)
def arrive_run(code: str) -> Response:
    by, now = reach(), utc_now()
    done = gettext("The truck has arrived. The buyers are told.")
    return press(lambda s: arrive(s, code, by=by, now=now), done, _at(code))


@village.post("/runs/<code>/undo-arrive")
@requires(RoleName.COORDINATOR)
def undo_arrive_run(code: str) -> Response:
    by, now = reach(), utc_now()
    done = gettext("Taken back. A buyer who was told already hears that the parcel is not there yet.")
    return press(lambda s: undo_arrive(s, code, by=by, now=now), done, _at(code))


@village.post("/orders/<number>/next-truck")
@requires(RoleName.COORDINATOR)
def take_next_truck(number: str) -> Response:
    by, now = reach(), utc_now()
    return press(
        lambda s: move_to_next_truck(s, number, by=by, now=now),
        lambda truck: gettext("It goes with truck %(code)s. The buyer is told the new day.", code=truck),
        url_for("village.work"),
    )


def _codes() -> list[str]:
    """The ticked parcels."""
    return [code for ticked in request.form.getlist("parcel") if (code := normalise_code(ticked))]


def _no_parcel(typed: str, code: str) -> str:
    """A box with a label may stand here although its parcel is no more."""
    try:
        unmade = unmade_parcel(read_session(), code, reach())
    except NotFound:
        return str(gettext("No parcel of your packing places has the code %(code)s.", code=typed))
    if unmade.called_off:
        return str(
            gettext(
                "The order of parcel %(code)s was called off: do not load it, unpack it.", code=unmade.code
            )
        )
    return str(gettext("Parcel %(code)s was unpacked: its goods are packed anew.", code=unmade.code))


def _refused(code: str, why: str, typed: str) -> Response:
    flash(why, "bad")
    return redirect(url_for("village.run", code=code, typed=typed or None), 303)


def _at(code: str) -> str:
    return url_for("village.run", code=code)
