"""Goods of all villages whose best-before is near, with what the price might be."""

from __future__ import annotations

import sqlalchemy as sa

from shop.accounts.models import RoleName
from shop.inventory.expiring import find_expiring
from shop.kit.clock import shanghai_date, utc_now
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.database import read_session
from shop.web.guards import requires


@admin.get("/lots/expiring")
@requires(RoleName.ADMIN)
def expiring() -> str:
    found = find_expiring(read_session(), sa.true(), today=shanghai_date(utc_now()))
    return desk_page("admin/expiring.html", "expiring", lots=found)
