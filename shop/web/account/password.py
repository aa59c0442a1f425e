"""Changing the password."""

from __future__ import annotations

from flask import Response, flash, render_template
from flask_babel import gettext as _

from shop.accounts.errors import WeakPassword
from shop.accounts.password_resets import change_password, password_facts
from shop.accounts.passwords import hash_password, judge_password
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.web.account.blueprint import account
from shop.web.account.entering import let_in
from shop.web.account.forms import ChangePasswordForm, password_hint
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import signed_in
from shop.web.password_again import password_is_right
from shop.web.viewer import current_user_id


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


def _page(form: ChangePasswordForm) -> str:
    staff, _personal = password_facts(read_session(), current_user_id())
    return render_template("account/security.html", form=form, hint=password_hint(staff=staff))


def _changes(form: ChangePasswordForm, user_id: int) -> bool:
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
