"""What a person can do about their own data: see consents, take a copy, correct, ask the shop, erase."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from shop.accounts.consents import consents_of
from shop.accounts.page_texts import consent_versions
from shop.accounts.privacy_models import UNSETTLED, AboutWhat, AskedFor
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.privacy.asking import ask, call_off, is_added_to, requests_of
from shop.privacy.desk import HELD_BACK, KIND_WORDS, status_word
from shop.privacy.planned import planned_by
from shop.web.account.blueprint import account
from shop.web.account.forms import EmptyForm
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import recently_authenticated, signed_in
from shop.web.password_again import was_asked
from shop.web.personal_copies import send_copy
from shop.web.viewer import current_user_id

# Erasure has a page of its own.
OFFERED: Final = (AskedFor.CORRECTION, AskedFor.COPY, AskedFor.OBJECTION, AskedFor.HOUSEHOLD)
_NEEDED: Final = DataRequired(lazy_gettext("Please fill this in."))


ADDED_OR_NEW: Final = {
    True: lazy_gettext("Added to your request that waits for an answer. You find the answer here."),
    False: lazy_gettext("Written down. You find the answer here."),
}


class AskForm(ShopForm):
    kind = RadioField(
        lazy_gettext("What do you want?"),
        [_NEEDED],
        choices=[(kind.value, lazy_gettext(KIND_WORDS[kind])) for kind in OFFERED],
    )
    text = TextAreaField(lazy_gettext("In a sentence or two"), [_NEEDED, Length(max=1000)])
    contact = StringField(lazy_gettext("Where to answer, if not to your e-mail address"), [Length(max=120)])


@account.get("/account/privacy")
@signed_in
def privacy() -> str:
    return _page(AskForm(formdata=None))


@account.post("/account/privacy/copy")
@signed_in
@recently_authenticated
def own_copy() -> BaseResponse:
    if was_asked():
        flash(_("Thank you. Now you can download it."), "ok")
        return redirect(url_for("account.privacy"), 303)
    return send_copy(AboutWhat.USER, str(current_user_id()))


@account.post("/account/privacy/requests")
@signed_in
def ask_about_data() -> BaseResponse | tuple[str, int]:
    form, user_id, now = AskForm(), current_user_id(), utc_now()
    if form.validate():
        kind, text, contact = AskedFor(form.kind.data), form.text.data or "", form.contact.data or ""
        about: dict[str, Any] = {"asked_by_id": user_id, "text": text, "contact": contact, "now": now}
        try:
            added = transact(
                lambda session: is_added_to(ask(session, kind, AboutWhat.USER, str(user_id), **about), now)
            )
        except InvalidInput as error:
            show_errors(form, error)
        else:
            flash(ADDED_OR_NEW[added], "ok")
            return redirect(url_for("account.privacy"), 303)
    return _page(form), 400


@account.post("/account/privacy/requests/<number>/withdraw")
@signed_in
def withdraw_request(number: str) -> BaseResponse:
    user_id, now = current_user_id(), utc_now()
    if transact(lambda session: call_off(session, number, user_id, now=now)):
        flash(_("Taken back."), "ok")
    else:
        flash(_("This was settled meanwhile."), "info")
    return redirect(url_for("account.privacy"), 303)


def _page(form: AskForm) -> str:
    session, user_id = read_session(), current_user_id()
    asked = requests_of(session, AboutWhat.USER, str(user_id))
    erasure = next((one for one in asked if one.kind is AskedFor.ERASURE and one.status in UNSETTLED), None)
    return render_template(
        "account/privacy.html",
        form=form,
        button=EmptyForm(formdata=None),
        consents=consents_of(session, user_id),
        versions=consent_versions(session),
        asked=asked,
        erasure=erasure,
        planned=planned_by(session, erasure, now=utc_now()),
        held_back=HELD_BACK,
        kinds=KIND_WORDS,
        status_word=status_word,
        unsettled=UNSETTLED,
        today=shanghai_date(utc_now()),
    )
