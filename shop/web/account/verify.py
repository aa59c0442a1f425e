"""The password again, before something that hurts."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, request
from flask_babel import gettext as _

from shop.accounts.sessions import authenticate_again
from shop.accounts.sign_in import accept_password, begin_again, is_right, note_refusal
from shop.kit.clock import utc_now
from shop.web.account.blueprint import account
from shop.web.account.forms import VerifyForm
from shop.web.database import transact
from shop.web.guards import signed_in
from shop.web.links import safe_next
from shop.web.origin import request_origin
from shop.web.viewer import current_user_id, current_viewer


@account.get("/verify")
@signed_in
def verify() -> str:
    wanted = {
        "next": safe_next(request.args.get("next")),
        "undone": "1" if request.args.get("undone") else "",
    }
    return render_template("account/verify.html", form=VerifyForm(**wanted))


@account.post("/verify")
@signed_in
def verified() -> Response | tuple[str, int]:
    form = VerifyForm()
    if form.validate():
        if password_is_right(current_user_id(), form.password.data or ""):
            session_id, now = current_viewer().session_id or 0, utc_now()
            transact(lambda session: authenticate_again(session, session_id, now=now))
            if form.undone.data:
                flash(_("Thank you. Nothing was done yet: please press the button again."), "warn")
            return make_response(redirect(safe_next(form.next.data), 303))
        form.password.errors = [_("This is not your password.")]
    return render_template("account/verify.html", form=form), 400


def password_is_right(user_id: int, password: str) -> bool:
    """Compare the password of somebody who is signed in; counted like a sign-in. Raises TooManyAttempts."""
    now, origin = utc_now(), request_origin()
    candidate = transact(lambda session: begin_again(session, user_id, origin=origin, now=now))
    if not is_right(candidate, password):
        transact(lambda session: note_refusal(session, candidate, origin=origin, now=now))
        return False
    transact(lambda session: accept_password(session, candidate, password))
    return True
