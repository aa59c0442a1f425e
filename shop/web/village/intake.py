"""Weighing in, household after household: workshop and grade stay chosen, a name and a weight make a slip."""

from __future__ import annotations

from typing import Any

from flask import redirect, request
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName
from shop.inventory.intake.errors import UnusualWeight
from shop.inventory.intake.intake_list import SlipFilter, find_slips, weighed_on
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.form_press import form_press
from shop.web.guards import requires
from shop.web.viewer import current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page
from shop.web.village.intake_deeds import offer, weighing, whom
from shop.web.village.intake_forms import WeighForm
from shop.web.village.paging import asked_number

SLIPS_SHOWN = 6
MOST_NAMED = 8


@village.get("/intake")
@requires(RoleName.COORDINATOR)
def intake() -> str:
    form = WeighForm(workshop=asked_number("workshop"), grade=asked_number("grade"))
    return _page(form)


@village.post("/intake")
@requires(RoleName.COORDINATOR)
def weigh() -> Any:
    form = WeighForm()
    known = offer(form)
    if not form.validate_on_submit() or (household_id := whom(form, known)) is None:
        return _page(form), 400
    deed = weighing(form, household_id, form_press())
    try:
        slip = transact(deed.work)
    except UnusualWeight as asked:
        show_errors(form, asked)
        form.sure.data = str(asked.grams)
        return _page(form), asked.status
    except InvalidInput as error:
        show_errors(form, error)
        return _page(form), error.status
    return redirect(deed.page_after(slip), 303)


def _page(form: WeighForm) -> str:
    known = offer(form)
    session, own, now = read_session(), current_viewer().village_ids, utc_now()
    chosen = _chosen(form)
    recent = _recent(session, own, chosen)
    count, grams = weighed_on(session, chosen, shanghai_date(now)) if chosen else (0, 0)
    done = asked_number("done") if request.method == "GET" else None
    return page(
        "village/intake.html",
        "intake",
        form=form,
        known=known,
        recent=recent,
        count=count,
        grams=grams,
        done=next((one for one in recent if one.id == done), None),
    )


def _chosen(form: WeighForm) -> int | None:
    """The workshop at whose scale its person stands: the one chosen, else the first."""
    offered: Any = form.workshop.choices
    chosen: int | None = form.workshop.data or (offered[0][0] if offered else None)
    return chosen if chosen in {one[0] for one in offered} else None


def _recent(session: Session, own: frozenset[int], producer_id: int | None) -> Any:
    wanted = SlipFilter(producer_id=producer_id)
    return find_slips(session, own, wanted, size=SLIPS_SHOWN).items if producer_id else ()
