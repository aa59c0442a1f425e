"""Task slips on paper, for households without a telephone."""

from __future__ import annotations

from datetime import date

from flask import render_template, request

from shop.accounts.models import RoleName
from shop.fulfilment.household_words import paper_words
from shop.fulfilment.task_slips import MOST_SLIPS, SlipChoice, slip_days, slip_villages, task_slips
from shop.kit.clock import calendar_day, shanghai_date, utc_now
from shop.kit.text import whole_number
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.qr import qr_code
from shop.web.village.blueprint import village
from shop.web.village.desk import reach

EVERYBODY = "all"


@village.get("/slips", endpoint="task_slips")
@requires(RoleName.COORDINATOR)
def task_slips_page() -> str:
    """For a day and village: two to a sheet of A4."""
    session, by, now = read_session(), reach(), utc_now()
    today = shanghai_date(now)
    choice = SlipChoice(
        village_id=request.args.get("village", type=whole_number),
        everybody=request.args.get("who") == EVERYBODY,
    )
    days = slip_days(session, by, choice, today=today)
    day = _day(days, today)
    slips = task_slips(session, by, choice, day, today=today)
    return render_template(
        "village/task_slips.html",
        villages=slip_villages(session, by),
        choice=choice,
        days=days,
        day=day,
        slips=slips,
        drawings={one.code: qr_code(one.code, f"备货单 {one.number}") for one in slips},
        most=MOST_SLIPS,
        paper_words=paper_words,
    )


def _day(days: dict[date, int], today: date) -> date:
    """The day that the address names, else the first on which something is due."""
    named = calendar_day(request.args.get("day", ""))
    return named if named is not None and named >= today else next(iter(days), today)
