"""What waits too long at own points: the list by the rule, and one parcel with what was done about it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.parcel_reports import by_parcel, open_reports
from shop.fulfilment.uncollected_list import (
    paid_back_parcels,
    steps_of,
    taken_off_parcels,
    uncollected_parcel,
    uncollected_parcels,
)
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.references import normalise_code
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.form_press import form_press, press_deed
from shop.web.guards import requires
from shop.web.point.blueprint import point
from shop.web.point.counter import long_ago, page, reach
from shop.web.point.uncollected_deeds import putting_back
from shop.web.shop_settings import current_shop_settings
from shop.web.uncollected import UncollectedForm, do_step, offer_what_can_be, patience_of, said_of


@point.get("/uncollected")
@requires(RoleName.POINT_KEEPER)
def uncollected() -> str:
    session, by = read_session(), reach()
    number = min(max(request.args.get("page", 1, type=int), 1), 200)
    found, more = uncollected_parcels(session, by, before=long_ago(utc_now()), page=number)
    gone, _ = taken_off_parcels(session, by)
    return page(
        "point/uncollected.html",
        "uncollected",
        parcels=found,
        gone=gone,
        paid_back=paid_back_parcels(session, by),
        reports=by_parcel(open_reports(session, [one.code for one in found])),
        more=more,
        number=number,
        patience=patience_of(current_shop_settings()),
    )


@point.get("/parcels/<code>/uncollected")
@requires(RoleName.POINT_KEEPER)
def uncollected_one(code: str) -> str:
    return _page(normalise_code(code), UncollectedForm())


@point.post("/parcels/<code>/uncollected")
@requires(RoleName.POINT_KEEPER)
def do_uncollected(code: str) -> Any:
    parcel, form, by, now = normalise_code(code), UncollectedForm(), reach(), utc_now()
    if not form.validate_on_submit():
        return _page(parcel, form), 400
    try:
        is_new = transact(lambda session: do_step(session, parcel, form, by=by, now=now))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _page(parcel, form), error.status
    flash(said_of(form.step.data, is_new), "ok" if is_new else "info")
    return redirect(url_for("point.uncollected"), 303)


@point.post("/parcels/<code>/back")
@requires(RoleName.POINT_KEEPER)
def put_uncollected_back(code: str) -> Response:
    return press_deed(putting_back(code, form_press()))


def _page(code: str, form: UncollectedForm) -> str:
    session = read_session()
    parcel = uncollected_parcel(session, code, reach())
    offer_what_can_be(form, parcel)
    return page(
        "point/uncollected_one.html",
        "uncollected",
        parcel=parcel,
        steps=steps_of(session, code),
        form=form,
        patience=patience_of(current_shop_settings()),
    )
