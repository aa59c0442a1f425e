"""Passing a pickup code on, and the page that a colleague sees: code, place, time and name, and nothing of the order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from shop.extensions import settings
from shop.fulfilment.order_progress import order_progress
from shop.fulfilment.recalled_parcels import recalled_of_order
from shop.kit.clock import utc_now
from shop.ordering.errors import PassOver
from shop.ordering.models import Order
from shop.ordering.passes import end_pass, open_pass_of, order_of_pass, pass_key, pass_on
from shop.web.database import read_session, transact
from shop.web.limits import FORMS, QUESTIONS, limiter
from shop.web.qr import qr_code
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.order_access import order_path, require_order
from shop.web.storefront.order_view import NOT_TO_COLLECT

_PLACE = "#pickup"  # where the ticket stands on the order's page


@dataclass(frozen=True)
class PassedOn:
    """What the buyer's page shows of the code: the picture of it, and the link that is open now."""

    qr: Markup
    link: str  # empty: none was passed on


def passed_on(order: Order) -> PassedOn:
    """One statement."""
    found = open_pass_of(read_session(), order.id)
    return PassedOn(code_picture(order.pickup_code or ""), _link(found.id) if found else "")


def code_picture(code: str) -> Markup:
    return qr_code(code, _("Pickup code %(code)s", code=code))


def _link(pass_id: int) -> str:
    path = url_for("storefront.collect", key=pass_key(pass_id, settings().secret_key))
    return f"{settings().public_url}{path}"


@storefront.post("/orders/<number>/pass")
@limiter.limit(FORMS)
def make_pass(number: str) -> Response:
    order = require_order(number)
    parcels = order_progress(read_session(), order.id, by_truck=True)
    if parcels and all(parcel.status in NOT_TO_COLLECT for parcel in parcels):
        flash(_("There is nothing of it to collect."), "info")
        return redirect(order_path(number) + _PLACE, 303)
    transact(partial(pass_on, order_id=order.id, now=utc_now()))
    return redirect(order_path(number) + _PLACE, 303)


@storefront.post("/orders/<number>/pass/end")
@limiter.limit(FORMS)
def stop_pass(number: str) -> Response:
    order = require_order(number)
    transact(partial(end_pass, order_id=order.id, now=utc_now()))
    flash(_("The link shows nothing any more. Who has seen the code still knows it."), "ok")
    return redirect(order_path(number) + _PLACE, 303)


@storefront.get("/collect/<key>")
@limiter.limit(QUESTIONS)
def collect(key: str) -> str:
    """A forged link, one that was ended, and one whose parcels were all collected are the same 404."""
    session, now = read_session(), utc_now()
    keys = (settings().secret_key, *settings().secret_key_fallbacks)
    order_id = order_of_pass(session, key, keys, now=now)
    if order_id is None:
        raise PassOver()
    order = session.get_one(Order, order_id, options=[selectinload(Order.pickup_point)])
    parcels = order_progress(session, order_id, by_truck=True)
    if parcels and all(parcel.status in {"handed_over", "called_back"} for parcel in parcels):
        raise PassOver()
    kept_back = [parcel for parcel in parcels if parcel.status == "recalled"]
    coming: list[datetime] = [parcel.truck_at for parcel in parcels if parcel.truck_at is not None]
    return render_template(
        "storefront/collect.html",
        order=order,
        qr=code_picture(order.pickup_code or ""),
        here=sum(parcel.status == "arrived" for parcel in parcels),
        truck_at=min(coming, default=None),
        recalled=recalled_of_order(session, order_id) if kept_back else [],
        kept_back=any(not parcel.said_given for parcel in kept_back),
        to_collect=not parcels or any(parcel.status not in NOT_TO_COLLECT for parcel in parcels),
    )
