"""The notice sheet of a month, to be printed and hung up in the village."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from flask import render_template, request

from shop.accounts.models import RoleName
from shop.catalogue.models import Village
from shop.kit.clock import EARLIEST, month_of, months_before, utc_now
from shop.kit.errors import NotFound
from shop.kit.text import typed_number
from shop.reports.notice_sheet import notice_sheet
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.viewer import current_viewer
from shop.web.village.blueprint import village

MONTHS = 13


@village.get("/notice")
@requires(RoleName.COORDINATOR)
def notice() -> str:
    """Of the village and month that the address names, else of the first own village and the month before this one."""
    own = current_viewer().village_ids
    now = utc_now()
    months = [months_before(month_of(now), count) for count in range(MONTHS)]
    village_id, month = _village(own), _month() or months[1]
    sheet = notice_sheet(read_session(), village_id, month, now=now)
    if sheet is None:
        raise NotFound()
    names = sa.select(Village.id, Village.name_zh, Village.name_en).where(Village.id.in_(own))
    return render_template(
        "village/notice.html",
        sheet=sheet,
        village_id=village_id,
        villages=read_session().execute(names.order_by(Village.id)).all(),
        months=months if month in months else [month, *months],
        now=now,
    )


def _village(own: frozenset[int]) -> int:
    """Raises NotFound for another's village, and where a person has none."""
    typed = request.args.get("village", "")
    try:
        chosen = typed_number(typed) if typed else min(own, default=0)
    except ValueError:
        chosen = 0
    if chosen not in own:
        raise NotFound()
    return chosen


def _month() -> date | None:
    """None for what is no month of our calendar, or one to come."""
    try:
        month = date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError:
        return None
    return month if EARLIEST <= month <= month_of(utc_now()) else None
