"""Proving and changing the mobile number and the e-mail address of one's own account, by a code."""

from __future__ import annotations

from functools import partial

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from shop.accounts.contact_change import (
    ContactKind,
    contact_of,
    read_contact,
    send_contact_code,
    take_contact,
)
from shop.accounts.contacts import readable_phone
from shop.accounts.errors import CodeRefused, EmailNotProved, TooManyAttempts
from shop.accounts.one_time_codes import LIFETIME
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.storage.field_cipher import FieldCipher
from shop.web.account.blueprint import account
from shop.web.account.campus_entry import link_what_waits
from shop.web.account.devices import own_sessions
from shop.web.account.email_first import asked_for, email_first, say_dropped
from shop.web.account.forms import CodeForm, ContactForm
from shop.web.browser_secret import browser_secret, forget, remember, remembered
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import recently_authenticated, signed_in
from shop.web.language import current_language
from shop.web.links import safe_next
from shop.web.origin import request_origin
from shop.web.viewer import current_user_id, current_viewer

_ROUTE = "/account/contact/<kind>"


@account.get(_ROUTE)
@signed_in
@recently_authenticated
def contact(kind: str) -> str:
    """Whoever has not proved the address proves that first; `other`: it is another one."""
    which, wanted = _which(kind), safe_next(request.args.get("next"), "")
    if _waits(which) or (current_viewer().email_waits and "other" not in request.args):
        return email_first(wanted if which is ContactKind.EMAIL else None)
    known, _proved = contact_of(read_session(), current_user_id(), which)
    return _page(which, ContactForm(contact=_readable(which, known or ""), next=wanted))


@account.post(_ROUTE)
@signed_in
@recently_authenticated
def change_contact(kind: str) -> Response | tuple[str, int]:
    which, form = _which(kind), ContactForm()
    if _waits(which):
        return email_first(), EmailNotProved.status
    if not form.validate():
        return _page(which, form), 400
    try:
        wanted = read_contact(which, form.contact.data or "")
        _send(which, wanted)
    except InvalidInput as error:
        show_errors(form, error)
        return _page(which, form), 400
    except TooManyAttempts as refused:
        show_errors(form, refused)
        response = make_response(_page(which, form), refused.status)
        response.headers["Retry-After"] = str(refused.retry_after)
        return response
    remember(asked_for(which), wanted)
    wanted_next = safe_next(form.next.data, "") or None
    return make_response(redirect(url_for("account.contact_code", kind=kind, next=wanted_next), 303))


@account.get(f"{_ROUTE}/code")
@signed_in
def contact_code(kind: str) -> Response | str:
    asked = remembered(asked_for(_which(kind)), LIFETIME)
    if asked is None:
        return make_response(redirect(url_for("account.contact", kind=kind), 303))
    return _code_page(_which(kind), asked[0], CodeForm(next=safe_next(request.args.get("next"), "")))


@account.post(f"{_ROUTE}/code")
@signed_in
@recently_authenticated
def give_contact_code(kind: str) -> Response | tuple[str, int]:
    which, form = _which(kind), CodeForm()
    asked = remembered(asked_for(which), LIFETIME)
    if asked is None:
        return make_response(redirect(url_for("account.contact", kind=kind), 303))
    take = partial(
        take_contact,
        user_id=current_user_id(),
        kind=which,
        contact=asked[0],
        typed=form.code.data or "",
        browser=browser_secret(),
        keep=own_sessions(),
        now=utc_now(),
    )
    dropped = transact(take) if form.validate() else None
    if dropped is not None:
        forget(asked_for(which))
        flash(_("Confirmed. Thank you."), "ok")
        say_dropped(dropped)
        link_what_waits(request_origin())
        return make_response(redirect(safe_next(form.next.data, url_for("account.security")), 303))
    if not form.code.errors:
        show_errors(form, CodeRefused(field="code"))
    return _code_page(which, asked[0], form), 400


def _which(kind: str) -> ContactKind:
    """Raises NotFound."""
    if kind not in set(ContactKind):
        raise NotFound()
    return ContactKind(kind)


def _waits(kind: ContactKind) -> bool:
    return kind is ContactKind.PHONE and current_viewer().email_waits


def _readable(kind: ContactKind, known: str) -> str:
    return readable_phone(known) if known and kind is ContactKind.PHONE else known


def _send(kind: ContactKind, wanted: str) -> None:
    send = partial(
        send_contact_code,
        user_id=current_user_id(),
        kind=kind,
        contact=wanted,
        browser=browser_secret(),
        cipher=FieldCipher(settings().field_keys),
        language=current_language(),
        origin=request_origin(),
        now=utc_now(),
    )
    transact(send)


def _page(kind: ContactKind, form: ContactForm) -> str:
    is_phone = kind is ContactKind.PHONE
    form.contact.label.text = _("Mobile number") if is_phone else _("E-mail")
    keys = (
        {"inputmode": "tel", "autocomplete": "tel"}
        if is_phone
        else {"inputmode": "email", "autocomplete": "email"}
    )
    return render_template("account/contact.html", form=form, kind=kind.value, keys=keys)


def _code_page(kind: ContactKind, wanted: str, form: CodeForm) -> str:
    form.code.data = ""
    is_phone = kind is ContactKind.PHONE
    return render_template(
        "account/contact_code.html",
        form=form,
        heading=_("The code from the text message") if is_phone else _("The code from the letter"),
        contact=_readable(kind, wanted),
        action=url_for("account.give_contact_code", kind=kind.value),
        press=_("Save"),
        again=url_for("account.change_contact", kind=kind.value),
        typed={"contact": wanted, "next": form.next.data or ""},
        back=url_for("account.contact", kind=kind.value, next=form.next.data or None, other=""),
        is_demo=settings().is_demo,
    )
