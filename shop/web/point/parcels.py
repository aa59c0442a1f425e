"""A pickup point: what is expected, what is here, handing over by code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask import session as cookie_session
from flask_babel import gettext, lazy_gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from shop.accounts.models import RoleName
from shop.fulfilment.errors import UnknownPickupCode
from shop.fulfilment.handover import Handover, find_pickups, hand_over, undo_hand_over
from shop.fulfilment.parcel_reports import Report, by_parcel, open_reports
from shop.fulfilment.point_list import (
    WaitingParcel,
    expected_runs,
    lately_given,
    parcels_expected,
    parcels_here,
    uncollected_before,
)
from shop.fulfilment.runs import arrive
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, NotFound
from shop.kit.references import normalise_code
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.limits import CHECKOUTS, limiter
from shop.web.point.blueprint import point
from shop.web.point.counter import LONG_DAYS, page, reach
from shop.web.times import moment

_ASKED = "pickup_code"


class CodeForm(ShopForm):
    code = StringField("", [InputRequired(lazy_gettext("Please type the six digits.")), Length(max=16)])


@point.get("")
@requires(RoleName.POINT_KEEPER)
def here() -> str:
    return _here(CodeForm())


@point.get("/expected")
@requires(RoleName.POINT_KEEPER)
def expected() -> str:
    session, by = read_session(), reach()
    number = _page_number()
    found, more = parcels_expected(session, by, page=number)
    return page(
        "point/expected.html",
        "expected",
        parcels=found,
        reports=_reports(session, found),
        more=more,
        number=number,
        runs=expected_runs(session, by),
    )


@point.get("/uncollected")
@requires(RoleName.POINT_KEEPER)
def uncollected() -> str:
    session, number = read_session(), _page_number()
    long_ago = uncollected_before(utc_now(), LONG_DAYS)
    found, more = parcels_here(session, reach(), arrived_before=long_ago, page=number)
    return page(
        "point/uncollected.html",
        "uncollected",
        parcels=found,
        reports=_reports(session, found),
        more=more,
        number=number,
    )


@point.post("/find")
@requires(RoleName.POINT_KEEPER)
@limiter.limit(CHECKOUTS)  # a counter on a busy day asks less often; who tries codes would ask more
def find() -> Any:
    """Who is it? The code goes by the cookie to a page that can be loaded again: it never stands in an address."""
    form = CodeForm()
    if not form.validate_on_submit():
        return _here(form), 400
    code = form.code.data or ""
    try:
        find_pickups(read_session(), code, by=reach())
    except UnknownPickupCode as error:
        show_errors(form, error)
        return _here(form), 404
    cookie_session[_ASKED] = code
    return redirect(url_for("point.pickup"), 303)


@point.get("/pickup")
@requires(RoleName.POINT_KEEPER)
def pickup() -> Any:
    """Whose parcels they are, shown before anything is given out."""
    code = cookie_session.get(_ASKED, "")
    try:
        pickups = find_pickups(read_session(), code, by=reach())
    except UnknownPickupCode:
        return redirect(url_for("point.here"), 303)
    reports = open_reports(
        read_session(), [one for each in pickups for one in (*each.here, *each.on_the_way)]
    )
    return page("point/pickup.html", "here", pickups=pickups, code=code, reports=by_parcel(reports))


@point.post("/hand-over")
@requires(RoleName.POINT_KEEPER)
def give() -> Response:
    by, now, code = reach(), utc_now(), request.form.get("code", "")
    order_id, ticked = request.form.get("order", type=int), request.form.getlist("parcel")
    in_hand = ticked if ticked or "chosen" in request.form else None
    try:
        done = transact(
            lambda session: hand_over(session, code, order_id=order_id, in_hand=in_hand, by=by, now=now)
        )
    except Conflict as error:
        flash(error_message(error), "bad")
        return redirect(
            url_for("point.pickup"), 303
        )  # its person still stands there; an unknown code goes on home
    cookie_session.pop(_ASKED, None)
    flash(_handed(done), "ok" if done.codes else "bad")
    return redirect(url_for("point.here"), 303)


@point.post("/parcels/<code>/undo")
@requires(RoleName.POINT_KEEPER)
def take_back(code: str) -> Response:
    """Given to the wrong person, and noticed within minutes."""
    by, now = reach(), utc_now()
    try:
        transact(lambda session: undo_hand_over(session, normalise_code(code), by=by, now=now))
    except Conflict as error:
        flash(error_message(error), "bad")
    else:
        flash(gettext("Taken back. The parcel stands here again."), "ok")
    return redirect(url_for("point.here"), 303)


@point.post("/runs/<code>/arrived")
@requires(RoleName.POINT_KEEPER)
def arrived(code: str) -> Response:
    by, now = reach(), utc_now()
    if code not in {run.code for run in expected_runs(read_session(), by)}:
        raise NotFound()
    try:
        transact(lambda session: arrive(session, code, point_ids=by.pickup_point_ids, by=by, now=now))
    except Conflict as error:
        flash(error_message(error), "bad")
    else:
        flash(gettext("The parcels are here. The buyers are told."), "ok")
    return redirect(url_for("point.here"), 303)


def _handed(done: Handover) -> str:
    if not done.codes:
        return str(gettext("Handed over already on %(when)s.", when=moment(done.handed_over_at)))
    said = ngettext(
        "%(num)s parcel handed to %(name)s.",
        "%(num)s parcels handed to %(name)s.",
        len(done.codes),
        name=done.name,
    )
    if done.stays:
        more = ngettext("%(num)s more stays here.", "%(num)s more stay here.", done.stays)
        said = f"{said} {more}"
    if done.to_come:
        more = ngettext("%(num)s more is still coming.", "%(num)s more are still coming.", done.to_come)
        said = f"{said} {more}"
    return str(said)


def _page_number() -> int:
    return min(max(request.args.get("page", 1, type=int), 1), 200)


def _here(form: CodeForm) -> str:
    number = _page_number()
    session, by = read_session(), reach()
    found, more = parcels_here(session, by, page=number)
    given = lately_given(session, by, now=utc_now())
    return page(
        "point/here.html",
        "here",
        parcels=found,
        reports=_reports(session, found),
        more=more,
        number=number,
        form=form,
        lately_given=given,
    )


def _reports(session: Session, parcels: Sequence[WaitingParcel]) -> dict[str, list[Report]]:
    return by_parcel(open_reports(session, [one.code for one in parcels]))
