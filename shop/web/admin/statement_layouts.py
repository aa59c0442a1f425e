"""Layouts of the statement: which columns a form wants, in which order and under which headings."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from shop.accounts.models import RoleName
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, typed_number
from shop.purchases.layouts import (
    FIXED,
    KEYS,
    SERIAL,
    LayoutColumn,
    all_layouts,
    create_layout,
    versions_of,
    write_version,
)
from shop.purchases.scope import Scope
from shop.reports.cells import as_text
from shop.reports.definition import Span
from shop.reports.running import page_of_rows
from shop.reports.statement import COLUMNS
from shop.reports.statement_file import Asked
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import slug, text
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import refusal
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.language import current_language
from shop.web.viewer import current_user_id

FIXED_TEXTS: Final = 3
PREVIEWED: Final = 5
_WORDS: Final = {column.key: column.title for column in COLUMNS} | {
    SERIAL: msg("Number of the row"),
    FIXED: msg("Always the same text"),
}


class LayoutForm(ShopForm):
    slug = slug()
    name = text(_("Name of the form that wants it"), 80, needed=True)


@admin.get("/statement/layouts")
@requires(RoleName.ADMIN)
def statement_layouts() -> str:
    return desk_page("admin/statement_layouts.html", "layouts", layouts=all_layouts(read_session()))


@admin.route("/statement/layouts/new", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def new_statement_layout() -> Any:
    """Begins with all columns under the shop's own headings."""
    form = LayoutForm()
    if request.method == "POST" and form.validate():
        typed, name, actor_id, now = form.slug.data or "", form.name.data or "", current_user_id(), utc_now()
        columns = [LayoutColumn(key, gettext(_WORDS[key])) for key in KEYS]
        try:
            made = transact(
                lambda session: create_layout(session, typed, name, columns, actor_id=actor_id, now=now)
            )
        except InvalidInput as error:
            show_errors(form, error)
        else:
            return redirect(url_for("admin.statement_layout", slug=made.slug), 303)
    screen = {
        "title": gettext("New layout"),
        "note": gettext("It begins with all columns; choose, order and name them then."),
        "back_href": url_for("admin.statement_layouts"),
        "back_label": gettext("Layouts"),
    }
    page = desk_page("admin/form.html", "layouts", screen=screen, form=form)
    return page, 400 if request.method == "POST" else 200


@admin.route("/statement/layouts/<slug>", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def statement_layout(slug: str) -> Any:
    """The newest version as a form, with its first rows of this year; saving writes a version."""
    refused, rows = "", _rows(versions_of(read_session(), slug)[0].columns)
    if request.method == "POST":
        rows, actor_id, now = _typed_rows(), current_user_id(), utc_now()
        try:
            columns = _chosen(rows)
            saved = transact(
                lambda session: write_version(session, slug, columns, actor_id=actor_id, now=now)
            )
        except InvalidInput as error:
            refused = refusal(error)
        else:
            flash(gettext("Version %(number)s holds now.", number=saved.version), "ok")
            return redirect(url_for("admin.statement_layout", slug=slug), 303)
    versions = versions_of(read_session(), slug)
    today = shanghai_date(utc_now())
    asked = Asked(Span(today.replace(month=1, day=1), today), Scope(), current_language(), versions[0])
    page = desk_page(
        "admin/statement_layout.html",
        "layouts",
        layout=versions[0],
        versions=versions,
        rows=rows,
        refused=refused,
        headings=[column.title for column in asked.report.columns],
        preview=_preview(asked),
    )
    return page, 400 if refused else 200


def _preview(asked: Asked) -> list[list[str]]:
    found = page_of_rows(read_session(), asked.report, asked.span, asked.language, page=1, size=PREVIEWED)
    return [
        [as_text(column, value, gettext) for column, value in zip(asked.report.columns, row, strict=True)]
        for row in found
    ]


def _offered() -> list[str]:
    return [SERIAL, *KEYS, *[FIXED] * FIXED_TEXTS]


def _rows(columns: tuple[LayoutColumn, ...]) -> list[dict[str, str]]:
    """A row of the form for each column that there is: its place (empty: left out), heading and text."""
    places = {id(one): place for place, one in enumerate(columns, start=1)}
    left = list(columns)
    rows = []
    for key in _offered():
        found = next((one for one in left if one.key == key), None)
        if found is not None:
            left.remove(found)
        row = {"key": key, "word": gettext(_WORDS[key]), "place": "", "heading": "", "text": ""}
        if found is not None:
            row |= {"place": str(places[id(found)]), "heading": found.heading, "text": found.text}
        rows.append(row)
    return rows


def _typed_rows() -> list[dict[str, str]]:
    def typed(name: str, number: int) -> str:
        return request.form.get(f"{name}-{number}", "")[:60]

    return [
        {
            "key": key,
            "word": gettext(_WORDS[key]),
            **{name: typed(name, number) for name in ("place", "heading", "text")},
        }
        for number, key in enumerate(_offered())
    ]


def _chosen(rows: list[dict[str, str]]) -> list[LayoutColumn]:
    """Those with a place, in the order of their places. Raises InvalidInput."""
    placed = []
    for number, row in enumerate(rows):
        if row["place"].strip():
            try:
                placed.append((typed_number(row["place"]), number, row))
            except ValueError as error:
                raise InvalidInput(msg("A place is a number, such as 1."), field="columns") from error
    places = [place for place, *_rest in placed]
    twice = next((place for place in places if places.count(place) > 1), None)
    if twice is not None:
        raise InvalidInput(msg("Two columns stand on place %(place)s."), field="columns", place=twice)
    return [
        LayoutColumn(row["key"], row["heading"] or row["word"], row["text"])
        for _place, _number, row in sorted(placed, key=lambda one: one[:2])
    ]
