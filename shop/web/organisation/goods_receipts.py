"""验收: what arrived of a quotation is written down, confirmed by a second person, and printed."""

from __future__ import annotations

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import typed_number
from shop.payments.short_deliveries import units_refunded
from shop.quotations.access import Member
from shop.quotations.receiving import Arrived, confirm_receipt, write_receipt
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.goods_receipt_sheets import ReceiptSheet, receipt_sheet
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.quotations import own_member


@organisation.route("/<slug>/quotations/<number>/receipt", methods=["GET", "POST"])
@limiter.limit(FORMS, methods=["POST"])
@signed_in
def goods_receipt(slug: str, number: str) -> Response | str | tuple[str, int]:
    member = own_member(slug)
    sheet = _sheet(slug, number)
    if not member.receives:
        raise NotFound()
    if request.method == "GET":
        return render_template("organisation/goods_receipt.html", member=member, sheet=sheet, typed={})
    arrived, now = _typed(sheet), utc_now()
    words = request.form.get("words", "")
    try:
        transact(lambda s: _write(s, member, number, sheet.order.id, arrived, words, now))
    except InvalidInput as error:
        again = render_template(
            "organisation/goods_receipt.html",
            member=member,
            sheet=_sheet(slug, number),
            typed=request.form,
            wrong=error.errors,
        )
        return again, error.status
    except Conflict as error:
        flash(error_message(error), "bad")
    else:
        flash(gettext("Written down."), "ok")
    return redirect(url_for("organisation.quotation", slug=slug, number=number), 303)


@organisation.post("/<slug>/quotations/<number>/receipt/confirm")
@limiter.limit(FORMS)
@signed_in
def confirm_goods_receipt(slug: str, number: str) -> Response:
    member, now, seen_at = own_member(slug), utc_now(), request.form.get("seen", "")
    try:
        transact(lambda s: confirm_receipt(s, member, number, seen_at, now=now))
    except Conflict as error:
        flash(error_message(error), "bad")
    else:
        flash(gettext("Confirmed by a second person."), "ok")
    return redirect(url_for("organisation.quotation", slug=slug, number=number), 303)


@organisation.get("/<slug>/quotations/<number>/receipt/print")
@signed_in
def print_goods_receipt(slug: str, number: str) -> str:
    """With what was written, or empty to be filled in by hand beside the goods."""
    own_member(slug)
    back = url_for("organisation.quotation", slug=slug, number=number)
    return render_template("organisation/goods_receipt_print.html", sheet=_sheet(slug, number), back=back)


def _write(
    session: Session,
    member: Member,
    number: str,
    order_id: int,
    arrived: dict[int, Arrived],
    words: str,
    now: datetime,
) -> None:
    refunded = units_refunded(session, order_id)
    write_receipt(session, member, number, arrived, words, refunded=refunded, now=now)


def _sheet(slug: str, number: str) -> ReceiptSheet:
    """Raises NotFound, also before the quotation is ordered."""
    member = own_member(slug)
    return receipt_sheet(read_session(), number, member.organisation_id)


def _typed(sheet: ReceiptSheet) -> dict[int, Arrived]:
    """By order line, as far as it is a number."""
    found = {}
    for line in sheet.lines:
        try:
            units = typed_number(request.form.get(f"arrived-{line.id}", ""))
        except ValueError:
            continue
        found[line.id] = Arrived(units, request.form.get(f"words-{line.id}", ""))
    return found
