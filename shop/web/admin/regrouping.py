"""The team splits a packed parcel, or puts two of one order together; whoever has the boxes does it by hand."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.parcel_list import ParcelRow
from shop.fulfilment.parcel_list import parcel as find_parcel
from shop.fulfilment.reach import Reach
from shop.fulfilment.regrouping import inside_of, others_beside, regroup
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.references import normalise_code
from shop.kit.text import form_numbers
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import refusal
from shop.web.database import read_session, transact
from shop.web.guards import requires
from shop.web.viewer import current_user_id


@admin.get("/orders/<number>/parcels/<code>/regroup")
@requires(RoleName.ADMIN)
def regroup_page(number: str, code: str) -> str:
    session, shown = read_session(), _parcel(number, code)
    return desk_page(
        "admin/regroup.html",
        "orders",
        number=number,
        parcel=shown,
        inside=inside_of(session, shown.id),
        others=others_beside(session, shown.id),
    )


@admin.post("/orders/<number>/parcels/<code>/regroup")
@requires(RoleName.ADMIN)
def regroup_parcel(number: str, code: str) -> Response:
    own, by, now = _parcel(number, code).code, _reach(), utc_now()
    into = normalise_code(request.form.get("into", "")) or None
    tasks = form_numbers(request.form.getlist("task"))
    try:
        transact(lambda session: regroup(session, own, tasks, into, by=by, now=now))
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
        return redirect(url_for("admin.regroup_page", number=number, code=own), 303)
    flash(gettext("Done. Please print the labels of both parcels again."), "ok")
    return redirect(url_for("admin.order", number=number), 303)


def _parcel(number: str, code: str) -> ParcelRow:
    """Raises NotFound for a parcel of another order, too."""
    shown = find_parcel(read_session(), normalise_code(code), _reach())
    if shown.order_number != number:
        raise NotFound()
    return shown


def _reach() -> Reach:
    return Reach(user_id=current_user_id(), everything=True)
