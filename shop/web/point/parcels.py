"""A pickup point: what is expected, what is here, handing over by code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask import session as cookie_session
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.errors import TooManyAttempts
from shop.accounts.models import RoleName
from shop.fulfilment.handover import find_pickups
from shop.fulfilment.parcel_reports import Report, by_parcel, open_reports
from shop.fulfilment.point_errors import UnknownPickupCode
from shop.fulfilment.point_list import (
    WaitingParcel,
    expected_runs,
    lately_given,
    parcels_expected,
    parcels_here,
    waiting_people,
)
from shop.kit.clock import utc_now
from shop.web.database import read_session
from shop.web.error_pages import error_message
from shop.web.form_errors import show_errors
from shop.web.form_press import form_press, press_deed
from shop.web.guards import requires
from shop.web.limits import CHECKOUTS, limiter
from shop.web.point.blueprint import point
from shop.web.point.counter import page, reach
from shop.web.point.deeds import ASKED, arriving, calling_back, giving, taking_back
from shop.web.point.forms import CodeForm
from shop.web.point.looking_up import look_up
from shop.web.point.welfare import welfare_pickups


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
        look_up(code)
    except UnknownPickupCode as error:
        show_errors(form, error)
        return _here(form), 404
    except TooManyAttempts as error:
        show_errors(form, error)
        return _here(form), error.status, {"Retry-After": str(error.retry_after)}
    cookie_session[ASKED] = code
    return redirect(url_for("point.pickup"), 303)


@point.get("/pickup")
@requires(RoleName.POINT_KEEPER)
def pickup() -> Any:
    """Whose parcels they are, shown before anything is given out."""
    code = cookie_session.get(ASKED, "")
    welfare = welfare_pickups(code)
    try:
        pickups = find_pickups(read_session(), code, by=reach())
    except UnknownPickupCode:
        if not welfare["people"]:
            return redirect(url_for("point.here"), 303)
        pickups = []
    reports = open_reports(
        read_session(), [one for each in pickups for one in (*each.here, *each.on_the_way)]
    )
    shown = page(
        "point/pickup.html", "here", pickups=pickups, code=code, reports=by_parcel(reports), welfare=welfare
    )
    response = make_response(shown)
    response.headers["Cache-Control"] = "no-store"  # no phone keeps a pickup code
    return response


@point.post("/hand-over")
@requires(RoleName.POINT_KEEPER)
def give() -> Response:
    """A refusal goes back to who still stands there; an unknown code goes on home, and counts as when it is looked up."""
    try:
        look_up(request.form.get("code", ""))
    except TooManyAttempts as error:
        flash(error_message(error), "bad")
        return redirect(url_for("point.here"), 303)
    except UnknownPickupCode:
        pass  # said below
    return press_deed(giving(form_press()), refused=url_for("point.pickup"))


@point.post("/parcels/<code>/undo")
@requires(RoleName.POINT_KEEPER)
def take_back(code: str) -> Response:
    return press_deed(taking_back(code, form_press()))


@point.post("/parcels/<code>/called-back")
@requires(RoleName.POINT_KEEPER)
def call_back(code: str) -> Response:
    return press_deed(calling_back(code, form_press()))


@point.post("/runs/<code>/arrived")
@requires(RoleName.POINT_KEEPER)
def arrived(code: str) -> Response:
    return press_deed(arriving(code, form_press()))


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
        people=waiting_people(session, by),
    )


def _reports(session: Session, parcels: Sequence[WaitingParcel]) -> dict[str, list[Report]]:
    return by_parcel(open_reports(session, [one.code for one in parcels]))
