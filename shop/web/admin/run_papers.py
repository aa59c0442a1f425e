"""A truck's packing slips, of all packing places: for the team, when it packs or checks a whole run itself."""

from __future__ import annotations

from flask import url_for

from shop.accounts.models import RoleName
from shop.delivery.run_planning import get_run
from shop.fulfilment.reach import Reach
from shop.web.admin.blueprint import admin
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.packing_slips import packing_slips_page
from shop.web.viewer import current_user_id


@admin.get("/runs/<int:run_id>/packing-slips")
@requires(RoleName.ADMIN)
def packing_slips(run_id: int) -> str:
    return packing_slips_page(
        get_run(read_session(), run_id).code,
        Reach(user_id=current_user_id(), everything=True),
        back=url_for("admin.run", run_id=run_id),
        at=lambda **chosen: url_for("admin.packing_slips", run_id=run_id, **chosen),
    )
