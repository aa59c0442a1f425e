"""A new account."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask import session as cookie_session
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from shop.accounts.contact_change import ContactKind, send_first_letter
from shop.accounts.contacts import normalise_email
from shop.accounts.page_texts import consent_versions
from shop.accounts.passwords import hash_password, judge_password
from shop.accounts.registration import register as register_account
from shop.accounts.user_queries import list_units
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.storage.field_cipher import FieldCipher
from shop.web.account.blueprint import account
from shop.web.account.consenting import as_text, texts_are_current
from shop.web.account.email_first import asked_for
from shop.web.account.forms import RegisterForm, password_hint
from shop.web.account.login import JUST_REGISTERED
from shop.web.browser_secret import browser_secret, remember
from shop.web.database import read_session, transact
from shop.web.filters import bilingual
from shop.web.form_errors import Problems, show_errors
from shop.web.language import current_language
from shop.web.links import safe_next
from shop.web.origin import request_origin


@account.get("/register")
def register() -> str:
    form = RegisterForm(next=safe_next(request.args.get("next"), ""))
    form.texts.data = as_text(consent_versions(read_session()))
    return _page(form)


@account.post("/register")
def registered() -> Response | tuple[str, int]:
    """The answer is the same whether the address was free or not; the owner of one that was not is told by mail."""
    form = RegisterForm()
    form.unit_id.choices = unit_choices()
    versions = consent_versions(read_session())
    if all([form.validate(), texts_are_current(form, versions), _is_acceptable(form)]):
        try:
            _register(form, versions)
        except InvalidInput as error:
            show_errors(form, error)
        else:
            cookie_session[JUST_REGISTERED] = form.email.data
            flash(
                _(
                    "Thank you. Please sign in. We have written to the address: with the code in the letter you confirm that it is yours. If you had an account with it already, the letter says so."
                ),
                "ok",
            )
            return make_response(
                redirect(url_for("account.login", next=safe_next(form.next.data, "") or None), 303)
            )
    form.texts.data = as_text(versions)
    return _page(form), 400


def unit_choices() -> list[tuple[str, str]]:
    units = [(str(unit.id), bilingual(unit, "name")) for unit in list_units(read_session())]
    return [("", _("None, or another")), *units]


def chosen_unit(value: str | None) -> int | None:
    return int(value) if value else None


def _is_acceptable(form: RegisterForm) -> bool:
    """Judge address and password also where something else is missing: all that is wrong is said at once."""
    email, name, password = form.email.data or "", form.name.data or "", form.password.data or ""
    try:
        problems = Problems()
        problems.read(lambda: normalise_email(email), "")
        problems.read(
            lambda: judge_password(password, staff=False, personal=(email, name), demo=settings().is_demo),
            None,
        )
        problems.check()
    except InvalidInput as error:
        show_errors(form, error)
        return False
    return True


def _register(form: RegisterForm, versions: Mapping[str, str]) -> None:
    email, name, password = form.email.data or "", form.name.data or "", form.password.data or ""
    password_hash, now = hash_password(password), utc_now()
    origin, language, unit_id = request_origin(), current_language(), chosen_unit(form.unit_id.data)
    address, browser, cipher = normalise_email(email), browser_secret(), FieldCipher(settings().field_keys)
    letter = partial(
        send_first_letter,
        email=address,
        browser=browser,
        cipher=cipher,
        language=language,
        origin=origin,
        now=now,
    )

    def work(session: Session) -> None:
        made = register_account(
            session,
            email=email,
            password_hash=password_hash,
            name=name,
            unit_id=unit_id,
            language=language,
            consents=versions,
            origin=origin,
            now=now,
        )
        if made is not None:
            letter(session, made)

    transact(work)
    remember(asked_for(ContactKind.EMAIL), address)


def _page(form: RegisterForm) -> str:
    form.unit_id.choices = unit_choices()
    return render_template("account/register.html", form=form, hint=password_hint(staff=False))
