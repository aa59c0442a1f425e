"""The board of departments: how far each is with its target, and setting it."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.validators import InputRequired

from shop.accounts.models import RoleName
from shop.accounts.units import get_unit
from shop.canteens.unsettled import unsettled_purchases
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.purchases.board import Year, by_funding, page_of_progress, progress_of, totals_of
from shop.purchases.buyers import FUNDING_WORDS
from shop.purchases.reminding import last_reminders, remind_units
from shop.purchases.targets import set_target, versions_of
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import text
from shop.web.admin.listing import asked
from shop.web.admin.pages import desk_page
from shop.web.database import read_session, transact
from shop.web.fields import YuanField
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id

YEARS_BACK: Final = 3


class TargetForm(ShopForm):
    year = SelectField(_("Year"), choices=[])
    target_fen = YuanField(
        _("Target (¥)"),
        [InputRequired(_("Please enter an amount."))],
        description=_("0: no target any more."),
    )
    reason = text(_("Why"), 200, hint=_("For whoever looks at the versions later."))


def _years() -> list[int]:
    this = shanghai_date(utc_now()).year
    return [this + 1, *range(this, this - YEARS_BACK, -1)]


def asked_year() -> Year:
    """What the address asks for, else this year."""
    today = shanghai_date(utc_now())
    typed = request.args.get("year", "")
    known = {str(year): year for year in _years()}
    return Year(known.get(typed, today.year), today)


@admin.get("/units/board")
@requires(RoleName.ADMIN)
def unit_board() -> str:
    session, year = read_session(), asked_year()
    found = page_of_progress(session, year, page=asked(()).page)
    return desk_page(
        "admin/unit_board.html",
        "unit-board",
        year=year,
        years=_years(),
        found=found,
        totals=totals_of(session, year),
        not_weighed=unsettled_purchases(session, year),
        reminded=last_reminders(session),
        page_url=lambda number: url_for("admin.unit_board", year=year.number, page=number),
    )


@admin.post("/units/board/remind")
@requires(RoleName.ADMIN)
def remind_departments() -> Response:
    actor_id, now = current_user_id(), utc_now()
    done = transact(lambda session: remind_units(session, actor_id=actor_id, now=now))
    if done.told:
        flash(ngettext("%(num)s department is told.", "%(num)s departments are told.", done.told), "ok")
    else:
        flash(gettext("Nobody is told: nobody is behind who was not told within seven days."), "info")
    if done.nobody:
        sentence = ngettext(
            "%(num)s department has nobody who buys for it.",
            "%(num)s departments have nobody who buys for them.",
            done.nobody,
        )
        flash(sentence, "warn")
    return redirect(url_for("admin.unit_board"), 303)


@admin.route("/units/board/<int:unit_id>", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def unit_target(unit_id: int) -> Any:
    get_unit(read_session(), unit_id)
    year = asked_year()
    form = TargetForm(year=str(year.number))
    form.year.choices = [(str(one), str(one)) for one in _years()]
    if request.method == "POST" and form.validate():
        chosen, fen, why = int(form.year.data), form.target_fen.data or 0, form.reason.data or ""
        actor_id, now = current_user_id(), utc_now()
        try:
            transact(
                lambda session: set_target(session, unit_id, chosen, fen, why, actor_id=actor_id, now=now)
            )
        except InvalidInput as error:
            show_errors(form, error)
        else:
            flash(gettext("Saved."), "ok")
            return redirect(url_for("admin.unit_target", unit_id=unit_id, year=chosen), 303)
    session = read_session()
    page = desk_page(
        "admin/unit_target.html",
        "unit-board",
        unit=get_unit(session, unit_id),
        year=year,
        progress=progress_of(session, year, unit_id),
        not_weighed_fen=unsettled_purchases(session, year).get(unit_id, 0),
        funding=by_funding(session, year, unit_id),
        versions=versions_of(session, unit_id),
        form=form,
        words=FUNDING_WORDS,
    )
    return page, 400 if request.method == "POST" else 200
