"""What the county hub is paid for each step: every row that was written, and the next one."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import DateField
from wtforms.validators import InputRequired

from shop.accounts.models import RoleName
from shop.fulfilment.hub.rates import PRICE_COLUMNS, all_rates, rates_on, write_rates
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import NEEDED
from shop.web.admin.listing import asked
from shop.web.admin.pages import desk_page
from shop.web.database import read_session, transact
from shop.web.fields import YuanField
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id

# 0 yuan is a price, and not an empty field.
_GIVEN = InputRequired(_("Please enter an amount; 0 where it costs nothing."))


class HubRatesForm(ShopForm):
    receive_fen = YuanField(_("Received, for each household's part of an order (¥)"), [_GIVEN])
    assemble_fen = YuanField(_("Put together, for each gift box (¥)"), [_GIVEN])
    repack_fen = YuanField(_("Packed anew, for each pack that comes out (¥)"), [_GIVEN])
    merge_fen = YuanField(_("Merged, for each order (¥)"), [_GIVEN])
    valid_from = DateField(_("For steps from this day on"), [NEEDED])


@admin.get("/hub-rates")
@requires(RoleName.ADMIN)
def hub_rates() -> str:
    session = read_session()
    found = all_rates(session, page=asked(()).page)
    in_force = rates_on(session, shanghai_date(utc_now()))
    return desk_page(
        "admin/hub_rates.html",
        "hub-rates",
        found=found,
        in_force=in_force,
        page_url=lambda number: url_for("admin.hub_rates", page=number),
    )


@admin.route("/hub-rates/new", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def new_hub_rates() -> Any:
    today = shanghai_date(utc_now())
    known = rates_on(read_session(), today)
    prices = {name: getattr(known, name) if known else 0 for name in PRICE_COLUMNS.values()}
    form = HubRatesForm(data={**prices, "valid_from": today})
    if request.method == "POST" and form.validate() and form.valid_from.data is not None:
        fen = {kind: form[name].data for kind, name in PRICE_COLUMNS.items()}
        since, actor_id, now = form.valid_from.data, current_user_id(), utc_now()
        try:
            transact(lambda session: write_rates(session, fen, since, actor_id=actor_id, now=now))
        except InvalidInput as error:
            show_errors(form, error)
        else:
            flash(gettext("Written. Steps that were done before keep the price of their day."), "ok")
            return redirect(url_for("admin.hub_rates"), 303)
    screen = {
        "title": gettext("New prices of the county hub"),
        "note": gettext("A row that is written stays. Put a mistake right with another row of the same day."),
        "back_href": url_for("admin.hub_rates"),
        "back_label": gettext("Prices of the county hub"),
        "submit_label": gettext("Write these prices"),
    }
    page = desk_page("admin/form.html", "hub-rates", screen=screen, form=form)
    return page, 400 if request.method == "POST" else 200
