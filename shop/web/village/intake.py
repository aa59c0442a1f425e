"""Weighing in, household after household: workshop and grade stay chosen, a name and a weight make a slip."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName
from shop.inventory.intake.errors import UnusualWeight
from shop.inventory.intake.intake_list import SlipFilter, find_slips, weighed_on
from shop.inventory.intake.weighing import Weighing, weigh_in
from shop.inventory.intake.workshops import Bringer, bringers, grades, matching_bringers, workshops
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.kit.money import format_yuan
from shop.web.database import read_session, transact
from shop.web.filters import bilingual
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page
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
    known = _offer(form)
    if not form.validate_on_submit() or (household_id := _household(form, known)) is None:
        return _page(form), 400
    weighing = Weighing(
        producer_id=form.workshop.data,
        household_id=household_id,
        grade_id=form.grade.data,
        grams=form.weight.data or 0,
        sure_g=form.sure.number,
        token=form.token.data or "",
    )
    try:
        slip_id = transact(_weighing(weighing))
    except UnusualWeight as asked:
        show_errors(form, asked)
        form.sure.data = str(asked.grams)
        return _page(form), asked.status
    except InvalidInput as error:
        show_errors(form, error)
        return _page(form), error.status
    after = {"workshop": weighing.producer_id, "grade": weighing.grade_id, "done": slip_id}
    return redirect(url_for("village.intake", **after), 303)


def _weighing(weighing: Weighing) -> Any:
    village_ids, actor_id, now = current_viewer().village_ids, current_user_id(), utc_now()
    return lambda s: weigh_in(s, weighing, village_ids=village_ids, actor_id=actor_id, now=now).id


def _offer(form: WeighForm) -> list[Bringer]:
    """Own workshops, and every grade with today's guide price; those who can bring something."""
    session, own = read_session(), current_viewer().village_ids
    form.workshop.choices = [
        (one.id, f"{bilingual(one, 'village')} · {bilingual(one, 'name')}") for one in workshops(session, own)
    ]
    form.grade.choices = [
        (one.id, f"{bilingual(one, 'raw')} · {bilingual(one, 'name')}{_price(one.fen_per_jin)}")
        for one in grades(session, today=shanghai_date(utc_now()))
    ]
    return bringers(session, own)


def _price(fen: int | None) -> str:
    if fen is None:
        return ""
    return f" · {gettext('¥%(price)s a jin', price=format_yuan(fen))}"


def _household(form: WeighForm, known: list[Bringer]) -> int | None:
    """Whom the typed number or name means; else the form says what to type."""
    found = matching_bringers(known, form.household.data or "")
    if len(found) == 1:
        return found[0].id
    named = ", ".join(f"{one.id} {bilingual(one, 'alias')}" for one in found[:MOST_NAMED])
    form.household.errors = [
        gettext("Several are called so. Please enter the number: %(found)s", found=named)
        if found
        else gettext("No household of your villages has this number or name.")
    ]
    return None


def _page(form: WeighForm) -> str:
    known = _offer(form)
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
