"""Orders of the public platform (832): what was imported, and a table sent, looked at and imported."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName
from shop.accounts.user_queries import list_units
from shop.inventory.lot_import import stored_name
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg
from shop.purchases.buyers import FUNDING_WORDS
from shop.purchases.platform_import import (
    PlatformPlan,
    PlatformTableHasMistakes,
    find_platform_orders,
    import_platform,
    newest_imports,
    plan_platform,
    take_back_import,
)
from shop.purchases.platform_table import HEADINGS, LIMITS
from shop.storage.paging import Page
from shop.storage.spreadsheets import MOST_BYTES
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import refusal
from shop.web.admin.words import options
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.filters import bilingual
from shop.web.guards import requires
from shop.web.limits import UPLOADS, limiter
from shop.web.outside_world import with_files
from shop.web.phrases import language
from shop.web.protection import accepts_uploads
from shop.web.tables import table_file
from shop.web.viewer import current_user_id

MOST_SHOWN: Final = 50
MOST_MISTAKES_SHOWN: Final = 200
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

COLUMNS = (
    Column("number", msg("Order number"), value=lambda row: row.PlatformPurchase.order_number, head=True),
    Column("day", msg("Day"), kind="date", value=lambda row: row.PlatformPurchase.bought_on),
    Column("unit", msg("Unit of the university"), value=lambda row: bilingual(row, "name")),
    Column(
        "funding", msg("Paid from"), value=lambda row: gettext(FUNDING_WORDS[row.PlatformPurchase.funding])
    ),
    Column("supplier", msg("Supplier"), value=lambda row: row.PlatformPurchase.supplier),
    Column("product", msg("Product"), value=lambda row: row.PlatformPurchase.product),
    Column("amount", msg("Amount"), kind="money", value=lambda row: row.PlatformPurchase.amount_fen),
    Column("ours", msg("Order of this shop"), kind="flag", value=lambda row: bool(row.same_here)),
)


def _units(session: Session) -> list[tuple[str, str]]:
    return options(list_units(session))


FILTERS = (Filter("q", msg("Order number")), Filter("unit", msg("Unit of the university"), "select", _units))


@admin.get("/platform-orders")
@requires(RoleName.ADMIN)
def platform_orders() -> str:
    session = read_session()
    screen = list_screen(
        session,
        title=msg("Public platform (832)"),
        columns=COLUMNS,
        filters=FILTERS,
        rows=_rows,
        endpoint="admin.platform_orders",
        empty=msg("Send a table that the platform gives its buyers."),
    )
    return desk_page(
        "admin/platform_orders.html", "platform-orders", screen=screen, imports=newest_imports(session)
    )


@admin.get("/platform-orders/import")
@requires(RoleName.ADMIN)
def platform_import() -> str:
    return _send_page()


@admin.get("/platform-orders/import/template.<kind>")
@requires(RoleName.ADMIN)
def platform_template(kind: str) -> Response:
    """The headings and an example, as XLSX or CSV; a row that begins with # is left out."""
    titles = [one.english if language() == "en" else one.chinese for one in HEADINGS]
    rows = [titles, [one.example for one in HEADINGS]]
    return table_file(rows, kind, name="platform-orders", title=gettext("Orders"))


@admin.post("/platform-orders/import")
@limiter.limit(UPLOADS)
@requires(RoleName.ADMIN)
@accepts_uploads
def preview_platform() -> Any:
    """Judge the file and show what it would do. It is kept until it is imported, under the digest of its content."""
    sent = request.files.get("file")
    content = sent.read(MOST_BYTES + 1) if sent else b""
    if not content.strip():
        return _send_page(
            gettext("The file is empty.") if sent else gettext("Please choose a file first.")
        ), 400
    try:
        plan = plan_platform(read_session(), content, now=utc_now())
    except InvalidInput as error:
        return _send_page(refusal(error)), 400
    if not plan.mistakes:
        with_files(lambda _, store: store.write(stored_name(plan.digest), content))
    return _preview(plan), 400 if plan.mistakes else 200


@admin.post("/platform-orders/import/confirm")
@requires(RoleName.ADMIN)
def confirm_platform() -> Any:
    digest = request.form.get("digest", "")
    if not _DIGEST.fullmatch(digest):
        raise NotFound()
    actor_id, now = current_user_id(), utc_now()
    try:
        content = with_files(lambda _, store: store.read(stored_name(digest)))
        count = transact(lambda session: import_platform(session, content, actor_id=actor_id, now=now))
    except NotFound:
        flash(gettext("Please send the table again."), "bad")
        return redirect(url_for("admin.platform_import"), 303)
    except PlatformTableHasMistakes as error:
        flash(refusal(error), "bad")
        return redirect(url_for("admin.platform_import"), 303)
    if count:
        flash(
            ngettext("%(num)s row is in the statement now.", "%(num)s rows are in the statement now.", count),
            "ok",
        )
    else:
        flash(gettext("All of it was there already. Nothing was imported."), "info")
    return redirect(url_for("admin.platform_orders"), 303)


@admin.post("/platform-orders/imports/<int:import_id>/take-back")
@requires(RoleName.ADMIN)
def take_back_platform(import_id: int) -> Any:
    actor_id, now = current_user_id(), utc_now()
    is_new = transact(lambda session: take_back_import(session, import_id, actor_id=actor_id, now=now))
    if is_new:
        flash(gettext("Its rows are out of the statement."), "ok")
    else:
        flash(gettext("This table was taken back already. Nothing has changed."), "info")
    return redirect(url_for("admin.platform_orders"), 303)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    return find_platform_orders(
        session, text=wanted.text("q"), unit_id=wanted.number("unit"), page=wanted.page
    )


def _send_page(refused: str = "") -> str:
    return desk_page(
        "admin/platform_import.html", "platform-orders", headings=HEADINGS, refused=refused, most=LIMITS.rows
    )


def _preview(plan: PlatformPlan) -> str:
    labels = {one.name: one.english if language() == "en" else one.chinese for one in HEADINGS}
    mistakes = [
        {"row": one.row, "column": labels[one.column], "text": translated(one.message, dict(one.facts))}
        for one in plan.mistakes[:MOST_MISTAKES_SHOWN]
    ]
    shown = [
        (gettext("New"), plan.new[:MOST_SHOWN]),
        (gettext("Imported before"), plan.known[:MOST_SHOWN]),
        (gettext("Orders of this shop, which count already"), plan.ours[:MOST_SHOWN]),
    ]
    return desk_page(
        "admin/platform_preview.html", "platform-orders", plan=plan, mistakes=mistakes, shown=shown
    )
