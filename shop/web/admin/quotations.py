"""Quotations for the team: what waits for an offer, and one quotation with its versions."""

from __future__ import annotations

from typing import Any, Final

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import Organisation, RoleName, User
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.ordering.models import Order
from shop.quotations.contracts import find_contract
from shop.quotations.models import Quotation, QuotationState
from shop.quotations.reading import (
    find_quotations,
    read_quotation,
    shown_state,
    variants_for_sale,
    version_of,
)
from shop.quotations.receiving import receipt_of
from shop.quotations.reopening import called_off_order
from shop.quotations.standing_prices import tiers_to_begin_with
from shop.quotations.transitions import OPEN, WAITS_FOR_SHOP
from shop.quotations.versions import decline, save_draft, send_version
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.quotation_form import VersionForm
from shop.web.admin.saving import act
from shop.web.contract_files import send_contract
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.quotation_sheets import history_of, sheet_of
from shop.web.viewer import current_user_id

LOOKS: Final = {
    "waiting": WAITS_FOR_SHOP,
    **{one.value: (one,) for one in QuotationState},
}


@admin.get("/quotations")
@requires(RoleName.ADMIN)
def quotations() -> str:
    look, text = request.args.get("state", ""), request.args.get("q", "")
    found = find_quotations(
        read_session(),
        states=LOOKS.get(look, ()),
        text=text,
        page=request.args.get("page", 1, type=int),
    )
    return desk_page("admin/quotations.html", "quotations", found=found, look=look, text=text, now=utc_now())


@admin.get("/quotations/<number>")
@requires(RoleName.ADMIN)
def quotation(number: str) -> str:
    session, now = read_session(), utc_now()
    found = read_quotation(session, number)
    newest = version_of(found, None)
    chosen = version_of(found, request.args.get("version", type=int), drafts=True)
    known = {one.id: one for one in variants_for_sale(session)}
    called_off = called_off_order(session, found.id)
    return desk_page(
        "admin/quotation.html",
        "quotations",
        quotation=found,
        organisation=session.get_one(Organisation, found.organisation_id),
        requester=session.get(User, found.requested_by_id) if found.requested_by_id else None,
        state=shown_state(
            found.state, newest.valid_until if newest else None, now, called_off=called_off is not None
        ),
        called_off=called_off,
        sheet=sheet_of(session, found, chosen) if chosen else None,
        history=history_of(found, drafts=True),
        asked=[(known.get(item.variant_id), item.quantity) for item in found.items],
        order=session.get(Order, found.agreement.order_id) if found.agreement else None,
        receipt=receipt_of(session, found.id),
        is_open=found.state in OPEN or (called_off is not None and found.state is QuotationState.ACCEPTED),
    )


@admin.route("/quotations/<number>/version", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def quotation_version(number: str) -> Any:
    """The next version: a draft that is read as its organisation will read it, before it is sent."""
    session, form = read_session(), VersionForm()
    found = read_quotation(session, number)
    if request.method == "GET":
        _begin(form, session, found)
    elif "more" in request.form:
        form.add_lines()
    form.offer(session)
    if request.method == "GET" or "more" in request.form:
        return desk_page("admin/quotation_version.html", "quotations", form=form, quotation=found)
    if not form.validate():
        return desk_page("admin/quotation_version.html", "quotations", form=form, quotation=found), 400
    actor_id, now = current_user_id(), utc_now()
    try:
        wish = form.wish()
        version = transact(lambda s: save_draft(s, number, wish, actor_id=actor_id, now=now))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        again = read_quotation(read_session(), number)
        return desk_page(
            "admin/quotation_version.html", "quotations", form=form, quotation=again
        ), error.status
    flash(gettext("Saved as a draft. Read it as its organisation will, then send it."), "ok")
    return redirect(url_for("admin.quotation", number=number, version=version), 303)


@admin.post("/quotations/<number>/send")
@requires(RoleName.ADMIN)
def send_quotation(number: str) -> Response:
    actor_id, now = current_user_id(), utc_now()
    version, seen = request.form.get("version", 0, type=int), request.form.get("seen", "")
    return act(
        lambda s: send_version(s, number, version, seen_at=seen, actor_id=actor_id, now=now),
        done=gettext("Sent. This version stays as it is."),
        back=url_for("admin.quotation", number=number),
    )


@admin.post("/quotations/<number>/decline")
@requires(RoleName.ADMIN)
def decline_quotation(number: str) -> Response:
    actor_id, now = current_user_id(), utc_now()
    reason = request.form.get("reason", "")
    return act(
        lambda s: decline(s, number, reason, actor_id=actor_id, now=now),
        done=gettext("Declined. Who asked reads why."),
        back=url_for("admin.quotation", number=number),
    )


@admin.get("/quotations/<number>/print")
@requires(RoleName.ADMIN)
def print_quotation(number: str) -> str:
    return _paper("organisation/quotation_print.html", number)


@admin.get("/quotations/<number>/contract")
@requires(RoleName.ADMIN)
def print_quotation_contract(number: str) -> str:
    return _paper("organisation/quotation_contract.html", number)


@admin.get("/quotations/<number>/contracts/<int:contract_id>")
@requires(RoleName.ADMIN)
def quotation_contract(number: str, contract_id: int) -> FlaskResponse:
    return send_contract(find_contract(read_session(), number, contract_id), number)


def _begin(form: VersionForm, session: Session, found: Quotation) -> None:
    newest = version_of(found, None, drafts=True)
    if newest is not None:
        form.copy(newest, newest.lines, is_draft=newest.sent_at is None)
        return
    wanted = {item.variant_id: item.quantity for item in found.items}
    tiers = tiers_to_begin_with(session, found.organisation_id, wanted)
    form.begin_with(wanted, tiers, days=found.wanted, place=found.place)


def _paper(template: str, number: str) -> str:
    session = read_session()
    found = read_quotation(session, number)
    chosen = version_of(found, request.args.get("version", type=int), drafts=True)
    if chosen is None:
        raise NotFound()
    back = url_for("admin.quotation", number=number, version=chosen.number)
    return render_template(template, sheet=sheet_of(session, found, chosen), back=back)
