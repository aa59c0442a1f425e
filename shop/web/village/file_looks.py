"""Who of the shop's team opened the files of own villages' households, when and why."""

from __future__ import annotations

from flask import url_for

from shop.accounts.file_looks import LOOK_WORDS, REASONS, find_looks
from shop.accounts.models import RoleName
from shop.catalogue.households import village_households
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.viewer import current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page
from shop.web.village.paging import page_number


@village.get("/households/looks")
@requires(RoleName.COORDINATOR)
def file_looks() -> str:
    session = read_session()
    own = {str(one.id): one for one in village_households(session, current_viewer().village_ids)}
    found = find_looks(session, [int(one) for one in own], page=page_number())
    return page(
        "village/file_looks.html",
        "households",
        found=found,
        own=own,
        looks=LOOK_WORDS,
        reasons=REASONS,
        page_url=lambda number: url_for("village.file_looks", page=number),
    )
