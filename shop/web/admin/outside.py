"""Orders from elsewhere: all of them, one entered by hand, and money that came later."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import calendar_day, shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.ordering.order_desk import order_id_of
from shop.ordering.outside.models import PaidHow
from shop.ordering.outside.queries import OutsideFilter, OutsideRow, find_outside
from shop.ordering.outside.sources import all_sources
from shop.ordering.outside.words import IN_THE_SHOP, PAID
from shop.payments.outside.entering import enter_outside_order
from shop.payments.outside.errors import EnteredBefore
from shop.payments.outside.paying import money_came
from shop.purchases.platform_numbers import refuse_unsure
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.order_words import desk_state
from shop.web.admin.outside_form import OutsideForm, packs
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import refusal
from shop.web.database import read_session
from shop.web.filters import bilingual
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.outside_world import with_providers
from shop.web.viewer import current_user_id


def paid_word(row: OutsideRow) -> str:
    return str(gettext(IN_THE_SHOP if row.is_paid_in_shop else PAID[row.paid_how]))


COLUMNS = (
    Column("number", msg("Number there"), head=True),
    Column("source", msg("Source"), value=lambda row: bilingual(row, "source")),
    Column(
        "order_number",
        msg("Order number"),
        link=lambda row: url_for("admin.order", number=row.order_number),
    ),
    Column("ordered_on", msg("Ordered on"), kind="date"),
    Column("recipient", msg("Buyer")),
    Column("paid_how", msg("How it was paid"), value=paid_word),
    Column("total_fen", msg("Total"), kind="money"),
    Column("status", msg("State"), kind="status:order_at_desk", value=desk_state),
)


def source_options(session: Session) -> list[tuple[str, str]]:
    return [(str(one.id), bilingual(one, "name")) for one in all_sources(session)]


FILTERS = (
    Filter("q", msg("Number there, order number or buyer")),
    Filter("source", msg("Source"), "select", source_options),
    Filter(
        "paid",
        msg("How it was paid"),
        "select",
        lambda _session: [(how.value, gettext(word)) for how, word in PAID.items()],
    ),
    Filter("from", msg("From"), "date"),
    Filter("to", msg("to"), "date"),
)


@admin.get("/outside")
@requires(RoleName.ADMIN)
def outside_orders() -> str:
    screen = list_screen(
        read_session(),
        title=msg("Orders from elsewhere"),
        note=msg("From chat groups, fairs and other platforms, entered by the team."),
        columns=COLUMNS,
        filters=FILTERS,
        rows=_rows,
        endpoint="admin.outside_orders",
        empty=msg("Enter an order, or send a table of many."),
    )
    return desk_page("admin/outside.html", "outside", screen=screen)


@admin.get("/outside/new")
@requires(RoleName.ADMIN)
def new_outside_order() -> str:
    now = utc_now()
    today = shanghai_date(now)
    form = OutsideForm(formdata=None, data={"ordered_on": today, "paid_on": today})
    return _form_page(form)


@admin.post("/outside/new")
@requires(RoleName.ADMIN)
def enter_order() -> Any:
    """`more`: only room for more goods was asked for; nothing that was typed is judged or lost."""
    session, actor_id, now = read_session(), current_user_id(), utc_now()
    form = OutsideForm()
    form.offer(session, now)
    if request.form.get("more"):
        form.more_rows()
        return _form_page(form)
    if not form.validate():
        return _form_page(form), 400
    try:
        taken = form.taken(session, now)
        refuse_unsure(session, [taken.number] if taken.number else [], is_sure=form.platform_sure.data)
        entered = with_providers(
            lambda work, providers: enter_outside_order(work, providers, taken, actor_id=actor_id, now=now)
        )
    except EnteredBefore as error:
        show_errors(form, error)
        return _form_page(form, known=str(error.facts["order_number"])), error.status
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _form_page(form), error.status
    said = gettext("Entered: order %(number)s.", number=entered.number)
    before = gettext("It was entered before: order %(number)s.", number=entered.number)
    flash(said if entered.is_new else before, "ok" if entered.is_new else "info")
    return redirect(url_for("admin.order", number=entered.number), 303)


@admin.post("/outside/orders/<number>/paid")
@requires(RoleName.ADMIN)
def say_paid_elsewhere(number: str) -> Response:
    """Whoever collects has the buyer's money now."""
    order_id, actor_id, now = order_id_of(read_session(), number), current_user_id(), utc_now()
    typed = request.form.get("paid_how", "")
    how = PaidHow(typed) if typed in set(PaidHow) else PaidHow.NOT_YET
    day = calendar_day(request.form.get("paid_on", ""))
    try:
        if day is None:
            raise InvalidInput(msg("Please say on which day it was paid."), field="paid_on")
        with_providers(
            lambda work, providers: money_came(
                work, providers, order_id, how, day, actor_id=actor_id, now=now
            )
        )
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    else:
        flash(gettext("Written down. The order goes its way."), "ok")
    return redirect(url_for("admin.order", number=number), 303)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    paid = wanted.text("paid")
    asked = OutsideFilter(
        text=wanted.text("q"),
        source_id=wanted.number("source"),
        paid_how=PaidHow(paid) if paid in set(PaidHow) else None,
        first_day=wanted.day("from"),
        last_day=wanted.day("to"),
    )
    return find_outside(session, asked, page=wanted.page)


def _form_page(form: OutsideForm, *, known: str = "") -> str:
    """`known`: our number of the order that stands for the typed number already."""
    session = read_session()
    form.offer(session, utc_now())
    return desk_page("admin/outside_new.html", "outside", form=form, packs=packs(session), known=known)
