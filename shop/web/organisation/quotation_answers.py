"""What an organisation answers to an offer: yes, yes with a stamped contract, otherwise, or no more."""

from __future__ import annotations

from functools import partial

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.catalogue.picture_files import MOST_BYTES
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound, ShopError
from shop.payments.errors import NothingToPay, ProviderUnavailable
from shop.payments.models import ON_ACCOUNT
from shop.payments.starting import Pages, start_payment
from shop.payments.terms.accepting import Waits, buy_on_terms
from shop.quotations.accepting import Accepted, Answer, accept_version
from shop.quotations.access import Member
from shop.quotations.contracts import accept_by_contract, find_contract
from shop.quotations.models import AcceptedBy
from shop.quotations.reading import read_quotation, version_of
from shop.quotations.reopening import called_off_order
from shop.quotations.requesting import ask_change, withdraw
from shop.web.contract_files import send_contract
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.guards import signed_in
from shop.web.language import current_language
from shop.web.limits import CHECKOUTS, FORMS, UPLOADS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.quotation_ways import ways_to_pay
from shop.web.organisation.quotations import own_member, quotation_page
from shop.web.outside_world import with_files, with_providers
from shop.web.protection import accepts_uploads


@organisation.post("/<slug>/quotations/<number>/accept")
@limiter.limit(CHECKOUTS)
@signed_in
def accept_quotation(slug: str, number: str) -> Response:
    """Order what the version says; sent twice, it is the same order."""
    member, now = own_member(slug), utc_now()
    try:
        answer = _answer(member, number, AcceptedBy.ONLINE)
        accepted = transact(lambda s: accept_version(s, member, answer, now=now))
    except (InvalidInput, Conflict) as error:
        return _refused(slug, number, error)
    return _settle(member, number, accepted, answer)


@organisation.post("/<slug>/quotations/<number>/contract")
@limiter.limit(UPLOADS)
@signed_in
@accepts_uploads
def upload_contract(slug: str, number: str) -> Response:
    """A stamped contract says yes as well."""
    member, now = own_member(slug), utc_now()
    sent = request.files.get("contract")
    content = sent.read(MOST_BYTES + 1) if sent else b""
    if not content:
        flash(gettext("Please choose a file first."), "bad")
        return _back(slug, number)
    try:
        answer = _answer(member, number, AcceptedBy.CONTRACT)
        accepted = with_files(
            lambda work, store: accept_by_contract(work, store, member, answer, content, now=now)
        )
    except (InvalidInput, Conflict) as error:
        return _refused(slug, number, error)
    return _settle(member, number, accepted, answer)


@organisation.get("/<slug>/quotations/<number>/contracts/<int:contract_id>")
@signed_in
def contract(slug: str, number: str, contract_id: int) -> FlaskResponse:
    member = own_member(slug)
    return send_contract(find_contract(read_session(), number, contract_id, member.organisation_id), number)


@organisation.post("/<slug>/quotations/<number>/change")
@limiter.limit(FORMS)
@signed_in
def change_quotation(slug: str, number: str) -> Response | tuple[str, int]:
    member, now = own_member(slug), utc_now()
    words, version = request.form.get("words", ""), request.form.get("version", 0, type=int)
    try:
        transact(lambda s: ask_change(s, member, number, version, words, now=now))
    except InvalidInput as error:
        return quotation_page(member, number, wish=words, wish_error=error_message(error)), error.status
    except Conflict as error:
        return _refused(slug, number, error)
    flash(gettext("We have read what should be different, and will send you another version."), "ok")
    return _back(slug, number)


@organisation.post("/<slug>/quotations/<number>/withdraw")
@limiter.limit(FORMS)
@signed_in
def withdraw_quotation(slug: str, number: str) -> Response:
    member, now = own_member(slug), utc_now()
    try:
        transact(lambda s: withdraw(s, member, number, now=now))
    except Conflict as error:
        return _refused(slug, number, error)
    flash(gettext("Withdrawn. Nobody goes on working on it."), "ok")
    return _back(slug, number)


def _answer(member: Member, number: str, how: AcceptedBy) -> Answer:
    """What was pressed. Raises NotFound, NoTerms for a way to pay that there is not, OverLimit above the terms' limit."""
    version = request.form.get("version", 0, type=int)
    method = request.form.get("payment_method", "")
    session = read_session()
    found = read_quotation(session, number, member.organisation_id)
    chosen = version_of(found, version)
    if chosen is None:
        raise NotFound()
    if found.agreement is None or called_off_order(session, found.id) is not None:
        ways_to_pay(session, found, chosen, member).refuse(method)
    return Answer(number, version, method, how, current_language(), request.form.get("after", ""))


def _settle(member: Member, number: str, accepted: Accepted, answer: Answer) -> Response:
    """The order stands; now it is accepted on terms, or its transfer begins. What fails there can be tried on its page."""
    order_path = f"{settings().public_url}/orders/{accepted.order_number}"
    now = utc_now()
    try:
        if answer.payment_method == ON_ACCOUNT:
            outcome = with_providers(
                partial(
                    buy_on_terms,
                    order_id=accepted.order_id,
                    organisation_id=member.organisation_id,
                    now=now,
                )
            )
            if isinstance(outcome, Waits):
                flash(
                    gettext("The order is above a limit of your organisation: an approver decides it."),
                    "info",
                )
        else:
            pages = Pages(f"{order_path}/paid", f"{order_path}/pay")
            with_providers(
                partial(
                    start_payment,
                    order_id=accepted.order_id,
                    pages=pages,
                    now=now,
                    method=answer.payment_method,
                )
            )
    except NothingToPay:
        pass  # it was settled before: pressed twice
    except (InvalidInput, Conflict, ProviderUnavailable) as error:
        flash(error_message(error), "warn")
    if accepted.is_new:
        flash(gettext("Accepted. The order is placed at the prices of this version."), "ok")
    return _back(member.slug, number)


def _refused(slug: str, number: str, error: ShopError) -> Response:
    flash(error_message(error), "bad")
    return _back(slug, number)


def _back(slug: str, number: str) -> Response:
    return redirect(url_for("organisation.quotation", slug=slug, number=number), 303)
