"""Signing in and out."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for
from flask import session as cookie_session
from sqlalchemy.orm import Session

from shop.accounts.attempts import Origin, begin_attempt, take_back_attempt
from shop.accounts.audit import audit
from shop.accounts.errors import CodeRefused, SignInRefused, TooManyAttempts
from shop.accounts.models import AttemptKind
from shop.accounts.second_factor import takes_second_factor
from shop.accounts.sessions import end_token
from shop.accounts.sign_in import Candidate, accept_password, begin_sign_in, is_right, note_refusal
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.storage.field_cipher import FieldCipher
from shop.web import viewer
from shop.web.account.blueprint import account
from shop.web.account.entering import await_second_factor, awaited_user_id, home_of, let_in
from shop.web.account.forms import CodeForm, LoginForm
from shop.web.database import transact
from shop.web.form_errors import show_errors
from shop.web.links import safe_next
from shop.web.origin import request_origin

JUST_REGISTERED = (
    "just_registered"  # the address that somebody gave a moment ago, for the form that asks for it again
)


@account.get("/login")
def login() -> Response | str:
    person = viewer.current_viewer()
    wanted = request.args.get("next")
    if person.is_authenticated:
        return make_response(redirect(safe_next(wanted, home_of(person))))
    form = LoginForm(next=safe_next(wanted, ""), email=cookie_session.pop(JUST_REGISTERED, None))
    return render_template("account/login.html", form=form)


@account.post("/login")
def sign_in() -> Response | tuple[str, int]:
    form = LoginForm()
    if form.validate():
        try:
            candidate = _checked(form.email.data or "", form.password.data or "", request_origin())
        except TooManyAttempts as refused:
            return _must_wait(form, refused)
        if candidate is None:
            show_errors(form, SignInRefused())
        elif candidate.has_second_factor and candidate.user_id is not None:
            await_second_factor(candidate.user_id)
            return make_response(
                redirect(url_for("account.login_code", next=safe_next(form.next.data, "") or None), 303)
            )
        elif candidate.user_id is not None:
            return let_in(candidate.user_id, form.next.data)
    return render_template("account/login.html", form=form), 400


def _must_wait(form: LoginForm, refused: TooManyAttempts) -> Response:
    """The form stays, with the way to a new password: whoever tries ten times has mostly forgotten the old one."""
    show_errors(form, refused)
    response = make_response(render_template("account/login.html", form=form), refused.status)
    response.headers["Retry-After"] = str(refused.retry_after)
    return response


@account.get("/login/code")
def login_code() -> Response | str:
    if awaited_user_id() is None:
        return make_response(redirect(url_for("account.login")))
    return render_template(
        "account/login_code.html", form=CodeForm(next=safe_next(request.args.get("next"), ""))
    )


@account.post("/login/code")
def give_code() -> Response | tuple[str, int]:
    user_id = awaited_user_id()
    if user_id is None:
        return make_response(redirect(url_for("account.login"), 303))
    form = CodeForm()
    if form.validate():
        if code_is_right(user_id, form.code.data or "", request_origin()):
            return let_in(user_id, form.next.data)
        show_errors(form, CodeRefused(field="code"))
    return render_template("account/login_code.html", form=form), 400


@account.post("/logout")
def logout() -> Response:
    """End what this browser's cookies open, on the server too: a copy made before opens nothing."""
    tokens, now = [token for token in (viewer.browser_token(), viewer.device_token()) if token], utc_now()

    def end(session: Session) -> None:
        for token in tokens:
            end_token(session, token, now=now)

    transact(end)
    viewer.leave()
    response = make_response(redirect("/", 303))
    viewer.forget_device(response)
    return response


def code_is_right(user_id: int, typed: str, origin: Origin) -> bool:
    """Compare a second factor; a wrong one counts as a failed sign-in. Raises TooManyAttempts."""
    now, cipher = utc_now(), FieldCipher(settings().field_keys)
    attempt_id = transact(
        lambda session: begin_attempt(
            session, AttemptKind.SIGN_IN, f"second factor {user_id}", origin=origin, now=now
        )
    )
    right = transact(lambda session: takes_second_factor(session, user_id, typed, cipher=cipher, now=now))
    if right:
        transact(lambda session: take_back_attempt(session, attempt_id))
    else:
        transact(lambda session: audit(session, user_id, "second_factor.refused", "user", user_id, now=now))
    return right


def _checked(email: str, password: str, origin: Origin) -> Candidate | None:
    """Who this is, or None. No transaction is open while the hash is computed. Raises TooManyAttempts."""
    now = utc_now()
    candidate = transact(lambda session: begin_sign_in(session, email, origin=origin, now=now))
    if not is_right(candidate, password):
        transact(lambda session: note_refusal(session, candidate, origin=origin, now=now))
        return None
    transact(lambda session: accept_password(session, candidate, password))
    return candidate
