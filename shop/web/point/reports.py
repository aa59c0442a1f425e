"""A parcel is missing, or came broken: the keeper says so in a word, and the shop's team sees to it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.fulfilment.parcel_reports import Trouble, open_reports, report_parcel
from shop.fulfilment.point_list import waiting_parcel
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict
from shop.kit.references import normalise_code
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.point.blueprint import point
from shop.web.point.counter import page, reach
from shop.web.point.forms import ReportForm


@point.get("/parcels/<code>/report")
@requires(RoleName.POINT_KEEPER)
def report(code: str) -> str:
    return _page(normalise_code(code), ReportForm())


@point.post("/parcels/<code>/report")
@requires(RoleName.POINT_KEEPER)
def send_report(code: str) -> Any:
    parcel, form, by, now = normalise_code(code), ReportForm(), reach(), utc_now()
    if not form.validate_on_submit():
        return _page(parcel, form), 400
    trouble, word = Trouble(form.trouble.data), form.word.data or ""
    try:
        is_new = transact(lambda session: report_parcel(session, parcel, trouble, word, by=by, now=now))
    except Conflict as error:
        show_errors(form, error)
        return _page(parcel, form), error.status
    if is_new:
        flash(gettext("Reported. The shop sees to it, and the buyer is told."), "ok")
    else:
        flash(gettext("This was reported already."), "info")
    looked_up = request.values.get("back") == "pickup"  # whoever stands here still waits for the other parcel
    return redirect(url_for("point.pickup" if looked_up else "point.here"), 303)


def _page(code: str, form: ReportForm) -> str:
    session = read_session()
    parcel = waiting_parcel(session, code, reach())
    back = "pickup" if request.values.get("back") == "pickup" else ""
    return page(
        "point/report.html",
        "here",
        parcel=parcel,
        form=form,
        reports=open_reports(session, [code]),
        back=back,
    )
