"""Goods of own villages whose best-before is near."""

from __future__ import annotations

from shop.accounts.models import RoleName
from shop.inventory.expiring import find_expiring
from shop.kit.clock import shanghai_date, utc_now
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.village.blueprint import village
from shop.web.village.declaring import own_keepers
from shop.web.village.desk import page


@village.get("/lots/expiring")
@requires(RoleName.COORDINATOR)
def expiring() -> str:
    found = find_expiring(read_session(), own_keepers().condition(), today=shanghai_date(utc_now()))
    return page("village/expiring.html", "lots", lots=found)
