"""The password again, asked for on the way: a form that was sent is kept, and carried out after the right password.

The page that asks holds what was typed in hidden fields, in the browser that sent it; nothing of it is stored. It goes
to where the form was going, so the step is taken in the one request that brings the password as well.
"""

from __future__ import annotations

from typing import Final

from flask import Response, make_response, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import PasswordField
from wtforms.validators import InputRequired

from shop.accounts.sessions import authenticate_again
from shop.accounts.sign_in import accept_password, begin_again, is_right, note_refusal
from shop.kit.clock import utc_now
from shop.web.database import transact
from shop.web.forms import ShopForm
from shop.web.links import safe_next
from shop.web.origin import request_origin
from shop.web.viewer import current_viewer

ASKED: Final = "password_again"
MOST_CARRIED: Final = 200_000  # characters; a longer form is not written into a page
NOT_CARRIED: Final = (ASKED, "csrf_token")
SECRET: Final = ("password", "secret")  # names of fields that no page may hold


class PasswordAgainForm(ShopForm):
    password_again = PasswordField(
        _("Password"), [InputRequired()], render_kw={"autocomplete": "current-password"}
    )


def password_is_right(user_id: int, password: str) -> bool:
    """Compare the password of somebody who is signed in; counted like a sign-in. Raises TooManyAttempts."""
    now, origin = utc_now(), request_origin()
    candidate = transact(lambda session: begin_again(session, user_id, origin=origin, now=now))
    if not is_right(candidate, password):
        transact(lambda session: note_refusal(session, candidate, origin=origin, now=now))
        return False
    transact(lambda session: accept_password(session, candidate, password))
    return True


def prove_again() -> None:
    """This session has just given the right password."""
    session_id, now = current_viewer().session_id or 0, utc_now()
    transact(lambda session: authenticate_again(session, session_id, now=now))


def can_be_carried() -> bool:
    """Whether a page may hold the form that was sent: no files, no secrets, not too long."""
    if any(upload.filename for upload in request.files.values()):
        return False
    carried = _carried()
    has_secret = any(word in name for name, _ in carried for word in SECRET)
    return not has_secret and sum(len(name) + len(value) for name, value in carried) <= MOST_CARRIED


def ask_on_the_way() -> Response | None:
    """None if the form brought the right password; else the page that asks for it and keeps what was typed."""
    form = PasswordAgainForm()
    typed = request.form.get(ASKED)
    if typed is not None:
        if password_is_right(current_viewer().user_id or 0, typed):
            prove_again()
            return None
        form.password_again.errors = [gettext("This is not your password.")]
    page = render_template(
        "account/password_again.html",
        form=form,
        carried=_carried(),
        action=safe_next(request.full_path.rstrip("?")),
    )
    answer = make_response(page, 401)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _carried() -> list[tuple[str, str]]:
    """What was typed, in its order; names may come more than once."""
    return [pair for pair in request.form.items(multi=True) if pair[0] not in NOT_CARRIED]
