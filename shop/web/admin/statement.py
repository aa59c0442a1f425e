"""The procurement statement: asked for, looked at, taken as a file, and asked once more whether it still says the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import force_locale, gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.accounts.user_queries import list_units
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import form_number, msg
from shop.purchases.buyers import FUNDING_WORDS, buying_organisations
from shop.purchases.channels import CHANNEL_WORDS, KIND_WORDS, PLATFORM, PLATFORM_WORD
from shop.purchases.exports import get_export, newest_exports, scope_of
from shop.purchases.layouts import Layout, all_layouts, layout_of_version
from shop.purchases.models import Funding, PurchaseKind
from shop.purchases.scope import Scope
from shop.reports.definition import Span
from shop.reports.statement import PROCUREMENT
from shop.reports.statement_file import Asked, digest_rows
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.report_page import report_page
from shop.web.admin.words import options
from shop.web.asked_days import AskedDays, asked_days
from shop.web.database import patient_session, read_session
from shop.web.filters import yuan
from shop.web.guards import requires
from shop.web.language import current_language
from shop.web.statement_files import KINDS, LONGEST_SECONDS, send_statement

_NARROWED: Final = ("unit", "organisation", "funding", "kind", "channel")


@admin.get("/statement")
@requires(RoleName.ADMIN)
def statement() -> str | Response | tuple[str, int]:
    """For whole Shanghai days; without any, this year up to today. `format` is html, csv or xlsx."""
    days = asked_days(lambda last: last.replace(month=1, day=1))
    layouts = all_layouts(read_session())
    typed = {name: request.args.get(name, "")[:64] for name in (*_NARROWED, "layout")}
    kept = {name: value for name, value in typed.items() if value}
    asked = _asked(days.span, typed, layouts)
    kind, unknown = request.args.get("format", "html"), _unknown(typed)
    if kind in KINDS:
        if days.problem:
            raise days.problem
        if unknown:
            raise unknown
        return send_statement(asked, kind)
    if kind != "html":
        raise InvalidInput(msg("Reports come as html, csv or xlsx."), field="format")
    page = desk_page(
        "admin/statement.html",
        "statement",
        seen=report_page(asked.report, days.span, kept, endpoint="admin.statement"),
        note=PROCUREMENT.note,
        filters=_filters(typed, layouts, days),
        layout=asked.layout,
        exports=newest_exports(read_session()),
        span=days.span,
        problem=days.said or (unknown and gettext(unknown.message, **unknown.facts)),
        unknown=unknown is not None,
    )
    return (page, 400) if days.problem or unknown else page


@admin.post("/statement/exports/<int:export_id>/compare")
@requires(RoleName.ADMIN)
def compare_statement(export_id: int) -> Response:
    """Ask the same question again, and say whether the answer is the same."""
    session = patient_session(seconds=LONGEST_SECONDS)
    export = get_export(session, export_id)
    layout = layout_of_version(session, export.layout_version_id) if export.layout_version_id else None
    asked = Asked(Span(export.first, export.last), scope_of(export), export.language, layout)
    with force_locale(export.language):
        now = digest_rows(session, asked, gettext)
    if now.digest == export.digest:
        flash(gettext("The same rows as then: %(rows)s, to the fen.", rows=now.rows), "ok")
    else:
        flash(
            gettext(
                "Not the same any more: then %(before)s rows and %(old)s, now %(rows)s rows and %(new)s.",
                before=export.rows,
                old=yuan(export.net_fen),
                rows=now.rows,
                new=yuan(now.net_fen),
            ),
            "warn",
        )
    days: dict[str, Any] = {"from": export.first.isoformat(), "to": export.last.isoformat()}
    return redirect(url_for("admin.statement", **days) + "#left", 303)


def _asked(span: Span, typed: Mapping[str, str], layouts: list[Layout]) -> Asked:
    """What cannot be is as good as absent; a layout that is not there is not found."""
    layout = next((one for one in layouts if one.slug == typed["layout"]), None)
    if typed["layout"] and layout is None:
        raise NotFound()
    scope = Scope(
        unit_id=_number(typed["unit"]),
        organisation_id=_number(typed["organisation"]),
        funding=Funding(typed["funding"]) if typed["funding"] in set(Funding) else None,
        kind=PurchaseKind(typed["kind"]) if typed["kind"] in set(PurchaseKind) else None,
        channel=typed["channel"] if typed["channel"] in {*CHANNEL_WORDS, PLATFORM} else None,
    )
    return Asked(span, scope, current_language(), layout, _in_words(typed))


_WORDS: Final[dict[str, Mapping[Any, str]]] = {
    "funding": FUNDING_WORDS,
    "kind": KIND_WORDS,
    "channel": CHANNEL_WORDS | {PLATFORM: PLATFORM_WORD},
}


def _choices() -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """What the statement can be narrowed by: the label, and the options by value."""
    session = read_session()
    of_words = {
        name: [(str(value), gettext(word)) for value, word in words.items()] for name, words in _WORDS.items()
    }
    return {
        "unit": (gettext("Unit of the university"), options(list_units(session))),
        "organisation": (
            gettext("Organisation"),
            [(str(number), name) for number, name in buying_organisations(session)],
        ),
        "funding": (gettext("Paid from"), of_words["funding"]),
        "kind": (gettext("Kind of help"), of_words["kind"]),
        "channel": (gettext("Channel"), of_words["channel"]),
    }


def _unknown(typed: Mapping[str, str]) -> InvalidInput | None:
    """What was asked for and cannot be chosen: rows of everything would be read as an answer to it."""
    for name, (label, offered) in _choices().items():
        if typed[name] and typed[name] not in dict(offered):
            return InvalidInput(
                msg("%(filter)s: there is no “%(typed)s” to choose."),
                field=name,
                filter=label,
                typed=typed[name],
            )
    return None


def _in_words(typed: Mapping[str, str]) -> str:
    said = [
        f"{label}: {word}"
        for name, (label, offered) in _choices().items()
        if (word := dict(offered).get(typed[name]))
    ]
    return "; ".join(said)


def _filters(typed: Mapping[str, str], layouts: list[Layout], days: AskedDays) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = [
        {"name": "from", "label": gettext("From"), "kind": "date", "value": days.typed_from},
        {"name": "to", "label": gettext("to"), "kind": "date", "value": days.typed_to},
    ]
    for name, (label, offered) in _choices().items():
        everything = [("", gettext("All")), *offered]
        fields.append(
            {"name": name, "label": label, "kind": "select", "value": typed[name], "options": everything}
        )
    names = [("", gettext("All columns")), *((one.slug, one.name) for one in layouts)]
    layout = {"name": "layout", "label": gettext("Layout"), "kind": "select", "options": names}
    return [*fields, {**layout, "value": typed["layout"]}]


def _number(typed: str) -> int | None:
    return form_number(typed)
