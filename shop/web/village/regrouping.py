"""A coordinator splits a packed parcel, or puts two of one order together."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.parcel_list import parcel as find_parcel
from shop.fulfilment.regrouping import inside_of, others_beside, regroup
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.references import normalise_code
from shop.kit.text import form_numbers
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.guards import requires
from shop.web.village.blueprint import village
from shop.web.village.desk import page, reach


@village.get("/parcels/<code>/regroup")
@requires(RoleName.COORDINATOR)
def regroup_page(code: str) -> str:
    session = read_session()
    shown = find_parcel(session, code, reach())
    return page(
        "village/regroup.html",
        "parcels",
        parcel=shown,
        inside=inside_of(session, shown.id),
        others=others_beside(session, shown.id),
    )


@village.post("/parcels/<code>/regroup")
@requires(RoleName.COORDINATOR)
def regroup_parcel(code: str) -> Response:
    by, now = reach(), utc_now()
    own = find_parcel(read_session(), code, by).code
    into = normalise_code(request.form.get("into", "")) or None
    tasks = form_numbers(request.form.getlist("task"))
    try:
        target = transact(lambda session: regroup(session, own, tasks, into, by=by, now=now))
    except (InvalidInput, Conflict) as error:
        flash(error_message(error), "bad")
        return redirect(url_for("village.regroup_page", code=own), 303)
    flash(gettext("Done. Please print the labels of both parcels again."), "ok")
    return redirect(url_for("village.parcel", code=target), 303)
