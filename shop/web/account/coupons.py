"""Coupons of the person: what can be used, what was, and what is over."""

from __future__ import annotations

from flask import render_template

from shop.kit.clock import utc_now
from shop.ordering.coupons.queries import own_coupons
from shop.web.account.blueprint import account
from shop.web.database import read_session
from shop.web.guards import signed_in
from shop.web.viewer import current_viewer


@account.get("/account/coupons")
@signed_in
def coupons() -> str:
    user_id = current_viewer().user_id
    found = own_coupons(read_session(), user_id, now=utc_now()) if user_id is not None else []
    return render_template("account/coupons.html", found=found)
