"""Documents of an invoice in the back office: attached, saved, removed."""

from __future__ import annotations

from typing import Any

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.invoicing.desk import find_file, read_invoice
from shop.invoicing.file_kinds import MOST_BYTES
from shop.invoicing.files import attach_file, remove_file
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web.admin.blueprint import admin
from shop.web.admin.saving import refusal
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.invoice_files import send_invoice_file
from shop.web.limits import UPLOADS, limiter
from shop.web.outside_world import with_files
from shop.web.protection import accepts_uploads
from shop.web.viewer import current_user_id


@admin.post("/invoices/<int:invoice_id>/files")
@limiter.limit(UPLOADS)
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@accepts_uploads
def attach_invoice_file(invoice_id: int) -> Any:
    read_invoice(read_session(), invoice_id)
    sent, is_red = request.files.get("file"), "red" in request.form
    content = sent.read(MOST_BYTES + 1) if sent else b""
    back = redirect(url_for("admin.invoice", invoice_id=invoice_id), 303)
    if not content:
        flash(gettext("Please choose a file first."), "bad")
        return back
    actor_id, now = current_user_id(), utc_now()
    try:
        with_files(
            lambda work, store: attach_file(
                work, store, invoice_id, content, red=is_red, actor_id=actor_id, now=now
            )
        )
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    else:
        flash(gettext("Attached. The buyer finds it on the order."), "ok")
    return back


@admin.get("/invoices/<int:invoice_id>/files/<int:file_id>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def invoice_file(invoice_id: int, file_id: int) -> FlaskResponse:
    return send_invoice_file(*find_file(read_session(), file_id, invoice_id=invoice_id))


@admin.post("/invoices/<int:invoice_id>/files/<int:file_id>/remove")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def remove_invoice_file(invoice_id: int, file_id: int) -> Any:
    actor_id, now = current_user_id(), utc_now()
    with_files(lambda work, store: remove_file(work, store, invoice_id, file_id, actor_id=actor_id, now=now))
    flash(gettext("Removed."), "ok")
    return redirect(url_for("admin.invoice", invoice_id=invoice_id), 303)
