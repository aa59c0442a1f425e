"""The table of members: sent, looked at row by row, written whole or not at all."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext

from shop.campaigns.enrolling import MembersPlan, TableHasMistakes, import_members, plan_members
from shop.campaigns.member_table import HEADINGS, LIMITS
from shop.inventory.lot_import import stored_name
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.storage.spreadsheets import MOST_BYTES
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.guards import signed_in
from shop.web.limits import UPLOADS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.campaigns.frame import campaign_page, managed, refusal
from shop.web.outside_world import with_files
from shop.web.phrases import language
from shop.web.protection import accepts_uploads
from shop.web.tables import table_file
from shop.web.viewer import current_user_id

MOST_SHOWN: Final = 50
MOST_MISTAKES_SHOWN: Final = 200
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_PATH: Final = "/<slug>/campaigns/<int:campaign_id>/members/import"
WHOLE: Final = "whole"  # the form's word for: who is not in the table is taken out


@organisation.get(_PATH)
@signed_in
def members_import(slug: str, campaign_id: int) -> str:
    return _send_page(slug, campaign_id)


@organisation.get(f"{_PATH}/template.<kind>")
@signed_in
def members_template(slug: str, campaign_id: int, kind: str) -> Response:
    """The headings and an example, as XLSX or CSV; a row that begins with # is left out."""
    managed(slug, campaign_id)
    titles = [one.english if language() == "en" else one.chinese for one in HEADINGS]
    rows = [titles, [one.example for one in HEADINGS]]
    return table_file(rows, kind, name="members", title=gettext("Members"))


@organisation.post(_PATH)
@limiter.limit(UPLOADS)
@signed_in
@accepts_uploads
def preview_members(slug: str, campaign_id: int) -> Any:
    """Judge the file and show what it would do. It is kept until it is written, under the digest of its content."""
    managed(slug, campaign_id)
    sent = request.files.get("file")
    content = sent.read(MOST_BYTES + 1) if sent else b""
    whole = request.form.get("extent") == WHOLE
    if not content.strip():
        sentence = gettext("The file is empty.") if sent else gettext("Please choose a file first.")
        return _send_page(slug, campaign_id, sentence), 400
    try:
        plan = plan_members(read_session(), campaign_id, content, whole=whole)
    except InvalidInput as error:
        return _send_page(slug, campaign_id, refusal(error)), 400
    if not plan.mistakes:
        with_files(lambda _, store: store.write(stored_name(plan.digest), content))
    return _preview(slug, campaign_id, plan, whole=whole), 400 if plan.mistakes else 200


@organisation.post(f"{_PATH}/confirm")
@limiter.limit(UPLOADS)
@signed_in
def confirm_members(slug: str, campaign_id: int) -> Any:
    managed(slug, campaign_id)
    digest, whole = request.form.get("digest", ""), request.form.get("extent") == WHOLE
    if not _DIGEST.fullmatch(digest):
        raise NotFound()
    actor_id, now = current_user_id(), utc_now()
    try:
        content = with_files(lambda _, store: store.read(stored_name(digest)))
    except NotFound:
        flash(gettext("Please send the table again."), "bad")
        return redirect(url_for("organisation.members_import", slug=slug, campaign_id=campaign_id), 303)
    try:
        done = transact(
            lambda s: import_members(s, campaign_id, content, whole=whole, actor_id=actor_id, now=now)
        )
    except (TableHasMistakes, Conflict) as error:
        flash(refusal(error), "bad")
        return redirect(url_for("organisation.members_import", slug=slug, campaign_id=campaign_id), 303)
    flash(_said(done), "ok" if done.does_something else "info")
    return redirect(url_for("organisation.campaign_members", slug=slug, campaign_id=campaign_id), 303)


def _said(done: MembersPlan) -> str:
    if not done.does_something:
        return str(gettext("The list says that already. Nothing was written."))
    said: str = gettext(
        "Written: %(new)s new, %(changed)s corrected, %(left)s taken out.",
        new=len(done.new),
        changed=len(done.changed),
        left=len(done.leaving),
    )
    return said


def _send_page(slug: str, campaign_id: int, refused: str = "") -> str:
    desk = managed(slug, campaign_id)
    return campaign_page("import", desk, headings=HEADINGS, refused=refused, most=LIMITS.rows)


def _preview(slug: str, campaign_id: int, plan: MembersPlan, *, whole: bool) -> str:
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
    ]
    desk = managed(slug, campaign_id)
    return campaign_page(
        "import_preview", desk, plan=plan, whole=whole, mistakes=mistakes, shown=shown, most=MOST_SHOWN
    )
