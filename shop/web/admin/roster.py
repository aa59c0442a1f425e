"""The roster: who belongs to the campus without an account there; found, sent as a table, looked at, written."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.accounts.campus.roster import (
    RosterHasMistakes,
    RosterPlan,
    import_roster,
    page_of_roster,
    plan_roster,
)
from shop.accounts.campus.roster_table import HEADINGS, LIMITS
from shop.accounts.contacts import readable_phone
from shop.accounts.models import RoleName
from shop.inventory.lot_import import stored_name
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.storage.spreadsheets import MOST_BYTES
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import refusal
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.filters import status_word
from shop.web.guards import recently_authenticated, requires
from shop.web.limits import UPLOADS, limiter
from shop.web.outside_world import with_files
from shop.web.phrases import language
from shop.web.protection import accepts_uploads
from shop.web.tables import table_file
from shop.web.viewer import current_user_id

MOST_SHOWN: Final = 50
MOST_MISTAKES_SHOWN: Final = 200
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
WHOLE: Final = "whole"  # the form's word for: who is not in the table has left

COLUMNS = (
    Column("campus_number", msg("Number"), head=True),
    Column("name", msg("Name")),
    Column("phone", msg("Telephone"), value=lambda row: readable_phone(row.phone)),
    Column("unit_code", msg("Unit")),
    Column("kind", msg("Staff or student"), value=lambda row: status_word(row.kind, "campus_kind")),
    Column("leaves_on", msg("Leaves on"), kind="date"),
    Column("here", msg("Can sign in"), kind="flag", value=lambda row: row.left_at is None),
)
FILTERS = (
    Filter("q", msg("Name, number, telephone or unit")),
    Filter(
        "left",
        msg("State"),
        "select",
        lambda _session: [("no", gettext("Can sign in")), ("yes", gettext("Has left"))],
    ),
)


@admin.get("/roster")
@requires(RoleName.ADMIN)
def roster() -> str:
    screen = list_screen(
        read_session(),
        title=msg("Roster"),
        note=msg("Who has no campus account signs in with number, name and a code to this telephone."),
        columns=COLUMNS,
        filters=FILTERS,
        rows=_rows,
        endpoint="admin.roster",
        empty=msg("Send a table that the university has given you."),
    )
    screen["create_href"], screen["create_label"] = url_for("admin.roster_import"), gettext("Send a table")
    return desk_page("admin/list.html", "roster", screen=screen)


@admin.get("/roster/import")
@requires(RoleName.ADMIN)
@recently_authenticated
def roster_import() -> str:
    return _send_page()


@admin.get("/roster/import/template.<kind>")
@requires(RoleName.ADMIN)
def roster_template(kind: str) -> Response:
    """The headings and an example, as XLSX or CSV; a row that begins with # is left out."""
    titles = [one.english if language() == "en" else one.chinese for one in HEADINGS]
    rows = [titles, [one.example for one in HEADINGS]]
    return table_file(rows, kind, name="roster", title=gettext("Roster"))


@admin.post("/roster/import")
@limiter.limit(UPLOADS)
@requires(RoleName.ADMIN)
@recently_authenticated
@accepts_uploads
def preview_roster() -> Any:
    """Judge the file and show what it would do. It is kept until it is written, under the digest of its content."""
    sent = request.files.get("file")
    content = sent.read(MOST_BYTES + 1) if sent else b""
    whole = request.form.get("extent") == WHOLE
    if not content.strip():
        sentence = gettext("The file is empty.") if sent else gettext("Please choose a file first.")
        return _send_page(sentence), 400
    try:
        plan = plan_roster(read_session(), content, whole=whole, now=utc_now())
    except InvalidInput as error:
        return _send_page(refusal(error)), 400
    if not plan.mistakes:
        with_files(lambda _, store: store.write(stored_name(plan.digest), content))
    return _preview(plan, whole=whole), 400 if plan.mistakes else 200


@admin.post("/roster/import/confirm")
@requires(RoleName.ADMIN)
@recently_authenticated
def confirm_roster() -> Any:
    digest, whole = request.form.get("digest", ""), request.form.get("extent") == WHOLE
    if not _DIGEST.fullmatch(digest):
        raise NotFound()
    actor_id, now = current_user_id(), utc_now()
    try:
        content = with_files(lambda _, store: store.read(stored_name(digest)))
        done = transact(
            lambda session: import_roster(session, content, whole=whole, actor_id=actor_id, now=now)
        )
    except NotFound:
        flash(gettext("Please send the table again."), "bad")
        return redirect(url_for("admin.roster_import"), 303)
    except RosterHasMistakes as error:
        flash(refusal(error), "bad")
        return redirect(url_for("admin.roster_import"), 303)
    if done.does_something:
        flash(
            gettext(
                "Written: %(new)s new, %(changed)s corrected, %(back)s back, %(left)s left.",
                new=len(done.new),
                changed=len(done.changed),
                back=len(done.back),
                left=len(done.leaving) + len(done.over),
            ),
            "ok",
        )
    else:
        flash(gettext("The roster says that already. Nothing was written."), "info")
    return redirect(url_for("admin.roster"), 303)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    return page_of_roster(session, text=wanted.text("q"), left=wanted.flag("left"), page=wanted.page)


def _send_page(refused: str = "") -> str:
    return desk_page(
        "admin/roster_import.html", "roster", headings=HEADINGS, refused=refused, most=LIMITS.rows
    )


def _preview(plan: RosterPlan, *, whole: bool) -> str:
    labels = {one.name: one.english if language() == "en" else one.chinese for one in HEADINGS}
    mistakes = [
        {
            "row": one.row,
            "column": labels.get(one.column, "–"),
            "text": translated(one.message, dict(one.facts)),
        }
        for one in plan.mistakes[:MOST_MISTAKES_SHOWN]
    ]
    shown = [
        (gettext("New"), plan.new[:MOST_SHOWN]),
        (gettext("Corrected"), plan.changed[:MOST_SHOWN]),
        (gettext("On the list again"), plan.back[:MOST_SHOWN]),
    ]
    return desk_page(
        "admin/roster_preview.html",
        "roster",
        plan=plan,
        whole=whole,
        mistakes=mistakes,
        shown=shown,
        numbers={entry.number: entry.row for entry in (*plan.new, *plan.changed, *plan.back)},
        most=MOST_SHOWN,
    )
