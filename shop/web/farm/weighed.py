"""What the household brought to workshops: the slips of the scale."""

from __future__ import annotations

from flask import request, url_for

from shop.accounts.models import RoleName
from shop.catalogue.households import households_of_producers
from shop.inventory.intake.own_slips import own_slips
from shop.kit.text import whole_number
from shop.web.database import read_session
from shop.web.farm.blueprint import farm
from shop.web.farm.who import page, reach
from shop.web.guards import requires


@farm.get("/money/weighed")
@requires(RoleName.FARMER)
def weighed() -> str:
    session = read_session()
    own = households_of_producers(session, reach().producer_ids)
    slips = own_slips(session, own, page=request.args.get("page", type=whole_number) or 1)
    return page("farm/weighed.html", slips=slips, back=url_for("farm.money"))
