"""A bank statement is sent, its columns are confirmed, every row is shown; only then its receipts are written."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext

from shop.accounts.models import RoleName
from shop.inventory.lot_import import stored_name
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import form_number, msg, tidy
from shop.payments.statements.columns import NEEDED, Field, Layout, account_digits
from shop.payments.statements.importing import (
    LIMITS,
    Reading,
    StatementFile,
    import_statement,
    open_statement,
    plan_statement,
)
from shop.storage.spreadsheets import MOST_BYTES
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import refusal
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.guards import recently_authenticated, requires
from shop.web.limits import UPLOADS, limiter
from shop.web.outside_world import with_files
from shop.web.protection import accepts_uploads
from shop.web.viewer import current_user_id

WORDS: Final = {
    Field.DATE: msg("Day of the receipt"),
    Field.TIME: msg("Time of the receipt"),
    Field.AMOUNT: msg("Amount that came"),
    Field.DIRECTION: msg("In or out"),
    Field.PAYER: msg("Who paid"),
    Field.PAYER_ACCOUNT: msg("Their account"),
    Field.REMARK: msg("Remark"),
    Field.PURPOSE: msg("Second remark"),
    Field.SERIAL: msg("Serial number"),
}
MOST_SHOWN: Final = 50
MOST_MISTAKES_SHOWN: Final = 200
LONGEST_NAME: Final = 120
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@admin.get("/reconcile/import")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def statement_import() -> str:
    return _send_page()


@admin.post("/reconcile/import")
@limiter.limit(UPLOADS)
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@accepts_uploads
def preview_statement() -> Any:
    """The file waits for its confirmation under the digest of its content, for a day."""
    sent = request.files.get("file")
    content = sent.read(MOST_BYTES + 1) if sent else b""
    if not content.strip():
        return _send_page(
            gettext("The file is empty.") if sent else gettext("Please choose a file first.")
        ), 400
    try:
        file = open_statement(content)
    except InvalidInput as error:
        return _send_page(refusal(error)), 400
    with_files(lambda _, store: store.write(stored_name(file.digest), content))
    name = tidy((sent.filename if sent else "") or "")[-LONGEST_NAME:]
    return _preview(file, Reading(), name)


@admin.post("/reconcile/import/columns")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def choose_statement_columns() -> Any:
    """The same file, read as this person says."""
    file = _waiting_file()
    if file is None:
        return _send_again()
    return _preview(file, _asked(), _file_name())


@admin.post("/reconcile/import/confirm")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def confirm_statement() -> Any:
    file = _waiting_file()
    if file is None:
        return _send_again()
    reading, name, actor_id, now = _asked(), _file_name(), current_user_id(), utc_now()
    try:
        done = transact(
            lambda session: import_statement(
                session, file, reading, file_name=name, actor_id=actor_id, now=now
            )
        )
    except InvalidInput as error:
        return _preview(file, reading, name, refused=error)
    new = ngettext("%(num)s receipt is new.", "%(num)s receipts are new.", done.lines)
    known = ngettext("%(num)s was known before.", "%(num)s were known before.", done.known)
    flash(f"{new} {known}" if done.known else new, "ok" if done.lines else "info")
    return redirect(url_for("admin.reconcile"), 303)


def _send_page(refused: str = "") -> str:
    return desk_page("admin/statement_import.html", "reconcile", refused=refused, most=LIMITS.rows)


def _send_again() -> Any:
    flash(gettext("Please send the statement again."), "bad")
    return redirect(url_for("admin.statement_import"), 303)


def _waiting_file() -> StatementFile | None:
    """None when it is not kept any more. Raises NotFound for what is no digest."""
    digest = request.form.get("digest", "")
    if not _DIGEST.fullmatch(digest):
        raise NotFound()
    try:
        return open_statement(with_files(lambda _, store: store.read(stored_name(digest))))
    except NotFound:
        return None


def _file_name() -> str:
    return tidy(request.form.get("file_name", ""))[-LONGEST_NAME:]


def _asked() -> Reading:
    """The columns as they were chosen; a field without a column is left out."""
    places = {}
    for field in Field:
        place = form_number(request.form.get(f"column-{field}", ""), digits=3)
        if place is not None:
            places[field] = place
    return Reading(places, request.form.get("account", "")[:40])


def _preview(
    file: StatementFile, reading: Reading, file_name: str, *, refused: InvalidInput | None = None
) -> tuple[str, int]:
    """What the file would do; a choice that cannot be stays as it is, with a sentence."""
    try:
        plan = plan_statement(read_session(), file, reading, now=utc_now())
    except InvalidInput as error:
        plan, refused = None, error
    places = plan.layout.places if plan else reading.places or {}
    account = plan.account if plan else account_digits(reading.account)
    page = desk_page(
        "admin/statement_preview.html",
        "reconcile",
        digest=file.digest,
        file_name=file_name,
        headings=_headings(file.layout),
        fields=[(field, WORDS[field], field in NEEDED, places.get(field)) for field in Field],
        plan=plan,
        account=account,
        shown=plan.receipts[:MOST_SHOWN] if plan else [],
        mistakes=_mistakes(plan) if plan else [],
        errors=_errors(refused),
    )
    return page, 400 if refused else 200


def _headings(layout: Layout) -> list[tuple[int, str]]:
    """Each column by its letter and its name, as in the table itself."""
    return [(place, f"{_letter(place)} {name}".strip()) for place, name in enumerate(layout.headings)]


def _letter(place: int) -> str:
    first, second = divmod(place, 26)
    return (chr(64 + first) if first else "") + chr(65 + second)


def _mistakes(plan: Any) -> list[dict[str, Any]]:
    return [
        {
            "row": one.row,
            "column": gettext(WORDS[one.about]),
            "text": translated(one.message, dict(one.facts)),
        }
        for one in plan.mistakes[:MOST_MISTAKES_SHOWN]
    ]


def _errors(refused: InvalidInput | None) -> dict[str, str]:
    """By field; what is of no field stands under `file`."""
    if refused is None:
        return {}
    named = refused.errors or {"file": refused.message}
    return {name: translated(message, refused.facts) for name, message in named.items()}
