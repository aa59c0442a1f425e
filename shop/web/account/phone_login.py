"""Signing in with a mobile number and a code; a number that has no account yet gets one.

Until the code was right, every answer is the same for every number.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Final

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from shop.accounts.contacts import normalise_mobile, readable_phone
from shop.accounts.errors import AccountIsShut, CodeRefused, PhoneNotEnough, TooManyAttempts, TooManyOfNumber
from shop.accounts.one_time_codes import LIFETIME
from shop.accounts.page_texts import consent_versions
from shop.accounts.phone_sign_in import (
    MOST_OF_A_NUMBER,
    check_may_enter,
    register_by_phone,
    send_phone_code,
    take_phone_code,
)
from shop.accounts.proved_phones import PhonePerson, people_of_proved_phone
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, ShopError
from shop.kit.text import whole_number
from shop.storage.field_cipher import FieldCipher
from shop.web.account.blueprint import account
from shop.web.account.consenting import as_text, texts_are_current
from shop.web.account.entering import await_second_factor, let_in
from shop.web.account.forms import CodeForm, PhoneAccountForm, PhoneLoginForm
from shop.web.account.login import login_page
from shop.web.browser_secret import browser_secret, forget, remember, remembered
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.language import current_language
from shop.web.links import safe_next
from shop.web.origin import request_origin

_ASKED: Final = "phone_sign_in"  # to which number a code was sent
_PROVED: Final = "phone_sign_in_proved"  # whose code was right


@account.post("/login/phone")
def phone_sign_in() -> Response | tuple[str, int]:
    form = PhoneLoginForm()
    if not form.validate():
        return login_page(phone_form=form), 400
    try:
        phone = normalise_mobile(form.phone.data or "")
        _send(phone)
    except InvalidInput as error:
        show_errors(form, error)
        return login_page(phone_form=form), 400
    except TooManyAttempts as refused:
        show_errors(form, refused)
        response = make_response(login_page(phone_form=form), refused.status)
        response.headers["Retry-After"] = str(refused.retry_after)
        return response
    remember(_ASKED, phone)
    forget(_PROVED)
    return _on("account.phone_code", form.next.data)


@account.get("/login/phone/code")
def phone_code() -> Response | str:
    asked = remembered(_ASKED, LIFETIME)
    if asked is None:
        return _on("account.login", request.args.get("next"))
    return _code_page(asked[0], CodeForm(next=safe_next(request.args.get("next"), "")))


@account.post("/login/phone/code")
def give_phone_code() -> Response | tuple[str, int]:
    asked = remembered(_ASKED, LIFETIME)
    if asked is None:
        return _on("account.login", request.form.get("next"))
    phone, form = asked[0], CodeForm()
    take = partial(take_phone_code, phone=phone, browser=browser_secret(), now=utc_now())
    if not form.validate():
        return _code_page(phone, form), 400
    typed = form.code.data or ""
    if not transact(lambda session: take(session, typed)):
        show_errors(form, CodeRefused(field="code"))
        return _code_page(phone, form), 400
    forget(_ASKED)
    people = people_of_proved_phone(read_session(), phone)
    if len(people) == 1:
        return _enter(people[0], form.next.data, phone)
    remember(_PROVED, phone)
    return _on("account.phone_who" if people else "account.phone_account", form.next.data)


@account.get("/login/phone/who")
def phone_who() -> Response | str:
    proved = remembered(_PROVED, LIFETIME)
    people = people_of_proved_phone(read_session(), proved[0]) if proved else ()
    if not people:
        return _on("account.login", request.args.get("next"))
    wanted = safe_next(request.args.get("next"), "")
    return render_template(
        "account/phone_who.html", people=people, wanted=wanted, may_add=len(people) < MOST_OF_A_NUMBER
    )


@account.post("/login/phone/who")
def choose_phone_person() -> Response | tuple[str, int]:
    proved, wanted = remembered(_PROVED, LIFETIME), request.form.get("next")
    chosen = request.form.get("person", type=whole_number)
    people = people_of_proved_phone(read_session(), proved[0]) if proved else ()
    person = next((one for one in people if one.id == chosen), None)
    if proved is None or person is None:
        return _on("account.phone_who" if proved else "account.login", wanted)
    return _enter(person, wanted, proved[0])


@account.get("/login/phone/new")
def phone_account() -> Response | str:
    proved = remembered(_PROVED, LIFETIME)
    if proved is None:
        return _on("account.login", request.args.get("next"))
    form = PhoneAccountForm(next=safe_next(request.args.get("next"), ""))
    form.texts.data = as_text(consent_versions(read_session()))
    return _account_page(proved[0], form)


@account.post("/login/phone/new")
def make_phone_account() -> Response | tuple[str, int]:
    proved = remembered(_PROVED, LIFETIME)
    if proved is None:
        return _on("account.login", request.form.get("next"))
    form, versions = PhoneAccountForm(), consent_versions(read_session())
    if all([form.validate(), texts_are_current(form, versions)]):
        register = partial(
            register_by_phone,
            phone=proved[0],
            name=form.name.data or "",
            language=current_language(),
            consents=versions,
            proved_at=datetime.fromtimestamp(proved[1], UTC),
            origin=request_origin(),
            now=utc_now(),
        )
        try:
            return let_in(transact(register), form.next.data, way="phone")
        except (InvalidInput, AccountIsShut, TooManyOfNumber) as error:
            show_errors(form, error)
    form.texts.data = as_text(versions)
    return _account_page(proved[0], form), 400


def _enter(person: PhonePerson, wanted: str | None, phone: str) -> Response | tuple[str, int]:
    """As far as a code leads: in, to the second step, or to a plain word why not."""
    try:
        check_may_enter(person)
    except (AccountIsShut, PhoneNotEnough) as error:
        return _refused(error, phone, wanted)
    if person.asks_second_step:
        await_second_factor(person.id)
        return _on("account.login_code", wanted)
    return let_in(person.id, wanted, way="phone")


def _refused(error: ShopError, phone: str, wanted: str | None) -> tuple[str, int]:
    form = PhoneLoginForm(formdata=None, phone=readable_phone(phone), next=safe_next(wanted, ""))
    show_errors(form, error)
    return login_page(phone_form=form), 400


def _send(phone: str) -> None:
    """Raises TooManyAttempts."""
    send = partial(
        send_phone_code,
        phone=phone,
        browser=browser_secret(),
        cipher=FieldCipher(settings().field_keys),
        language=current_language(),
        origin=request_origin(),
        now=utc_now(),
    )
    transact(send)


def _on(endpoint: str, wanted: str | None) -> Response:
    return make_response(redirect(url_for(endpoint, next=safe_next(wanted, "") or None), 303))


def _code_page(phone: str, form: CodeForm) -> str:
    form.code.data = ""
    return render_template(
        "account/contact_code.html",
        form=form,
        heading=_("The code from the text message"),
        contact=readable_phone(phone),
        action=url_for("account.give_phone_code"),
        press=_("Sign in"),
        again=url_for("account.phone_sign_in"),
        typed={"phone": phone, "next": form.next.data or ""},
        back=url_for("account.login", next=form.next.data or None),
        is_demo=settings().is_demo,
    )


def _account_page(phone: str, form: PhoneAccountForm) -> str:
    return render_template("account/phone_account.html", form=form, phone=readable_phone(phone))
