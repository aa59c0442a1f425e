"""What sources of orders from elsewhere have for the shop, and what they hand in: said by two persons of finance."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import DateField, SelectField
from wtforms.validators import InputRequired

from shop.accounts.models import RoleName
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.ledger.outside_money import (
    HANDED_IN,
    HandedIn,
    hand_in,
    money_of_source,
    money_of_sources,
    waiting_of_source,
)
from shop.ordering.outside.models import provider_of_source
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import NEEDED, text
from shop.web.admin.pages import desk_page
from shop.web.database import read_session, transact
from shop.web.fields import YuanField
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


class HandInForm(ShopForm):
    amount = YuanField(_("Amount (¥)"), [NEEDED])
    how = SelectField(_("How"), [InputRequired()], choices=[])
    moved_on = DateField(_("Came to our bank on"), [NEEDED])
    bank_reference = text(_("Bank's reference"), 80, needed=True, autocomplete="off")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.how.choices = [(how.value, gettext(word)) for how, word in HANDED_IN.items()]


@admin.get("/outside/money")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def outside_money() -> str:
    return desk_page("admin/outside_money.html", "outside-money", found=money_of_sources(read_session()))


@admin.get("/outside/money/<int:source_id>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def outside_money_of(source_id: int) -> str:
    return _page(source_id, None)


@admin.post("/outside/money/<int:source_id>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def hand_in_money(source_id: int) -> Any:
    actor_id, now = current_user_id(), utc_now()
    money_of_source(read_session(), source_id)
    form = HandInForm()
    day, amount = form.moved_on.data, form.amount.data
    if form.validate() and day is not None:
        how, reference = HandedIn(form.how.data), form.bank_reference.data or ""
        try:
            transact(
                lambda session: hand_in(
                    session, source_id, amount, how, reference, day, actor_id=actor_id, now=now
                )
            )
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Written down. It is booked when a second person of finance says so too."), "info")
            return redirect(url_for("admin.outside_money_of", source_id=source_id), 303)
    return _page(source_id, form), 400


def _page(source_id: int, form: HandInForm | None) -> str:
    """`form`: as it was sent and refused."""
    session = read_session()
    one = money_of_source(session, source_id)
    if form is None:
        free = max(0, one.held_fen - one.waiting_fen)
        form = HandInForm(formdata=None, data={"moved_on": shanghai_date(utc_now()), "amount": free or None})
    return desk_page(
        "admin/outside_money_of.html",
        "outside-money",
        one=one,
        provider=provider_of_source(one.source.slug),
        waiting=waiting_of_source(session, one.source),
        form=form,
    )
