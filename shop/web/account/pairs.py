"""The households that a person's unit stands by: the same figures as the households see."""

from __future__ import annotations

from flask import render_template

from shop.kit.clock import shanghai_date, utc_now
from shop.ledger.pair_figures import pairs_of_unit
from shop.web.account.blueprint import account
from shop.web.database import read_session
from shop.web.guards import signed_in
from shop.web.viewer import current_viewer


@account.get("/account/pairs")
@signed_in
def pairs() -> str:
    """Somebody of no unit sees an empty page that says how to change that."""
    unit_id = current_viewer().unit_id
    found = pairs_of_unit(read_session(), unit_id) if unit_id is not None else []
    return render_template(
        "account/pairs.html", pairs=found, has_unit=unit_id is not None, today=shanghai_date(utc_now())
    )
