"""A number that is right on the tax platform and was mistyped here: of an invoice, or of its red letter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.invoicing.correcting import correct_number, correct_red_number
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web.admin.blueprint import admin
from shop.web.admin.invoice_forms import CorrectForm
from shop.web.admin.invoices import invoice_page
from shop.web.database import transact
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.viewer import current_user_id


@admin.post("/invoices/<int:invoice_id>/correct")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def correct_invoice_number(invoice_id: int) -> Any:
    return _correct(invoice_id, correct_number)


@admin.post("/invoices/<int:invoice_id>/red/number")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def correct_red(invoice_id: int) -> Any:
    return _correct(invoice_id, correct_red_number)


def _correct(invoice_id: int, correct: Callable[..., object]) -> Any:
    form, actor_id, now = CorrectForm(prefix=CorrectForm.PREFIX), current_user_id(), utc_now()
    if form.validate():
        number, day, reason = form.document_number.data or "", form.issued_on.data, form.reason.data or ""
        try:
            transact(
                lambda session: correct(session, invoice_id, number, day, reason, actor_id=actor_id, now=now)
            )
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("The number is put right."), "ok")
            return redirect(url_for("admin.invoice", invoice_id=invoice_id), 303)
    return invoice_page(invoice_id, correct_form=form), 400
