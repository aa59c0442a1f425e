"""Goods come in one after the other: a code is read by the camera or typed, and the next household steps up."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from shop.accounts.models import RoleName
from shop.extensions import settings
from shop.fulfilment.taking_in_by_code import TakenIn, take_in_by_code, taken_in_lately
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web.database import read_session, transact
from shop.web.deeds import Deed, Press
from shop.web.fields import NumberKeys
from shop.web.filters import bilingual
from shop.web.form_errors import show_errors
from shop.web.form_press import form_press
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.village.blueprint import village
from shop.web.village.desk import page, reach
from shop.web.village.parcel_deeds import demand

LONGEST = 200  # a bag's label says a whole address


class TakeInForm(ShopForm):
    code = StringField(
        _("Code on the slip"),
        [DataRequired(_("Please type the six digits.")), Length(max=LONGEST)],
        widget=NumberKeys("numeric"),
    )


@village.get("/take-in")
@requires(RoleName.COORDINATOR)
def taking_in() -> str:
    return _page(TakeInForm(formdata=None))


@village.post("/take-in")
@requires(RoleName.COORDINATOR)
def take_in() -> Any:
    form = TakeInForm()
    if not form.validate_on_submit():
        return _page(form), 400
    deed = taking_in_deed(form_press())
    try:
        taken = transact(deed.work)
    except (Conflict, InvalidInput) as error:
        show_errors(form, error)
        return _page(form), error.status
    flash(deed.said_of(taken), "ok")
    return redirect(deed.page_after(taken), 303)


def taking_in_deed(press: Press) -> Deed:
    """Before the page, or later from a phone that had no network. Raises InvalidInput for an empty code."""
    form, by, keys = TakeInForm(MultiDict(press.fields), meta={"csrf": False}), reach(), settings().trace_keys
    demand(form)
    typed = form.code.data or ""

    def work(session: Session) -> TakenIn:
        return take_in_by_code(session, typed, keys=keys, by=by, now=press.now)

    return Deed(work, _said, url_for("village.taking_in"), has_form=True)


def _said(taken: TakenIn) -> str:
    facts = {"number": taken.number, "name": bilingual(taken, "producer")}
    if taken.was_here:
        return str(gettext("%(number)s of %(name)s was taken in before.", **facts))
    return str(gettext("Taken in: %(number)s of %(name)s", **facts))


def _page(form: TakeInForm) -> str:
    now = utc_now()
    return page(
        "village/take_in.html",
        "packing",
        form=form,
        lately=taken_in_lately(read_session(), reach(), now=now),
    )
