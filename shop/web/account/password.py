"""How the account is opened: its password, passkeys, second factor, contacts and devices on one page."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _

from shop.accounts.contact_change import ContactKind, contact_of
from shop.accounts.contacts import readable_phone
from shop.accounts.errors import WeakPassword
from shop.accounts.passkeys import list_passkeys
from shop.accounts.password_resets import change_password, password_facts
from shop.accounts.passwords import hash_password, judge_password
from shop.accounts.sessions import open_sessions
from shop.accounts.ways_in import ways_of
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.web import passkeys
from shop.web.account.blueprint import account
from shop.web.account.campus import ways_from_campus
from shop.web.account.devices import own_sessions
from shop.web.account.entering import let_in
from shop.web.account.forms import ChangePasswordForm, FirstPasswordForm, password_hint
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import recently_authenticated, signed_in
from shop.web.proofs import password_is_right
from shop.web.viewer import current_user_id, current_viewer


@account.get("/account/security")
@signed_in
def security() -> str:
    return _page(ChangePasswordForm())


@account.post("/account/password")
@signed_in
def password_changed() -> Response | tuple[str, int]:
    """Every session ends; this browser gets a new one."""
    form = ChangePasswordForm()
    if form.validate():
        user_id = current_user_id()
        if not password_is_right(user_id, form.current.data or ""):
            form.current.errors = [_("This is not your password.")]
        elif _changes(form, user_id):
            response = let_in(user_id, "/account/security")
            flash(_("Your password is changed. Other devices are signed out."), "ok")
            return response
    return _page(form), 400


@account.get("/account/password/first")
@signed_in
@recently_authenticated
def first_password() -> Response | str:
    """For who came by telephone, a passkey or the campus and has none."""
    return _away() or _first_page(FirstPasswordForm())


@account.post("/account/password/first")
@signed_in
@recently_authenticated
def set_first_password() -> Response | tuple[str, int]:
    form = FirstPasswordForm()
    away = _away()
    if away is not None:
        return away
    if form.validate() and _changes(form, current_user_id()):
        response = let_in(current_user_id(), "/account/security")
        flash(_("Your password is set. Other devices are signed out."), "ok")
        return response
    return _first_page(form), 400


def _away() -> Response | None:
    """Who has a password changes it; without an address it would open nothing."""
    session, user_id = read_session(), current_user_id()
    if ways_of(session, user_id).password:
        return make_response(redirect(url_for("account.security"), 303))
    if contact_of(session, user_id, ContactKind.EMAIL)[0] is None:
        flash(_("A password goes with an e-mail address. Please add yours first."), "info")
        return make_response(redirect(url_for("account.contact", kind="email"), 303))
    return None


def _first_page(form: FirstPasswordForm) -> str:
    staff, _personal = password_facts(read_session(), current_user_id())
    return render_template("account/first_password.html", form=form, hint=password_hint(staff=staff))


def _page(form: ChangePasswordForm) -> str:
    session, user_id, now = read_session(), current_user_id(), utc_now()
    staff, _personal = password_facts(session, user_id)
    email, email_proved = contact_of(session, user_id, ContactKind.EMAIL)
    phone, phone_proved = contact_of(session, user_id, ContactKind.PHONE)
    return render_template(
        "account/security.html",
        form=form,
        hint=password_hint(staff=staff),
        ways=ways_of(session, user_id),
        has_authenticator=current_viewer().has_authenticator,
        campus_ways=ways_from_campus(),
        passkeys=list_passkeys(session, user_id),
        has_passkeys=passkeys.passkey_site() is not None,
        is_demo=settings().is_demo,
        email=email,
        email_proved=email_proved,
        phone=readable_phone(phone) if phone else "",
        phone_proved=phone_proved,
        sessions=open_sessions(session, user_id, now=now),
        own=own_sessions(),
    )


def _changes(form: ChangePasswordForm | FirstPasswordForm, user_id: int) -> bool:
    password, now = form.password.data or "", utc_now()
    staff, personal = password_facts(read_session(), user_id)
    try:
        judge_password(password, staff=staff, personal=personal, demo=settings().is_demo)
    except WeakPassword as error:
        show_errors(form, error)
        return False
    password_hash = hash_password(password)
    transact(lambda session: change_password(session, user_id, password_hash, now=now))
    return True
