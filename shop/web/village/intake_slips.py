"""Slips: their list, one of them with what became of it, its counter-entry, and its two copies on paper."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.inventory.intake.errors import IntakeTakenBack, IntakeUsed, UnusualWeight
from shop.inventory.intake.intake_list import SlipFilter, find_slips, made_of, one_slip
from shop.inventory.intake.weighing import take_back
from shop.inventory.intake.workshops import bringers, grades, workshops
from shop.kit.clock import calendar_day, shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page
from shop.web.village.intake_forms import TakeBackForm
from shop.web.village.paging import asked_number, page_number

SLIPS_A_PAGE = 25


@village.get("/intake/slips")
@requires(RoleName.COORDINATOR)
def slips() -> str:
    """Own slips; what the address gets wrong counts as not asked."""
    session, own = read_session(), current_viewer().village_ids
    chosen = SlipFilter(
        producer_id=asked_number("workshop"),
        grade_id=asked_number("grade"),
        household_id=asked_number("household"),
        since=calendar_day(request.args.get("since", "")),
        left=request.args.get("left") == "1",
        page=page_number(),
    )
    return page(
        "village/slips.html",
        "intake",
        found=find_slips(session, own, chosen, size=SLIPS_A_PAGE),
        chosen=chosen,
        workshops=workshops(session, own),
        grades=grades(session, today=shanghai_date(utc_now())),
        households=bringers(session, own),
    )


@village.get("/intake/slips/<int:intake_id>")
@requires(RoleName.COORDINATOR)
def slip(intake_id: int) -> str:
    return _page(intake_id, TakeBackForm())


@village.post("/intake/slips/<int:intake_id>/take-back")
@requires(RoleName.COORDINATOR)
def take_slip_back(intake_id: int) -> Any:
    one_slip(read_session(), intake_id, current_viewer().village_ids)
    form = TakeBackForm()
    if not form.validate_on_submit():
        return _page(intake_id, form), 400
    try:
        written = transact(_taking_back(intake_id, form))
    except UnusualWeight as asked:
        show_errors(form, asked)
        form.sure.data = str(asked.grams)
        return _page(intake_id, form), asked.status
    except (InvalidInput, IntakeUsed, IntakeTakenBack) as error:
        show_errors(form, error)
        return _page(intake_id, form), error.status
    flash(gettext("Taken back. The household signs the counter-entry as well: please print it."), "ok")
    return redirect(url_for("village.slip", intake_id=written), 303)


@village.get("/intake/slips/<int:intake_id>/print")
@requires(RoleName.COORDINATOR)
def print_slip(intake_id: int) -> str:
    """Two copies: one for the household, one for the workshop."""
    shown = one_slip(read_session(), intake_id, current_viewer().village_ids)
    return render_template("village/slip_print.html", slip=shown)


def _taking_back(intake_id: int, form: TakeBackForm) -> Any:
    reason, right_g, sure_g = form.reason.data or "", form.weight.data, form.sure.number
    own, actor_id, now = current_viewer().village_ids, current_user_id(), utc_now()
    return lambda s: (
        take_back(
            s,
            intake_id,
            reason=reason,
            right_g=right_g,
            sure_g=sure_g,
            village_ids=own,
            actor_id=actor_id,
            now=now,
        ).id
    )


def _page(intake_id: int, form: TakeBackForm) -> str:
    session = read_session()
    shown = one_slip(session, intake_id, current_viewer().village_ids)
    return page("village/slip.html", "intake", slip=shown, uses=made_of(session, intake_id), form=form)
