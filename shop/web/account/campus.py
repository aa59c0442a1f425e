"""Signing in from the campus: to the university's page and back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from shop.accounts.campus.arrivals import keep_arrival
from shop.accounts.campus.errors import (
    AccountClosed,
    SignOnFailed,
    SomebodyElse,
)
from shop.accounts.campus.identities import account_of, link_identity
from shop.accounts.campus.models import Provider
from shop.accounts.campus.people import CampusPerson
from shop.accounts.campus.roster import has_roster
from shop.accounts.errors import SignInRefused
from shop.accounts.models import User
from shop.accounts.second_step import needs_second_step
from shop.extensions import campus_clients
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, NotFound
from shop.web.account.blueprint import account
from shop.web.account.campus_entry import (
    AGAIN,
    LINK,
    SIGN_IN,
    UNDONE,
    Question,
    begin_question,
    cipher,
    keep_entry,
    take_question,
)
from shop.web.account.email_first import after_email
from shop.web.account.entering import await_second_factor, home_of, let_in
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.guards import recently_authenticated, signed_in
from shop.web.limits import FORMS, limiter
from shop.web.links import safe_next
from shop.web.outside_world import with_campus
from shop.web.proofs import prove_again
from shop.web.viewer import current_user_id, current_viewer


def says_what_went_wrong(view: Callable[..., Any]) -> Callable[..., Any]:
    """A page of its own with what to do next, whatever the provider has sent."""

    @wraps(view)
    def careful(*args: Any, **kwargs: Any) -> Any:
        try:
            return view(*args, **kwargs)
        except SignOnFailed as error:
            page = render_template("account/campus_failed.html", reason=error_message(error))
            return make_response(page, error.status)

    return careful


def ways_from_campus() -> list[Provider]:
    """What the page for signing in offers; nothing is said of a provider that is not set up."""
    ways = list(campus_clients().by_name)
    return [*ways, Provider.ROSTER] if has_roster(read_session()) else ways


@account.get("/login/campus")
def campus() -> Response | str:
    wanted = safe_next(request.args.get("next"), "") or None
    ways = ways_from_campus()
    if len(ways) == 1:
        return make_response(redirect(_way(ways[0], wanted)))
    return render_template("account/campus.html", ways=ways, wanted=wanted)


@account.get("/login/campus/<provider>")
@limiter.limit(FORMS)
@says_what_went_wrong
def campus_begin(provider: str) -> Response:
    name = _known(provider)
    person = current_viewer()
    wanted = safe_next(request.args.get("next"), "")
    if person.is_authenticated:
        return make_response(redirect(wanted or home_of(person)))
    return _send_to(name, SIGN_IN, wanted)


@account.post("/account/campus/<provider>/link")
@signed_in
@recently_authenticated
@after_email
@says_what_went_wrong
def campus_link(provider: str) -> Response:
    return _send_to(_known(provider), LINK, url_for("account.campus_links"))


@account.post("/account/campus/<provider>/again")
@signed_in
@says_what_went_wrong
def campus_again(provider: str) -> Response:
    """Somebody without a password proves at the university that it is still them."""
    purpose = UNDONE if request.form.get("undone") else AGAIN
    return _send_to(_known(provider), purpose, safe_next(request.form.get("next")))


@account.get("/login/campus/<provider>/back")
@limiter.limit(FORMS)
@says_what_went_wrong
def campus_back(provider: str) -> Response:
    name = _known(provider)
    question = take_question(name, request.args.get("state", "")[:200])
    sent = {key: value[:4000] for key, value in request.args.items()}
    person = with_campus(lambda clients: clients.by_name[name].finish(sent, question.asked))
    if question.purpose == LINK:
        return link_to_own(person)
    if question.purpose in {AGAIN, UNDONE}:
        return _prove_again(person, question)
    return arrive(person, question.wanted)


def arrive(person: CampusPerson, wanted: str) -> Response:
    """Somebody is who they say: into their account, by the second factor where it has one, or to a choice where there
    is none yet. Raises MembershipEnded, AccountClosed.
    """
    sealing, now = cipher(), utc_now()

    def look(session: Session) -> tuple[str, int | None, bool]:
        user_id = account_of(session, person)
        user = session.get(User, user_id) if user_id is not None else None
        if user is not None and not user.active:
            raise AccountClosed()
        token = keep_arrival(session, person, cipher=sealing, now=now)
        return token, user_id, user_id is not None and needs_second_step(session, user_id)

    token, user_id, one_more_step = transact(look)
    keep_entry(token, links=False)
    if user_id is None:
        return make_response(redirect(url_for("account.campus_new", next=wanted or None), 303))
    if one_more_step:
        await_second_factor(user_id)
        return make_response(redirect(url_for("account.login_code", next=wanted or None), 303))
    return enter_account(user_id, wanted)


def enter_account(user_id: int, wanted: str) -> Response:
    """Raises AccountClosed for one that was shut a moment ago."""
    try:
        return let_in(user_id, wanted, way="campus")
    except SignInRefused:
        raise AccountClosed() from None


def link_to_own(person: CampusPerson) -> Response:
    """To the account that is signed in here; what stands against it is said."""
    user_id, now = current_user_id(), utc_now()
    try:
        transact(lambda session: link_identity(session, user_id, person, now=now).id)
    except Conflict as error:
        flash(error_message(error), "bad")
    else:
        flash(_("Your campus account is linked. From now on you can sign in with it."), "ok")
    return make_response(redirect(url_for("account.campus_links"), 303))


def _prove_again(person: CampusPerson, question: Question) -> Response:
    if account_of(read_session(), person) != current_user_id():
        raise SomebodyElse()
    prove_again()
    if question.purpose == UNDONE:
        flash(_("Thank you. Nothing was done yet: please press the button again."), "warn")
    return make_response(redirect(safe_next(question.wanted), 303))


def _send_to(name: Provider, purpose: str, wanted: str) -> Response:
    asked = begin_question(name, purpose, wanted)
    address = with_campus(lambda clients: clients.by_name[name].begin(asked))
    return make_response(redirect(address, 303 if request.method == "POST" else 302))


def _known(provider: str) -> Provider:
    """Raises NotFound for what this shop does not have."""
    if provider not in set(Provider) or Provider(provider) not in campus_clients().by_name:
        raise NotFound()
    return Provider(provider)


def _way(name: Provider, wanted: str | None) -> str:
    if name is Provider.ROSTER:
        return url_for("account.campus_staff", next=wanted)
    return url_for("account.campus_begin", provider=name.value, next=wanted)
