"""Many orders from elsewhere in one table: sent, looked at row by row, then entered, with progress shown."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.inventory.lot_import import stored_name
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.references import secret_token
from shop.kit.text import form_number
from shop.ordering.outside.imports import import_facts, list_imports
from shop.ordering.outside.sources import all_sources
from shop.payments.outside.importing import AT_ONCE, PricesToConfirm, TableHasMistakes, begin_import, go_on
from shop.payments.outside.planning import ImportPlan, plan_import
from shop.payments.outside.table import HEADINGS, LIMITS
from shop.purchases.platform_numbers import OnPlatform, on_platform, refuse_unsure
from shop.storage.spreadsheets import MOST_BYTES
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import asked
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import refusal
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.guards import requires
from shop.web.limits import UPLOADS, limiter
from shop.web.outside_world import with_files, with_providers
from shop.web.phrases import language
from shop.web.protection import accepts_uploads
from shop.web.tables import table_file
from shop.web.viewer import current_user_id

MOST_MISTAKES_SHOWN: Final = 200
MOST_SHOWN: Final = 50
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@admin.get("/outside/import")
@requires(RoleName.ADMIN)
def outside_import() -> str:
    return _send_page()


@admin.get("/outside/import/template.<kind>")
@requires(RoleName.ADMIN)
def outside_template(kind: str) -> Response:
    """The headings and an example, as XLSX or CSV; a row that begins with # is left out."""
    titles = [one.english if language() == "en" else one.chinese for one in HEADINGS]
    rows = [titles, [one.example for one in HEADINGS]]
    return table_file(rows, kind, name="orders-from-elsewhere", title=gettext("Orders"))


@admin.post("/outside/import")
@limiter.limit(UPLOADS)
@requires(RoleName.ADMIN)
@accepts_uploads
def preview_outside() -> Any:
    """Judge the file and show what it would do. It is kept until it is entered, under the digest of its content."""
    sent, source_id = request.files.get("file"), _source_id()
    content = sent.read(MOST_BYTES + 1) if sent else b""
    if source_id is None:
        return _send_page(gettext("Please choose where the orders come from.")), 400
    if not content.strip():
        sentence = gettext("The file is empty.") if sent else gettext("Please choose a file first.")
        return _send_page(sentence, source_id), 400
    try:
        plan = plan_import(read_session(), source_id, content, now=utc_now())
    except InvalidInput as error:
        return _send_page(refusal(error), source_id), 400
    if not plan.mistakes:
        with_files(lambda _, store: store.write(stored_name(plan.digest), content))
    return _preview(plan), 400 if plan.mistakes else 200


@admin.post("/outside/import/confirm")
@requires(RoleName.ADMIN)
def confirm_outside() -> Any:
    digest, source_id = request.form.get("digest", ""), _source_id()
    token = request.form.get("token", "")[:64]
    if not _DIGEST.fullmatch(digest) or source_id is None or not token:
        raise NotFound()
    actor_id, now, is_sure = current_user_id(), utc_now(), "prices_sure" in request.form
    content = b""
    try:
        content = with_files(lambda _, store: store.read(stored_name(digest)))
        plan = plan_import(read_session(), source_id, content, now=now)
        numbers = [one.taken.number for one in plan.orders]
        refuse_unsure(read_session(), numbers, is_sure="platform_sure" in request.form)
        import_id = transact(
            lambda session: begin_import(
                session, source_id, content, token=token, actor_id=actor_id, now=now, prices_sure=is_sure
            )
        )
    except NotFound:
        flash(gettext("Please send the table again."), "bad")
        return redirect(url_for("admin.outside_import"), 303)
    except (PricesToConfirm, OnPlatform) as error:
        plan = plan_import(read_session(), source_id, content, now=now)
        return _preview(plan, refusal(error)), error.status
    except TableHasMistakes as error:
        flash(refusal(error), "bad")
        return redirect(url_for("admin.outside_import"), 303)
    if import_id is None:
        flash(gettext("All of it is entered already. Nothing was added."), "info")
        return redirect(url_for("admin.outside_orders"), 303)
    if import_facts(read_session(), import_id).row.orders <= AT_ONCE:
        store = with_files(lambda _, store: store)
        with_providers(
            lambda work, providers: go_on(work, providers, store, import_id, now=now, most=AT_ONCE)
        )
    return redirect(url_for("admin.outside_imported", import_id=import_id), 303)


@admin.get("/outside/imports")
@requires(RoleName.ADMIN)
def outside_imports() -> str:
    found = list_imports(read_session(), page=asked(()).page)
    return desk_page(
        "admin/outside_imports.html",
        "outside",
        found=found,
        page_url=lambda number: url_for("admin.outside_imports", page=number),
    )


@admin.get("/outside/imports/<int:import_id>")
@requires(RoleName.ADMIN)
def outside_imported(import_id: int) -> str:
    facts = import_facts(read_session(), import_id)
    refused = [
        {"number": one.number, "row": one.row, "text": translated(one.message, one.facts)}
        for one in facts.refused
    ]
    return desk_page("admin/outside_imported.html", "outside", facts=facts, refused=refused)


def _source_id() -> int | None:
    return form_number(request.form.get("source_id", ""))


def _send_page(refused: str = "", source_id: int | None = None) -> str:
    return desk_page(
        "admin/outside_import.html",
        "outside",
        headings=HEADINGS,
        refused=refused,
        sources=all_sources(read_session(), active=True),
        source_id=source_id,
        most=LIMITS.rows,
    )


def _preview(plan: ImportPlan, refused: str = "") -> str:
    labels = {one.name: one.english if language() == "en" else one.chinese for one in HEADINGS}
    mistakes, doubts = (
        [
            {
                "row": one.row,
                "column": labels.get(one.column, "–"),
                "text": translated(one.message, dict(one.facts)),
            }
            for one in found[:MOST_MISTAKES_SHOWN]
        ]
        for found in (plan.mistakes, plan.doubts)
    )
    return desk_page(
        "admin/outside_preview.html",
        "outside",
        plan=plan,
        mistakes=mistakes,
        doubts=doubts,
        refused=refused,
        on_platform=on_platform(read_session(), [one.taken.number for one in plan.orders]),
        shown=plan.orders[:MOST_SHOWN],
        known=list(plan.known.items())[:MOST_SHOWN],
        token=secret_token(),
    )
