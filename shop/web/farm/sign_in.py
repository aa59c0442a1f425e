"""Signing in with a telephone number: the number, six digits by text message, and where a family shares a phone, who.

The answer is the same whether anybody has the number or not. Without a session nothing here is anybody's.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import make_response, redirect, render_template, request, url_for
from flask import session as cookie_session
from werkzeug.wrappers import Response

from shop.accounts.contacts import normalise_mobile, readable_phone
from shop.accounts.device_sign_in import (
    DevicePerson,
    enter_device,
    people_of_phone,
    send_sign_in_code,
    take_sign_in_code,
)
from shop.accounts.errors import TooManyAttempts
from shop.accounts.models import RoleName
from shop.accounts.one_time_codes import LIFETIME
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.kit.references import secret_token
from shop.kit.text import whole_number
from shop.storage.field_cipher import FieldCipher
from shop.web.database import read_session, transact
from shop.web.farm.blueprint import farm
from shop.web.farm.forms import PhoneForm, SixDigitsForm
from shop.web.farm.signing_in import let_in, old_tokens
from shop.web.form_errors import show_errors
from shop.web.limits import FORMS, limiter
from shop.web.links import safe_next
from shop.web.origin import device_name, request_origin
from shop.web.viewer import current_viewer

_BROWSER: Final = "device_sign_in_browser"
_PHONE: Final = "device_sign_in_phone"  # to which a code was sent
_PROVED: Final = "device_sign_in_proved"  # the code was right, and several people have the number
_WRONG: Final = "数字不对，或者过了 10 分钟"


@farm.get("/login")
def login() -> str | Response:
    if RoleName.FARMER in current_viewer().roles:
        return redirect(safe_next(request.args.get("next"), url_for("farm.tasks")), 302)
    return _phone_page(PhoneForm(next=safe_next(request.args.get("next"), "")))


@farm.post("/login")
@limiter.limit(FORMS)
def send_code() -> Response:
    form = PhoneForm()
    if not form.validate():
        return make_response(_phone_page(form), 400)
    cipher, browser = FieldCipher(settings().field_keys), _browser()
    try:
        phone = normalise_mobile(form.phone.data or "")
        origin, now = request_origin(), utc_now()
        transact(
            lambda session: send_sign_in_code(
                session, phone, browser=browser, cipher=cipher, origin=origin, now=now
            )
        )
    except InvalidInput:
        form.phone.errors = ["手机号不对，再看看"]
        return make_response(_phone_page(form), 400)
    except TooManyAttempts as refused:
        show_errors(form, refused)
        response = make_response(_phone_page(form), refused.status)
        response.headers["Retry-After"] = str(refused.retry_after)
        return response
    cookie_session[_PHONE] = [phone, int(now.timestamp())]
    cookie_session.pop(_PROVED, None)
    return redirect(url_for("farm.login_code", next=safe_next(form.next.data, "") or None), 303)


@farm.get("/login/code")
def login_code() -> str | Response:
    phone = _awaited(_PHONE)
    if phone is None:
        return redirect(url_for("farm.login"), 303)
    return _code_page(phone, SixDigitsForm(next=safe_next(request.args.get("next"), "")))


@farm.post("/login/code")
@limiter.limit(FORMS)
def give_digits() -> Response:
    phone = _awaited(_PHONE)
    if phone is None:
        return redirect(url_for("farm.login"), 303)
    form = SixDigitsForm()
    people = _people(form.code.data or "", phone) if form.validate() else ()
    if not people:
        form.code.errors = form.code.errors or [_WRONG]
        return make_response(_code_page(phone, form), 400)
    if len(people) == 1:
        return _enter(people[0], form.next.data)
    cookie_session.pop(_PHONE, None)
    cookie_session[_PROVED] = [phone, int(utc_now().timestamp())]
    return redirect(url_for("farm.login_who", next=safe_next(form.next.data, "") or None), 303)


@farm.get("/login/who")
def login_who() -> str | Response:
    """A family has one telephone: whose work is to be seen on it."""
    phone = _awaited(_PROVED)
    people = people_of_phone(read_session(), phone) if phone else ()
    if not people:
        return redirect(url_for("farm.login"), 303)
    wanted = safe_next(request.args.get("next"), "")
    return render_template("farm/login_who.html", people=people, wanted=wanted, back=url_for("farm.login"))


@farm.post("/login/who")
@limiter.limit(FORMS)
def choose_who() -> Response:
    phone = _awaited(_PROVED)
    chosen = request.form.get("person", type=whole_number)
    people = people_of_phone(read_session(), phone) if phone else ()
    person = next((one for one in people if one.id == chosen), None)
    if person is None:
        return redirect(url_for("farm.login_who" if phone else "farm.login"), 303)
    return _enter(person, request.form.get("next"))


def _people(typed: str, phone: str) -> tuple[DevicePerson, ...]:
    take = partial(take_sign_in_code, typed=typed, phone=phone, browser=_browser(), now=utc_now())
    return tuple(transact(take))


def _enter(person: DevicePerson, wanted: str | None) -> Response:
    open_session = partial(
        enter_device,
        user_id=person.id,
        way="code",
        device=device_name(),
        origin=request_origin(),
        now=utc_now(),
        old_tokens=old_tokens(),
    )
    return let_in(open_session, person.id, wanted)


def _phone_page(form: PhoneForm) -> str:
    return render_template("farm/login.html", form=form)


def _code_page(phone: str, form: SixDigitsForm) -> str:
    return render_template(
        "farm/login_code.html",
        form=form,
        phone=readable_phone(phone),
        back=url_for("farm.login", next=form.next.data or None),
    )


def _awaited(name: str) -> str | None:
    """The number that this browser gave, while what it gave it for still counts."""
    kept = cookie_session.get(name)
    if kept is None or utc_now().timestamp() - kept[1] > LIFETIME.total_seconds():
        return None
    return str(kept[0])


def _browser() -> str:
    """A secret that only this browser holds: a code works where it was asked for."""
    if _BROWSER not in cookie_session:
        cookie_session[_BROWSER] = secret_token()
    secret: str = cookie_session[_BROWSER]
    return secret
