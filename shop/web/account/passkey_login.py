"""Signing in with a passkey, which is password and second factor in one."""

from __future__ import annotations

from flask import Response, jsonify, make_response, redirect, render_template, request, url_for

from shop.accounts.errors import AccountIsShut, PasskeyRefused, SignInRefused
from shop.accounts.passkey_challenges import Purpose
from shop.web import passkeys
from shop.web.account.blueprint import account
from shop.web.account.entering import awaited_user_id, let_in
from shop.web.account.forms import CodeForm
from shop.web.account.login import login_page
from shop.web.form_errors import show_errors
from shop.web.links import safe_next


@account.post("/login/passkey/options")
def passkey_options() -> Response:
    """What the browser asks whichever key of this shop its person chooses."""
    return jsonify(passkeys.asked_to_sign_in())


@account.post("/login/passkey")
def passkey_sign_in() -> Response | tuple[str, int]:
    try:
        return let_in(passkeys.answered_by(Purpose.SIGN_IN), request.form.get("next"), way="passkey")
    except (PasskeyRefused, SignInRefused) as refused:
        error = AccountIsShut() if isinstance(refused, SignInRefused) else refused
        return login_page(error=error, wanted=safe_next(request.form.get("next"), "")), 400


@account.post("/login/code/passkey")
def passkey_as_code() -> Response | tuple[str, int]:
    """After the password: a key of the same person's."""
    user_id = awaited_user_id()
    if user_id is None:
        return make_response(redirect(url_for("account.login"), 303))
    try:
        if passkeys.answered_by(Purpose.SIGN_IN) != user_id:
            raise PasskeyRefused()
        return let_in(user_id, request.form.get("next"), way="passkey")
    except PasskeyRefused as refused:
        form = CodeForm(formdata=None, next=safe_next(request.form.get("next"), ""))
        show_errors(form, refused)
        return render_template("account/login_code.html", form=form, has_passkeys=True), 400
