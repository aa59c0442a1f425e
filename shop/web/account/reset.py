"""A new password by a link in a message."""

from __future__ import annotations

from functools import partial

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask import session as cookie_session
from flask_babel import gettext as _

from shop.accounts.contacts import normalise_email
from shop.accounts.errors import LinkExpired
from shop.accounts.events import DroppedWay
from shop.accounts.password_resets import password_facts, request_reset, reset_password, whose_reset
from shop.accounts.passwords import hash_password, judge_password
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.notifications.what_stays import read_what_stays
from shop.web.account.blueprint import account
from shop.web.account.email_first import say_dropped, say_left
from shop.web.account.forms import NewPasswordForm, ResetForm, password_hint
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.form_errors import show_errors
from shop.web.language import current_language
from shop.web.origin import request_origin
from shop.web.viewer import leave

_TOKEN = "reset_token"  # noqa: S105  the name of a place in the cookie


@account.get("/reset")
def reset() -> str:
    return render_template("account/reset.html", form=ResetForm())


@account.post("/reset")
def ask_reset() -> Response | tuple[str, int]:
    """The same answer for every address."""
    form = ResetForm()
    if not form.validate():
        return render_template("account/reset.html", form=form), 400
    try:
        email = normalise_email(form.email.data or "")
    except InvalidInput as error:
        show_errors(form, error)
        return render_template("account/reset.html", form=form), 400
    language, origin, now = current_language(), request_origin(), utc_now()
    transact(lambda session: request_reset(session, email, language=language, origin=origin, now=now))
    flash(
        _("If there is an account with this address, a link is on its way. It works for 30 minutes."), "info"
    )
    return make_response(redirect(url_for("account.reset"), 303))


@account.get("/reset/new")
def new_password() -> Response | str:
    """The link leads here with its token, which moves into the cookie at once and out of the address bar."""
    if "token" in request.args:
        cookie_session[_TOKEN] = request.args["token"][:200]
        return make_response(redirect(url_for("account.new_password")))
    try:
        return _page(NewPasswordForm())
    except LinkExpired as error:
        return _start_again(error)


@account.post("/reset/new")
def set_new_password() -> Response | tuple[str, int]:
    form = NewPasswordForm()
    if form.validate():
        try:
            user_id, dropped = _set(form.password.data or "")
        except LinkExpired as error:
            return _start_again(error)
        except InvalidInput as error:
            show_errors(form, error)
        else:
            leave()
            flash(_("Your new password is set. Please sign in."), "ok")
            say_dropped(dropped)
            if dropped:
                say_left(read_what_stays(read_session(), user_id))
            return make_response(redirect(url_for("account.login"), 303))
    try:
        return _page(form), 400
    except LinkExpired as error:
        return _start_again(error)


def _page(form: NewPasswordForm) -> str:
    """Raises LinkExpired."""
    session = read_session()
    staff, _personal = password_facts(session, whose_reset(session, _token(), now=utc_now()))
    return render_template("account/new_password.html", form=form, hint=password_hint(staff=staff))


def _set(password: str) -> tuple[int, tuple[DroppedWay, ...]]:
    """Whose it is, and what of the account is gone."""
    token, now = _token(), utc_now()
    session = read_session()
    user_id = whose_reset(session, token, now=now)
    staff, personal = password_facts(session, user_id)
    judge_password(password, staff=staff, personal=personal, demo=settings().is_demo)
    password_hash = hash_password(password)
    set_it = partial(
        reset_password, token=token, password_hash=password_hash, language=current_language(), now=now
    )
    return user_id, transact(set_it)


def _token() -> str:
    return str(cookie_session.get(_TOKEN, ""))


def _start_again(error: LinkExpired) -> Response:
    cookie_session.pop(_TOKEN, None)
    flash(error_message(error), "warn")
    return make_response(redirect(url_for("account.reset"), 303))
