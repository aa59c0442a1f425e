"""A buyer's invoices: asked for after the order, corrected before they are issued, and saved."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask import Response, flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from shop.invoicing.asking import ask_for_invoice
from shop.invoicing.desk import find_file, invoices_of_order
from shop.invoicing.errors import IssuedAlready
from shop.invoicing.models import Invoice, InvoiceStatus
from shop.invoicing.transitions import WAITING
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.ordering.invoice_wish import read_invoice_wish
from shop.ordering.models import InvoiceKind, Order, OrderStatus
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, translated
from shop.web.invoice_files import send_invoice_file
from shop.web.limits import FORMS, limiter
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.order_access import order_path, require_order
from shop.web.viewer import current_viewer


@storefront.get("/orders/<number>/invoice")
def invoice_form(number: str) -> BaseResponse | str:
    order = _billed(number)
    if order is None:
        return redirect(order_path(number), 302)
    if _is_issued(order.id):
        flash(error_message(IssuedAlready()), "info")
        return redirect(order_path(number), 302)
    kind = order.invoice_kind if order.invoice_kind is not InvoiceKind.NONE else InvoiceKind.PERSONAL
    typed = {"invoice_kind": kind.value, "invoice_title": order.invoice_title, "tax_number": order.tax_number}
    return _page(order, typed, {})


@storefront.post("/orders/<number>/invoice")
@limiter.limit(FORMS)
def ask_invoice(number: str) -> BaseResponse | str | tuple[str, int]:
    order = _billed(number)
    if order is None:
        return redirect(order_path(number), 303)
    typed = {name: str(value)[:200] for name, value in request.form.items()}
    order_id, recipient = order.id, order.recipient
    actor_id, now = current_viewer().user_id, utc_now()
    try:
        wish = read_invoice_wish(
            _kind(typed), typed.get("invoice_title", ""), typed.get("tax_number", ""), recipient=recipient
        )
        transact(partial(ask_for_invoice, order_id=order_id, wish=wish, actor_id=actor_id, now=now))
    except InvalidInput as error:
        errors = {field: translated(message, error.facts) for field, message in error.errors.items()}
        return _page(require_order(number), typed, errors), 400
    except Conflict as error:
        flash(error_message(error), "warn")
    else:
        flash(_said(wish.kind), "ok")
    return redirect(order_path(number), 303)


@storefront.get("/orders/<number>/invoices/<int:file_id>")
def order_invoice_file(number: str, file_id: int) -> Response:
    return send_invoice_file(*find_file(read_session(), file_id, order_id=require_order(number).id))


def _billed(number: str) -> Order | None:
    order = require_order(number, to_act=True)
    is_over = order.confirmed_at is None or order.status is OrderStatus.CANCELLED
    return None if is_over else order


def _is_issued(order_id: int) -> bool:
    """Whether its invoice is issued, and no other one waits."""
    statuses = {one.status for one in invoices_of_order(read_session(), order_id)}
    return InvoiceStatus.ISSUED in statuses and not statuses.intersection(WAITING)


def _kind(typed: Mapping[str, str]) -> InvoiceKind:
    kind = typed.get("invoice_kind", "")
    if kind not in set(InvoiceKind):
        raise InvalidInput(msg("Please choose the kind of invoice."), field="invoice_kind")
    return InvoiceKind(kind)


def _said(kind: InvoiceKind) -> str:
    if kind is InvoiceKind.NONE:
        return str(_("No invoice is issued for this order."))
    return str(_("The seller issues the invoice; you get a message, and find it here."))


def waits(invoice: Invoice) -> bool:
    return invoice.status in WAITING


def _page(order: Order, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    is_asked = any(waits(one) for one in invoices_of_order(read_session(), order.id))
    kinds = [InvoiceKind.PERSONAL, InvoiceKind.ORGANISATION]
    return render_template(
        "storefront/invoice.html",
        order=order,
        kinds=[*kinds, InvoiceKind.NONE] if is_asked else kinds,
        is_asked=is_asked,
        typed=typed,
        errors=errors,
    )
