"""The households that a person's unit stands by, and what came to all of them together."""

from __future__ import annotations

from flask import render_template

from shop.kit.clock import shanghai_date, utc_now
from shop.ledger.impact import FEWEST_HOUSEHOLDS
from shop.ledger.pair_figures import households_of_unit, total_of_unit
from shop.web.account.blueprint import account
from shop.web.database import read_session
from shop.web.guards import signed_in
from shop.web.viewer import current_viewer


@account.get("/account/pairs")
@signed_in
def pairs() -> str:
    """For people of a unit that the campus or the team has confirmed: anybody can write any unit into the profile."""
    unit_id, session = current_viewer().proved_unit_id, read_session()
    return render_template(
        "account/pairs.html",
        pairs=households_of_unit(session, unit_id) if unit_id is not None else [],
        total=total_of_unit(session, unit_id) if unit_id is not None else None,
        has_unit=unit_id is not None,
        fewest=FEWEST_HOUSEHOLDS,
        today=shanghai_date(utc_now()),
    )
