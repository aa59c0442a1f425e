"""Finance asks for an invoice on a buyer's behalf, as when they telephone."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.invoicing.asking import ask_for_invoice
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.ordering.invoice_wish import read_invoice_wish
from shop.ordering.models import InvoiceKind, Order
from shop.ordering.order_desk import read_order
from shop.web.admin.blueprint import admin
from shop.web.admin.invoice_forms import RetitleForm
from shop.web.admin.pages import desk_page
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.viewer import current_user_id


@admin.get("/orders/<number>/invoice")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def order_invoice(number: str) -> str:
    order = read_order(read_session(), number)
    kind = order.invoice_kind if order.invoice_kind is not InvoiceKind.NONE else InvoiceKind.PERSONAL
    said = {"kind": kind.value, "invoice_title": order.invoice_title, "tax_number": order.tax_number}
    return _page(order, RetitleForm(formdata=None, data=said))


@admin.post("/orders/<number>/invoice")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def ask_order_invoice(number: str) -> Any:
    """By the buyer's own rules: what waits says it from now on, what is issued stays."""
    order, form = read_order(read_session(), number), RetitleForm()
    order_id, recipient, actor_id, now = order.id, order.recipient, current_user_id(), utc_now()
    if form.validate():
        try:
            wish = read_invoice_wish(
                InvoiceKind(form.kind.data),
                form.invoice_title.data or "",
                form.tax_number.data or "",
                recipient=recipient,
            )
            transact(partial(ask_for_invoice, order_id=order_id, wish=wish, actor_id=actor_id, now=now))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("The invoice is asked for. It waits among those to issue."), "ok")
            return redirect(url_for("admin.order", number=number), 303)
    return _page(read_order(read_session(), number), form), 400


def _page(order: Order, form: RetitleForm) -> str:
    screen = {
        "title": gettext("Ask for an invoice"),
        "note": order.number,
        "back_href": url_for("admin.order", number=order.number),
        "back_label": gettext("Order %(number)s", number=order.number),
        "submit_label": gettext("Ask for it"),
    }
    return desk_page("admin/form.html", "orders", screen=screen, form=form)
