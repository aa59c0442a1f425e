"""Prices for a time: proposals are decided here, and the team sets and ends its own."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.catalogue.models import PriceState
from shop.catalogue.price_list import OPEN, find_prices, open_prices_of, pack_price, read_price
from shop.catalogue.timed_prices import approve_price, call_price_off, decline_price, set_price
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotAllowed
from shop.kit.text import whole_number
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.price_form import PriceForm, households_share
from shop.web.viewer import current_user_id

PRICES_SHOWN = 50


@admin.get("/prices")
@requires(RoleName.ADMIN)
def prices() -> str:
    look = request.args.get("state", "")
    states = {"": (), "open": OPEN}.get(look) if look in ("", "open") else None
    if states is None:
        states = (PriceState(look),) if look in set(PriceState) else ()
    found = find_prices(
        read_session(), states=states, page=request.args.get("page", 1, type=int), size=PRICES_SHOWN
    )
    return desk_page("admin/prices.html", "prices", found=found, look=look)


@admin.get("/prices/<int:price_id>")
@requires(RoleName.ADMIN)
def price(price_id: int) -> str:
    session, now = read_session(), utc_now()
    shown = read_price(session, price_id)
    pack = pack_price(session, shown.variant_id)
    return desk_page(
        "admin/price.html",
        "prices",
        price=shown,
        shares=households_share(pack, shown.price_fen, now),
        is_mine=shown.proposed_by_id == current_user_id(),
    )


@admin.post("/prices/<int:price_id>/approve")
@requires(RoleName.ADMIN)
def approve_timed_price(price_id: int) -> Response:
    seen, actor_id, now = request.form.get("seen", type=whole_number), current_user_id(), utc_now()
    back = url_for("admin.price", price_id=price_id)
    try:
        transact(lambda s: approve_price(s, price_id, seen_fen=seen, actor_id=actor_id, now=now))
    except (Conflict, NotAllowed) as error:
        flash(error_message(error), "bad")
    else:
        flash(gettext("Approved. It begins and ends by itself."), "ok")
    return redirect(back, 303)


@admin.post("/prices/<int:price_id>/decline")
@requires(RoleName.ADMIN)
def decline_timed_price(price_id: int) -> Response:
    reason, actor_id, now = request.form.get("decision", ""), current_user_id(), utc_now()
    return act(
        lambda s: decline_price(s, price_id, reason, actor_id=actor_id, now=now),
        done=gettext("Declined. Who proposed it reads why."),
        back=url_for("admin.price", price_id=price_id),
    )


@admin.post("/prices/<int:price_id>/end")
@requires(RoleName.ADMIN)
def end_timed_price(price_id: int) -> Response:
    reason, actor_id, now = request.form.get("decision", ""), current_user_id(), utc_now()
    return act(
        lambda s: call_price_off(s, price_id, reason, actor_id=actor_id, now=now),
        done=gettext("Ended. The pack costs what it did before."),
        back=url_for("admin.price", price_id=price_id),
    )


@admin.get("/packs/<int:variant_id>/price")
@requires(RoleName.ADMIN)
def new_price(variant_id: int) -> str:
    asked = request.args.get("fen", type=int)
    return _page(variant_id, PriceForm(formdata=None, price_fen=asked if asked and asked > 0 else None))


@admin.post("/packs/<int:variant_id>/price")
@requires(RoleName.ADMIN)
def set_timed_price(variant_id: int) -> Any:
    pack_price(read_session(), variant_id)
    form, actor_id, now = PriceForm(), current_user_id(), utc_now()
    if not form.validate_on_submit():
        return _page(variant_id, form), 400
    wish = form.wish(variant_id, now)
    try:
        price_id = transact(lambda s: set_price(s, wish, actor_id=actor_id, now=now))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _page(variant_id, form), error.status
    flash(gettext("Set. It begins and ends by itself."), "ok")
    return redirect(url_for("admin.price", price_id=price_id), 303)


def _page(variant_id: int, form: PriceForm) -> str:
    session = read_session()
    pack = pack_price(session, variant_id)
    return desk_page(
        "admin/price_new.html",
        "prices",
        pack=pack,
        form=form,
        known=open_prices_of(session, variant_id),
        shares=households_share(pack, form.price_fen.data, utc_now()) if form.price_fen.data else None,
    )
