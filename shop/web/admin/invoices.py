"""Invoices as a work list by seller: what waits to be issued or taken back, with its age; and one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName
from shop.canteens.unsettled import unsettled_invoices, unsettled_orders
from shop.catalogue.desk import all_of
from shop.catalogue.models import Seller
from shop.invoicing.billing import amounts_to_bill
from shop.invoicing.desk import (
    InvoiceState,
    alike_requests,
    find_invoices,
    goods_to_bill,
    read_invoice,
    units_that_stand,
)
from shop.invoicing.models import Invoice, InvoiceStatus, RedLetter
from shop.invoicing.rates import invoiced_rates, rates_to_bill
from shop.invoicing.tax_parts import tax_in
from shop.invoicing.transitions import OPEN_RED, WAITING
from shop.invoicing.words import CAUSES, REASONS
from shop.kit.clock import month_of, months_before, shanghai_date, utc_now
from shop.kit.text import msg
from shop.payments.statements.payers import other_payers
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.invoice_forms import (
    ConfirmationForm,
    CorrectForm,
    DemandRedForm,
    RecordForm,
    RedForm,
    RetitleForm,
)
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.pages import desk_page
from shop.web.admin.words import options, status_options
from shop.web.database import read_session
from shop.web.filters import bilingual, yuan
from shop.web.guards import requires
from shop.web.times import waited

AGES: Final = (3, 7, 30)


def _age(row: Any) -> str:
    return waited(row.since, utc_now()) if row.since is not None else ""


def _amount(row: Any) -> Any:
    if row.amount_fen is not None and row.is_at_most:
        return gettext("at most %(amount)s", amount=yuan(row.amount_fen, sign=False))
    return row.amount_fen


COLUMNS: Final = (
    Column("number", msg("Request"), head=True, link=lambda row: url_for("admin.invoice", invoice_id=row.id)),
    Column("seller", msg("Seller"), value=lambda row: bilingual(row, "seller")),
    Column("title", msg("Invoice title"), wide=True),
    Column("orders", msg("Orders"), kind="number"),
    Column("amount_fen", msg("Amount"), kind="money", value=_amount),
    Column("requested_at", msg("Asked for on"), kind="moment"),
    Column("age", msg("Waiting"), value=_age),
    Column("state", msg("State"), kind="status:invoice_state"),
    Column("document_number", msg("Invoice number"), wide=True),
)


def _sellers(session: Session) -> list[tuple[str, str]]:
    return options(all_of(session, Seller))


def _states(_session: Session) -> list[tuple[str, str]]:
    return status_options("invoice_state")


def _ages(_session: Session) -> list[tuple[str, str]]:
    return [
        (str(days), ngettext("longer than %(num)s day", "longer than %(num)s days", days)) for days in AGES
    ]


FILTERS: Final = (
    Filter("q", msg("Number, title or order")),
    Filter("seller", msg("Seller"), "select", _sellers),
    Filter("state", msg("State"), "select", _states, begins=InvoiceState.WAITING),
    Filter("age", msg("Waiting"), "select", _ages),
)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    typed, age = wanted.values.get("state"), wanted.number("age")
    state = InvoiceState(typed) if typed in set(InvoiceState) else None
    found = find_invoices(
        session,
        state=state,
        seller_id=wanted.number("seller"),
        typed=wanted.text("q"),
        older_than=utc_now() - timedelta(days=age) if age in AGES else None,
        page=wanted.page,
    )
    at_most = unsettled_invoices(session, [one.id for one in found.items])
    return found.map(lambda one: replace(one, is_at_most=one.id in at_most))


@admin.get("/invoices")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def invoices() -> str:
    screen = list_screen(
        read_session(),
        title=msg("Invoices"),
        note=msg("What buyers asked for and what has to be taken back, the oldest first."),
        columns=COLUMNS,
        filters=FILTERS,
        rows=_rows,
        endpoint="admin.invoices",
        empty=msg("Nobody waits for an invoice."),
    )
    today = shanghai_date(utc_now())
    days = {"from": months_before(month_of(utc_now()), 1).isoformat(), "to": today.isoformat()}
    return desk_page("admin/invoices.html", "invoices", screen=screen, days=days)


@admin.get("/invoices/<int:invoice_id>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def invoice(invoice_id: int) -> str:
    return invoice_page(invoice_id)


def invoice_page(invoice_id: int, **sent: Any) -> str:
    """`sent` are forms that were refused, by their names in the template."""
    session = read_session()
    shown = read_invoice(session, invoice_id)
    red = open_red_of(shown)
    forms: dict[str, Any] = {
        "record_form": RecordForm(formdata=None),
        "red_form": RedForm(formdata=None),
        "correct_form": CorrectForm(formdata=None, prefix=CorrectForm.PREFIX),
        "retitle_form": _retitle_form(shown),
        "demand_form": DemandRedForm(formdata=None, prefix=DemandRedForm.PREFIX),
        "confirmation_form": ConfirmationForm(formdata=None),
    }
    waits, goods = shown.status in WAITING, goods_to_bill(session, shown)
    rates = rates_to_bill(session, shown) if waits else invoiced_rates(session, shown.id)
    return desk_page(
        "admin/invoice.html",
        "invoices",
        invoice=shown,
        state=_state(shown, red),
        red=red,
        waits=waits,
        amount_fen=amounts_to_bill(session, [(shown.id, shown.seller_id)])[shown.id]
        if waits
        else shown.amount_fen,
        rates=[(rate, tax_in(rate.fen, rate.tax_rate_bp)) for rate in rates],
        goods=goods,
        standing=units_that_stand(session, goods) if waits else {line.id: line.quantity for line in goods},
        unsettled=unsettled_orders(session, [one.order_id for one in shown.orders]) if waits else {},
        alike=alike_requests(session, shown),
        paid_by=other_payers(session, [one.order_id for one in shown.orders], shown.title),
        reason=gettext(REASONS[shown.reason]) if shown.reason in REASONS else shown.reason,
        causes=CAUSES,
        waited=waited(shown.requested_at, utc_now()) if shown.status is InvoiceStatus.REQUESTED else "",
        **{**forms, **sent},
    )


def open_red_of(shown: Invoice) -> RedLetter | None:
    return next((one for one in shown.red_letters if one.status in OPEN_RED), None)


def _state(shown: Invoice, red: RedLetter | None) -> str:
    return InvoiceState.RED_DUE if red is not None else shown.status


def _retitle_form(shown: Invoice) -> RetitleForm:
    said = {"kind": shown.kind.value, "invoice_title": shown.title, "tax_number": shown.tax_number}
    return RetitleForm(formdata=None, prefix=RetitleForm.PREFIX, data=said)
