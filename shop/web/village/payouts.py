"""What payout runs bring own villages: sums of a village, never of one household."""

from __future__ import annotations

from flask import request

from shop.accounts.models import RoleName
from shop.kit.text import form_number
from shop.ledger.payouts.of_village import village_payouts
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.viewer import current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page


@village.get("/payouts")
@requires(RoleName.COORDINATOR)
def payouts() -> str:
    number = form_number(request.args.get("page", ""), digits=5) or 1
    found = village_payouts(read_session(), current_viewer().village_ids, page=number)
    return page("village/payouts.html", "households", found=found)
