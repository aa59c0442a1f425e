"""What finance does with a request: written down when it is issued, rejected, corrected, put together, taken apart."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.invoicing.handling import (
    MOST_ORDERS,
    put_together,
    reject_request,
    retitle_request,
    take_out,
    withdraw_request,
)
from shop.invoicing.recording import Issued, record_invoice
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import form_numbers
from shop.ordering.invoice_wish import read_invoice_wish
from shop.ordering.models import InvoiceKind
from shop.web.admin.blueprint import admin
from shop.web.admin.invoice_forms import RecordForm, RetitleForm
from shop.web.admin.invoices import invoice_page
from shop.web.admin.saving import act
from shop.web.database import transact
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.viewer import current_user_id


@admin.post("/invoices/<int:invoice_id>/record")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def record_issued_invoice(invoice_id: int) -> Any:
    form, actor_id, now = RecordForm(), current_user_id(), utc_now()
    if form.validate():
        issued = Issued(
            form.document_number.data or "",
            form.issued_on.data,
            form.amount.data,
            form.title.data or "",
            form.tax_number.data or "",
            form.difference_reason.data or "",
        )
        try:
            transact(
                partial(record_invoice, invoice_id=invoice_id, issued=issued, actor_id=actor_id, now=now)
            )
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Written down. The buyer gets a letter; attach the files below."), "ok")
            return redirect(_page(invoice_id), 303)
    return invoice_page(invoice_id, record_form=form), 400


@admin.post("/invoices/<int:invoice_id>/title")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def retitle_invoice(invoice_id: int) -> Any:
    form, actor_id, now = RetitleForm(prefix=RetitleForm.PREFIX), current_user_id(), utc_now()
    if form.validate():
        title, number = form.invoice_title.data or "", form.tax_number.data or ""
        try:
            wish = read_invoice_wish(InvoiceKind(form.kind.data), title, number, recipient="")
            transact(partial(retitle_request, invoice_id=invoice_id, wish=wish, actor_id=actor_id, now=now))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Changed. It waits to be issued."), "ok")
            return redirect(_page(invoice_id), 303)
    return invoice_page(invoice_id, retitle_form=form), 400


@admin.post("/invoices/<int:invoice_id>/reject")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def reject_invoice(invoice_id: int) -> Response:
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    return act(
        lambda session: reject_request(session, invoice_id, reason, actor_id=actor_id, now=now),
        done=gettext("Rejected. The buyer reads why, and may ask again."),
        back=_page(invoice_id),
    )


@admin.post("/invoices/<int:invoice_id>/withdraw")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def withdraw_invoice(invoice_id: int) -> Response:
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    return act(
        lambda session: withdraw_request(session, invoice_id, reason, actor_id=actor_id, now=now),
        done=gettext("Nothing will be issued for it."),
        back=_page(invoice_id),
    )


@admin.post("/invoices/<int:invoice_id>/merge")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def merge_invoices(invoice_id: int) -> Response:
    others = _ids(request.form.getlist("others"))
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: put_together(session, invoice_id, others, actor_id=actor_id, now=now),
        done=gettext("One invoice for all of them."),
        back=_page(invoice_id),
    )


@admin.post("/invoices/<int:invoice_id>/take-out")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def take_order_out(invoice_id: int) -> Response:
    (order_id,) = _ids([request.form.get("order_id", "")]) or [0]
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: take_out(session, invoice_id, order_id, actor_id=actor_id, now=now),
        done=gettext("This order has a request of its own again."),
        back=_page(invoice_id),
    )


def _ids(typed: list[str]) -> list[int]:
    """What cannot be an id is as good as absent."""
    return form_numbers(typed[:MOST_ORDERS])


def _page(invoice_id: int) -> str:
    return url_for("admin.invoice", invoice_id=invoice_id)
