"""Quotations of an organisation: its list, what it asks for, and one quotation with its versions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import User
from shop.accounts.organisations import organisations_of
from shop.catalogue.models import Variant
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import whole_number
from shop.ordering.approvals.queries import orders_to_approve
from shop.ordering.models import Basket, BasketItem, Order
from shop.quotations.access import Member, member_of
from shop.quotations.models import Quotation
from shop.quotations.reading import (
    find_quotations,
    read_quotation,
    shown_state,
    variants_for_sale,
    version_of,
)
from shop.quotations.receiving import HAS_LEFT
from shop.quotations.reopening import called_off_order
from shop.quotations.requesting import request_quotation
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.goods_receipt_sheets import receipt_sheet
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.quotation_forms import RequestForm
from shop.web.organisation.quotation_ways import ways_to_pay
from shop.web.quotation_sheets import history_of, sheet_of
from shop.web.viewer import current_user_id


@organisation.get("/quotations/new")
@signed_in
def ask_for_quotation() -> Response | str:
    """From a product's page, for whoever is a member: to the form of the only organisation, or to choose from several."""
    own = organisations_of(read_session(), current_user_id())
    sku, source = request.args.get("sku") or None, request.args.get("from") or None
    if len(own) == 1:
        asked: dict[str, Any] = {"slug": own[0].slug, "sku": sku, "from": source}
        return redirect(url_for("organisation.new_quotation", **asked), 302)
    return render_template("organisation/quotation_ask.html", organisations=own, sku=sku, source=source)


@organisation.get("/<slug>/quotations")
@signed_in
def quotations(slug: str) -> str:
    member = own_member(slug)
    number = request.args.get("page", 1, type=int)
    found = find_quotations(read_session(), organisation_id=member.organisation_id, page=number)
    return render_template("organisation/quotations.html", member=member, found=found, now=utc_now())


@organisation.route("/<slug>/quotations/new", methods=["GET", "POST"])
@limiter.limit(FORMS, methods=["POST"])
@signed_in
def new_quotation(slug: str) -> Any:
    member, form, session = own_member(slug), RequestForm(), read_session()
    if not member.makes:
        raise NotFound()
    if request.method == "GET":
        form.begin_with(_begun(session))
        _begin_with_person(form, session)
    elif "more" in request.form:
        form.add_rows()
    form.offer(session)
    if request.method == "GET" or "more" in request.form:
        return render_template("organisation/quotation_new.html", member=member, form=form)
    if not form.validate():
        return render_template("organisation/quotation_new.html", member=member, form=form), 400
    now = utc_now()
    try:
        wish = form.wish()
        number = transact(lambda s: request_quotation(s, member, wish, now=now))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return render_template("organisation/quotation_new.html", member=member, form=form), error.status
    flash(gettext("We have your request and will send you an offer."), "ok")
    return redirect(url_for("organisation.quotation", slug=slug, number=number), 303)


@organisation.get("/<slug>/quotations/<number>")
@signed_in
def quotation(slug: str, number: str) -> str:
    return quotation_page(own_member(slug), number, version=request.args.get("version", type=int))


@organisation.get("/<slug>/quotations/<number>/print")
@signed_in
def print_quotation(slug: str, number: str) -> str:
    return _paper("organisation/quotation_print.html", slug, number)


@organisation.get("/<slug>/quotations/<number>/contract")
@signed_in
def print_contract(slug: str, number: str) -> str:
    """To be stamped, and sent back as a file."""
    return _paper("organisation/quotation_contract.html", slug, number)


def own_member(slug: str) -> Member:
    """Raises NotFound, also for an organisation of others."""
    return member_of(read_session(), slug, current_user_id())


def quotation_page(member: Member, number: str, *, version: int | None = None, **sent: Any) -> str:
    """`sent` is what was typed and refused."""
    session, now = read_session(), utc_now()
    found = read_quotation(session, number, member.organisation_id)
    chosen, newest = version_of(found, version), version_of(found, None)
    order = session.get(Order, found.agreement.order_id) if found.agreement else None
    called_off = called_off_order(session, found.id)
    return render_template(
        "organisation/quotation.html",
        member=member,
        quotation=found,
        state=shown_state(
            found.state, newest.valid_until if newest else None, now, called_off=called_off is not None
        ),
        called_off=called_off,
        newest=newest,
        sheet=sheet_of(session, found, chosen) if chosen else None,
        history=history_of(found),
        asked=asked_goods(session, found),
        ways=ways_to_pay(session, found, newest, member) if newest and member.accepts else None,
        order=order,
        me=current_user_id(),
        received=receipt_sheet(session, number, member.organisation_id) if order else None,
        waits_for_approval=order is not None and bool(orders_to_approve(session, [order.id], now=now)),
        has_left=order is not None and order.status in HAS_LEFT,
        **sent,
    )


def asked_goods(session: Session, found: Quotation) -> list[tuple[Any, int]]:
    """What was asked for, by name, with its quantity."""
    known = {one.id: one for one in variants_for_sale(session)}
    return [(known.get(item.variant_id), item.quantity) for item in found.items]


def _paper(template: str, slug: str, number: str) -> str:
    member, session = own_member(slug), read_session()
    found = read_quotation(session, number, member.organisation_id)
    chosen = version_of(found, request.args.get("version", type=int))
    if chosen is None:
        raise NotFound()
    back = url_for("organisation.quotation", slug=slug, number=number, version=chosen.number)
    return render_template(template, sheet=sheet_of(session, found, chosen), back=back)


def _begun(session: Session) -> dict[int, int]:
    """What the address asks for: one product, or what lies in the basket."""
    if request.args.get("from") == "basket":
        rows = session.execute(
            sa.select(BasketItem.variant_id, BasketItem.quantity)
            .join(Basket, Basket.id == BasketItem.basket_id)
            .where(Basket.user_id == current_user_id())
            .order_by(BasketItem.id)
            .limit(30)
        )
        return {row.variant_id: row.quantity for row in rows}
    variant_id = session.scalar(sa.select(Variant.id).where(Variant.sku == request.args.get("sku", "")))
    if variant_id is None:
        return {}
    try:
        return {variant_id: max(1, whole_number(request.args.get("quantity", "1")))}
    except ValueError:
        return {variant_id: 1}


def _begin_with_person(form: RequestForm, session: Session) -> None:
    person = session.get(User, current_user_id())
    if person is not None:
        form.contact.data, form.phone.data = person.name, person.phone or ""
