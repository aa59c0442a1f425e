"""Lots from a spreadsheet: sent, looked at row by row, then imported whole or not at all."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext, ngettext

from shop.accounts.models import RoleName
from shop.inventory.import_rows import HEADINGS
from shop.inventory.lot_import import (
    AlreadyImported,
    ImportPlan,
    RowsLikeOthers,
    TableHasMistakes,
    import_lots,
    plan_import,
    stored_name,
    template_rows,
)
from shop.inventory.lot_table import MOST_BYTES
from shop.inventory.lot_writing import Author
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import form_numbers
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import refusal
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.guards import requires
from shop.web.limits import UPLOADS, limiter
from shop.web.outside_world import with_files
from shop.web.phrases import language
from shop.web.protection import accepts_uploads
from shop.web.tables import table_file
from shop.web.viewer import current_user_id

MOST_MISTAKES_SHOWN: Final = 200
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@admin.get("/lots/import")
@requires(RoleName.ADMIN)
def lot_import() -> str:
    return desk_page("admin/lot_import.html", "lot-import", headings=HEADINGS, refused="")


@admin.get("/lots/import/template.<kind>")
@requires(RoleName.ADMIN)
def lot_template(kind: str) -> Response:
    """The headings and an example, as XLSX or CSV."""
    rows = template_rows(read_session(), english=language() == "en")
    return table_file(rows, kind, name="lots", title=gettext("Lots"))


@admin.post("/lots/import")
@limiter.limit(UPLOADS)
@requires(RoleName.ADMIN)
@accepts_uploads
def preview_lots() -> Any:
    """Judge the file and show what it would do. It is kept until it is imported, under the digest of its content."""
    sent = request.files.get("file")
    content = sent.read(MOST_BYTES + 1) if sent else b""
    if not content.strip():
        sentence = gettext("The file is empty.") if sent else gettext("Please choose a file first.")
        page = desk_page("admin/lot_import.html", "lot-import", headings=HEADINGS, refused=sentence)
        return page, 400
    try:
        plan = plan_import(read_session(), content, now=utc_now())
    except InvalidInput as error:
        page = desk_page("admin/lot_import.html", "lot-import", headings=HEADINGS, refused=refusal(error))
        return page, 400
    if not plan.mistakes:
        with_files(lambda _, store: store.write(stored_name(plan.digest), content))
    return _preview(plan), 400 if plan.mistakes else 200


def _preview(plan: ImportPlan, *, refused: str = "") -> str:
    labels = {one.name: one.english if language() == "en" else one.chinese for one in HEADINGS}
    mistakes = [
        {
            "row": mistake.row,
            "column": labels.get(mistake.column, "–"),
            "text": translated(mistake.message, dict(mistake.facts)),
        }
        for mistake in plan.mistakes[:MOST_MISTAKES_SHOWN]
    ]
    return desk_page("admin/lot_preview.html", "lot-import", plan=plan, mistakes=mistakes, refused=refused)


@admin.post("/lots/import/confirm")
@requires(RoleName.ADMIN)
def confirm_import() -> Any:
    digest = request.form.get("digest", "")
    if not _DIGEST.fullmatch(digest):
        raise NotFound()
    author, now, others = Author(current_user_id(), for_producer=True), utc_now(), _other_goods()
    try:
        content = with_files(lambda _, store: store.read(stored_name(digest)))
        count = transact(lambda session: import_lots(session, content, author=author, now=now, others=others))
    except NotFound:
        flash(gettext("Please send the table again."), "bad")
        return redirect(url_for("admin.lot_import"), 303)
    except RowsLikeOthers as error:
        plan = plan_import(read_session(), content, now=now)
        return _preview(plan, refused=refusal(error)), error.status
    except (TableHasMistakes, AlreadyImported) as error:
        flash(refusal(error), "bad")
        return redirect(url_for("admin.lot_import"), 303)
    flash(ngettext("%(num)s lot is for sale now.", "%(num)s lots are for sale now.", count), "ok")
    return redirect(url_for("admin.lots"), 303)


def _other_goods() -> frozenset[int]:
    """The rows that the page named as looking like others, when its tick says that they are not."""
    said = request.form.get("others", "")[:4000].split(",")
    return frozenset(form_numbers(said))
