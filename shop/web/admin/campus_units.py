"""What providers call units, and which of ours that is."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from shop.accounts.campus.models import CampusUnit
from shop.accounts.campus.units import (
    get_campus_unit,
    map_campus_unit,
    page_of_campus_units,
    people_of_campus_unit,
)
from shop.accounts.models import RoleName
from shop.accounts.user_queries import list_units
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import IdField
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.pages import desk_page
from shop.web.admin.words import choices
from shop.web.database import read_session, transact
from shop.web.filters import bilingual, status_word
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id


class CampusUnitForm(ShopForm):
    unit_id = IdField(_("Department of the shop"))


FILTERS = (
    Filter(
        "unmapped",
        msg("State"),
        "select",
        lambda _session: [("yes", gettext("Not mapped yet")), ("no", gettext("Mapped"))],
    ),
)


@admin.get("/campus/units")
@requires(RoleName.ADMIN)
def campus_units() -> str:
    session = read_session()
    names = {unit.id: bilingual(unit, "name") for unit in list_units(session)}
    columns = (
        Column(
            "code",
            msg("As the provider writes it"),
            head=True,
            link=lambda row: url_for("admin.campus_unit", record_id=row.id),
        ),
        Column("provider", msg("Provider"), value=lambda row: status_word(row.provider, "campus_provider")),
        Column("unit", msg("Department of the shop"), value=lambda row: names.get(row.unit_id, "–")),
        Column("first_seen_at", msg("First seen"), kind="date"),
    )
    screen = list_screen(
        session,
        title=msg("Units of the university"),
        note=msg("What somebody buys counts for the department that their unit means."),
        columns=columns,
        filters=FILTERS,
        rows=_rows,
        endpoint="admin.campus_units",
        empty=msg("A unit appears here as soon as somebody of it signs in from the campus."),
    )
    return desk_page("admin/list.html", "campus-units", screen=screen)


@admin.get("/campus/units/<int:record_id>")
@requires(RoleName.ADMIN)
def campus_unit(record_id: int) -> str:
    unit = get_campus_unit(read_session(), record_id)
    form = CampusUnitForm(formdata=None, obj=unit)
    return _page(unit, form)


@admin.post("/campus/units/<int:record_id>")
@requires(RoleName.ADMIN)
def map_unit(record_id: int) -> Any:
    unit = get_campus_unit(read_session(), record_id)
    form = CampusUnitForm()
    _offer(form)
    if form.validate():
        unit_id, actor_id, now = form.unit_id.data, current_user_id(), utc_now()
        try:
            moved = transact(
                lambda session: map_campus_unit(session, record_id, unit_id, actor_id=actor_id, now=now)
            )
        except InvalidInput as error:
            show_errors(form, error)
        else:
            said = ngettext(
                "%(num)s account is counted there now.", "%(num)s accounts are counted there now.", moved
            )
            flash(f"{gettext('Saved.')} {said}" if moved else gettext("Saved."), "ok")
            return redirect(url_for("admin.campus_units"), 303)
        unit = get_campus_unit(read_session(), record_id)
    return _page(unit, form), 400


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    return page_of_campus_units(session, unmapped=wanted.flag("unmapped"), page=wanted.page)


def _page(unit: CampusUnit, form: CampusUnitForm) -> str:
    _offer(form)
    people = people_of_campus_unit(read_session(), unit)
    screen = {
        "title": unit.code,
        "note": ngettext(
            "%(num)s person of it has signed in.", "%(num)s people of it have signed in.", people
        ),
        "back_href": url_for("admin.campus_units"),
        "back_label": gettext("Units of the university"),
    }
    return desk_page("admin/form.html", "campus-units", screen=screen, form=form)


def _offer(form: CampusUnitForm) -> None:
    form.unit_id.offer(choices(list_units(read_session())), empty=gettext("None"))
