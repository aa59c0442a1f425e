"""A coordinator proposes a lower price for goods that are old, and reads what became of it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.catalogue.price_list import find_prices, open_prices_of, pack_price
from shop.catalogue.timed_prices import propose_price
from shop.inventory.sold_here import demand_sold_here
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.price_form import PriceForm, households_share
from shop.web.viewer import current_user_id
from shop.web.village.blueprint import village
from shop.web.village.declaring import own_keepers
from shop.web.village.desk import page
from shop.web.village.paging import page_number

PRICES_SHOWN = 25


@village.get("/prices")
@requires(RoleName.COORDINATOR)
def prices() -> str:
    found = find_prices(read_session(), proposed_by=current_user_id(), page=page_number(), size=PRICES_SHOWN)
    return page("village/prices.html", "lots", found=found)


@village.get("/packs/<int:variant_id>/price")
@requires(RoleName.COORDINATOR)
def new_price(variant_id: int) -> str:
    demand_sold_here(read_session(), variant_id, own_keepers())
    asked = request.args.get("fen", type=int)
    return _page(variant_id, PriceForm(formdata=None, price_fen=asked if asked and asked > 0 else None))


@village.post("/packs/<int:variant_id>/price")
@requires(RoleName.COORDINATOR)
def ask_price(variant_id: int) -> Any:
    demand_sold_here(read_session(), variant_id, own_keepers())
    form, actor_id, now = PriceForm(), current_user_id(), utc_now()
    if not form.validate_on_submit():
        return _page(variant_id, form), 400
    wish = form.wish(variant_id, now)
    try:
        transact(lambda s: propose_price(s, wish, actor_id=actor_id, now=now))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _page(variant_id, form), error.status
    flash(gettext("Proposed. The shop's team decides; you read the answer here."), "ok")
    return redirect(url_for("village.prices"), 303)


def _page(variant_id: int, form: PriceForm) -> str:
    session, now = read_session(), utc_now()
    pack = pack_price(session, variant_id)
    return page(
        "village/price_new.html",
        "lots",
        pack=pack,
        form=form,
        known=open_prices_of(session, variant_id),
        shares=households_share(pack, form.price_fen.data, now) if form.price_fen.data else None,
    )
