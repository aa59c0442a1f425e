"""What payout runs bring own villages: sums of a village, never of one household."""

from __future__ import annotations

from flask import request

from shop.accounts.models import RoleName
from shop.ledger.payouts.of_village import village_payouts
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.viewer import current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page


@village.get("/payouts")
@requires(RoleName.COORDINATOR)
def payouts() -> str:
    typed = request.args.get("page", "1")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1
    found = village_payouts(read_session(), current_viewer().village_ids, page=max(1, number))
    return page("village/payouts.html", "households", found=found)
