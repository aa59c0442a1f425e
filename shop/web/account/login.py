"""Signing in and out."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for
from flask import session as cookie_session
from sqlalchemy.orm import Session

from shop.accounts.attempts import Origin
from shop.accounts.campus.clients import CampusClients
from shop.accounts.campus.errors import SignOnFailed
from shop.accounts.campus.signing_out import opened_by
from shop.accounts.errors import CodeRefused, SignInRefused, TooManyAttempts
from shop.accounts.sessions import end_token
from shop.accounts.sign_in import Candidate, accept_password, begin_sign_in, is_right, note_refusal
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import ShopError
from shop.web import passkeys, viewer
from shop.web.account.blueprint import account
from shop.web.account.campus import ways_from_campus
from shop.web.account.campus_entry import cipher, waiting_person
from shop.web.account.entering import await_second_factor, awaited_user_id, home_of, let_in
from shop.web.account.forms import CodeForm, LoginForm, PhoneLoginForm
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.form_errors import show_errors
from shop.web.links import safe_next
from shop.web.origin import request_origin
from shop.web.outside_world import with_campus
from shop.web.proofs import code_is_right

JUST_REGISTERED = (
    "just_registered"  # the address that somebody gave a moment ago, for the form that asks for it again
)


@account.get("/login")
def login() -> Response | str:
    person = viewer.current_viewer()
    wanted = request.args.get("next")
    if person.is_authenticated and waiting_person(to_be_linked=True) is None:
        return make_response(redirect(safe_next(wanted, home_of(person))))
    form = LoginForm(next=safe_next(wanted, ""), email=cookie_session.pop(JUST_REGISTERED, None))
    return login_page(form=form, wanted=form.next.data or "")


def login_page(
    *,
    form: LoginForm | None = None,
    phone_form: PhoneLoginForm | None = None,
    error: ShopError | None = None,
    wanted: str = "",
) -> str:
    """All ways to sign in; the form that was sent comes with what was wrong in it, `error` is a passkey's."""
    sent = form or phone_form
    wanted = wanted or str((sent and sent.next.data) or "")
    return render_template(
        "account/login.html",
        form=form or LoginForm(formdata=None, next=wanted),
        phone_form=phone_form or PhoneLoginForm(formdata=None, next=wanted),
        passkey_error=error_message(error) if error else "",
        has_passkeys=passkeys.passkey_site() is not None,
        wanted=wanted,
        ways=ways_from_campus(),
        to_be_linked=waiting_person(to_be_linked=True),
    )


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
        elif candidate.asks_second_step and candidate.user_id is not None:
            await_second_factor(candidate.user_id)
            return make_response(
                redirect(url_for("account.login_code", next=safe_next(form.next.data, "") or None), 303)
            )
        elif candidate.user_id is not None:
            return let_in(candidate.user_id, form.next.data)
    return login_page(form=form), 400


def _must_wait(form: LoginForm, refused: TooManyAttempts) -> Response:
    """The form stays, with the way to a new password: whoever tries ten times has mostly forgotten the old one."""
    show_errors(form, refused)
    response = make_response(login_page(form=form), refused.status)
    response.headers["Retry-After"] = str(refused.retry_after)
    return response


@account.get("/login/code")
def login_code() -> Response | str:
    if awaited_user_id() is None:
        return make_response(redirect(url_for("account.login")))
    return _code_page(CodeForm(next=safe_next(request.args.get("next"), "")))


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
    return _code_page(form), 400


def _code_page(form: CodeForm) -> str:
    return render_template(
        "account/login_code.html", form=form, has_passkeys=passkeys.passkey_site() is not None
    )


@account.post("/logout")
def logout() -> Response:
    """End what this browser's cookies open, on the server too: a copy made before opens nothing."""
    browser_token, now = viewer.browser_token(), utc_now()
    tokens = [token for token in (browser_token, viewer.device_token()) if token]
    onward = _sign_out_there(browser_token)

    def end(session: Session) -> None:
        for token in tokens:
            end_token(session, token, now=now)

    transact(end)
    viewer.leave()
    response = make_response(redirect(onward or "/", 303))
    viewer.forget_device(response)
    return response


def _sign_out_there(browser_token: str | None) -> str | None:
    """Where the university ends its own session, if it opened this one; it does not keep anybody from signing out here."""
    found = opened_by(read_session(), browser_token, cipher=cipher()) if browser_token else None
    if found is None:
        return None
    back = f"{settings().public_url}/"

    def ask(clients: CampusClients) -> str | None:
        client = clients.by_name.get(found.provider)
        return client.sign_out_url(found.id_token, back=back) if client is not None else None

    try:
        return with_campus(ask)
    except SignOnFailed:
        return None


def _checked(email: str, password: str, origin: Origin) -> Candidate | None:
    """Who this is, or None. No transaction is open while the hash is computed. Raises TooManyAttempts."""
    now = utc_now()
    candidate = transact(lambda session: begin_sign_in(session, email, origin=origin, now=now))
    if not is_right(candidate, password):
        transact(lambda session: note_refusal(session, candidate, origin=origin, now=now))
        return None
    transact(lambda session: accept_password(session, candidate, password))
    return candidate
