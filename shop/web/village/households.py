"""Households of own villages: by alias, with what fulfilment needs."""

from __future__ import annotations

from shop.accounts.models import RoleName
from shop.catalogue.households import village_households
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.viewer import current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page


@village.get("/households")
@requires(RoleName.COORDINATOR)
def households() -> str:
    found = village_households(read_session(), current_viewer().village_ids)
    return page("village/households.html", "households", households=found)
