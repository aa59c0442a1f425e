"""The views that somebody saved or that are shared with them: named, shared, begun with, deleted."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, request
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.exports.views import SavedView, begin_with, change_view, delete_view, find_view, views_of
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.reports.all_reports import REPORTS
from shop.reports.readable import may_share_with, readable_names
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.report_desks import ROLE_WORDS, ReportDesk, current_reader
from shop.web.report_views import said

_PRESSES: Final = frozenset({"save", "begin", "plain", "delete"})


def views_page(desk: ReportDesk) -> str:
    """Own views first, then those that others share; only of reports that the reader may read."""
    reader = current_reader()
    views = views_of(read_session(), reader, readable_names(desk.desk, reader))
    shown = [_shown(desk, one) for one in views]
    return desk.render(
        "report_views.html",
        desk=desk,
        own=[one for one in shown if one["view"].is_own],
        shared=[one for one in shown if not one["view"].is_own],
    )


def view_page(desk: ReportDesk, view_id: int) -> Any:
    """One view; `do` says what is pressed. Raises NotFound for what is not its reader's to see."""
    reader = current_reader()
    view = find_view(read_session(), reader, readable_names(desk.desk, reader), view_id)
    errors: dict[str, str] = {}
    typed = {"name": view.name, "shared_with": view.shared_with.value if view.shared_with else ""}
    if request.method == "POST":
        typed = {
            "name": request.form.get("name", "")[:200],
            "shared_with": request.form.get("shared_with", "")[:32],
        }
        try:
            return redirect(_press(desk, view, request.form.get("do", ""), typed), 303)
        except InvalidInput as error:
            errors = {key: translated(message, error.facts) for key, message in error.errors.items()}
    roles = may_share_with(view.report, reader)
    page = desk.render(
        "report_view.html",
        desk=desk,
        errors=errors,
        typed=typed,
        roles=[(role.value, gettext(ROLE_WORDS[role])) for role in roles],
        **_shown(desk, view),
    )
    return (page, 400) if errors else page


def _shown(desk: ReportDesk, view: SavedView) -> dict[str, Any]:
    report = REPORTS[view.report]
    return {
        "view": view,
        "title": gettext(report.title),
        "says": said(report, view.choices),
        "shared_with": gettext(ROLE_WORDS[view.shared_with]) if view.shared_with else "",
        "open": desk.report(view.report, view=view.id),
        "change": desk.columns(view.report, view=view.id),
        "href": desk.view(view.id),
    }


def _press(desk: ReportDesk, view: SavedView, pressed: str, typed: dict[str, str]) -> str:
    """Where it goes on. Raises InvalidInput, NotFound."""
    reader, now = current_reader(), utc_now()
    if pressed not in _PRESSES:
        raise InvalidInput(msg("Please choose from the list."), field="do")
    if pressed in {"begin", "plain"}:
        begins = view.id if pressed == "begin" else None
        transact(lambda session: begin_with(session, reader, view.report, begins))
        flash(_BEGINS[pressed](), "ok")
        return desk.view(view.id)
    if pressed == "delete":
        transact(lambda session: delete_view(session, reader, view.id, now=now))
        flash(gettext("The view is deleted."), "ok")
        return desk.views()
    sharing = (_role(typed["shared_with"]), may_share_with(view.report, reader))
    changed = transact(
        lambda session: change_view(session, reader, view.id, name=typed["name"], sharing=sharing, now=now)
    )
    flash(gettext("Saved.") if changed else gettext("Nothing was changed."), "ok" if changed else "info")
    return desk.view(view.id)


def _role(wanted: str) -> RoleName | None:
    if wanted and wanted not in {role.value for role in ROLE_WORDS}:
        raise InvalidInput(msg("Please choose from the list."), field="shared_with")
    return RoleName(wanted) if wanted else None


_BEGINS: Final = {
    "begin": lambda: gettext("The report begins with this view for you."),
    "plain": lambda: gettext("The report begins with all its columns for you."),
}
