"""What nobody collects, at all points: whom to call, what was done, and what is still to be settled."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.point_list import uncollected_before
from shop.fulfilment.reach import Reach
from shop.fulfilment.uncollected import put_back
from shop.fulfilment.uncollected_list import (
    goods_to_settle,
    paid_back_parcels,
    steps_of,
    taken_off_parcels,
    uncollected_parcel,
    uncollected_parcels,
)
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.references import normalise_code
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.shop_settings import current_shop_settings
from shop.web.uncollected import TeamForm, do_step, offer_what_can_be, patience_of, said_of
from shop.web.viewer import current_user_id

GONE, GOODS = "taken_off", "goods"


@admin.get("/uncollected")
@requires(RoleName.ADMIN)
def uncollected() -> str:
    session, by, now = read_session(), _reach(), utc_now()
    settings, number = current_shop_settings(), min(max(request.args.get("page", 1, type=int), 1), 200)
    look = request.args.get("look", "")
    if look == GONE:
        found, more = taken_off_parcels(session, by, page=number)
    elif look == GOODS:
        found, more = goods_to_settle(session, by, page=number)
    else:
        before = uncollected_before(now, settings.remind_uncollected_after_days)
        found, more = uncollected_parcels(session, by, before=before, page=number)
    return desk_page(
        "admin/uncollected.html",
        "uncollected",
        parcels=found,
        more=more,
        number=number,
        look=look if look in (GONE, GOODS) else None,
        paid_back=paid_back_parcels(session, by) if look not in (GONE, GOODS) else (),
        now=now,
        patience=patience_of(settings),
    )


@admin.get("/uncollected/<code>")
@requires(RoleName.ADMIN)
def uncollected_one(code: str) -> str:
    return _page(normalise_code(code), TeamForm())


@admin.post("/uncollected/<code>")
@requires(RoleName.ADMIN)
def do_uncollected(code: str) -> Any:
    parcel, form, by, now = normalise_code(code), TeamForm(), _reach(), utc_now()
    if not form.validate_on_submit():
        return _page(parcel, form), 400
    try:
        is_new = transact(lambda session: do_step(session, parcel, form, by=by, now=now))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _page(parcel, form), error.status
    flash(said_of(form.step.data, is_new), "ok" if is_new else "info")
    return redirect(url_for("admin.uncollected_one", code=parcel), 303)


@admin.post("/uncollected/<code>/back")
@requires(RoleName.ADMIN)
def put_uncollected_back(code: str) -> Response:
    parcel, by, now = normalise_code(code), _reach(), utc_now()
    return act(
        lambda session: put_back(session, parcel, by=by, now=now),
        done=gettext("It stands at the point again."),
        back=url_for("admin.uncollected_one", code=parcel),
    )


def _reach() -> Reach:
    return Reach(user_id=current_user_id(), everything=True)


def _page(code: str, form: TeamForm) -> str:
    session = read_session()
    parcel = uncollected_parcel(session, code, _reach())
    offer_what_can_be(form, parcel)
    return desk_page(
        "admin/uncollected_one.html",
        "uncollected",
        parcel=parcel,
        steps=steps_of(session, code),
        form=form,
        now=utc_now(),
        patience=patience_of(current_shop_settings()),
    )
