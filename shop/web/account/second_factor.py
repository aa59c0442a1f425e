"""Setting up the second factor, and switching it off."""

from __future__ import annotations

import segno
from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from shop.accounts.errors import CodeRefused, NoSecondFactor
from shop.accounts.second_factor import (
    confirm_enrolment,
    enrolment_uri,
    offer_enrolment,
    recovery_codes_left,
    renew_recovery_codes,
    reopen_enrolment,
    switch_off,
)
from shop.accounts.second_step import SECOND_FACTOR_ROLES
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.storage.field_cipher import FieldCipher
from shop.web.account.blueprint import account
from shop.web.account.email_first import after_email
from shop.web.account.forms import EmptyForm, EnrolmentForm
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.form_errors import show_errors
from shop.web.guards import recently_authenticated, signed_in
from shop.web.links import safe_next
from shop.web.shop_settings import current_shop_settings
from shop.web.viewer import current_user_id, current_viewer


@account.get("/account/second-factor")
@signed_in
@recently_authenticated
@after_email
def second_factor() -> str:
    if current_viewer().has_authenticator:
        left = recovery_codes_left(read_session(), current_user_id())
        return render_template(
            "account/second_factor_on.html", form=EmptyForm(), demanded=is_demanded(), codes_left=left
        )
    return _enrolment(EnrolmentForm(next=safe_next(request.args.get("next"), "")))


@account.post("/account/second-factor")
@signed_in
@recently_authenticated
@after_email
def enable_second_factor() -> Response | str | tuple[str, int]:
    form, user_id, cipher, now = EnrolmentForm(), current_user_id(), _cipher(), utc_now()
    offered = reopen_enrolment(user_id, form.offer.data or "", cipher=cipher)
    if offered is None or not form.validate():
        return _enrolment(form), 400
    secret, typed = offered.secret, form.code.data or ""
    try:
        codes = transact(
            lambda session: confirm_enrolment(session, user_id, secret, typed, cipher=cipher, now=now)
        )
    except CodeRefused as error:
        show_errors(form, error)
        return _enrolment(form), 400
    return _codes(codes, safe_next(form.next.data, url_for("account.security")))


@account.post("/account/second-factor/codes")
@signed_in
@recently_authenticated
def new_recovery_codes() -> Response | str:
    user_id, now = current_user_id(), utc_now()
    try:
        codes = transact(lambda session: renew_recovery_codes(session, user_id, now=now))
    except NoSecondFactor as error:
        flash(error_message(error), "bad")
        return make_response(redirect(url_for("account.second_factor"), 303))
    return _codes(codes, url_for("account.security"))


@account.post("/account/second-factor/off")
@signed_in
@recently_authenticated
def disable_second_factor() -> Response:
    user_id, demanded, now = current_user_id(), is_demanded(), utc_now()
    transact(lambda session: switch_off(session, user_id, demanded=demanded, now=now))
    flash(_("The second factor is switched off."), "info")
    return make_response(redirect(url_for("account.security"), 303))


def _enrolment(form: EnrolmentForm) -> str:
    """The same key again after a mistyped code, since an authenticator has it already."""
    user_id, cipher = current_user_id(), _cipher()
    offered = reopen_enrolment(user_id, form.offer.data or "", cipher=cipher) or offer_enrolment(
        user_id, cipher=cipher
    )
    form.offer.data = offered.sealed
    uri = enrolment_uri(
        offered.secret, account=current_viewer().email or str(user_id), issuer=current_shop_settings().name_en
    )
    picture = segno.make(uri, error="m").svg_data_uri(scale=5, border=2)
    spaced = " ".join(offered.secret[at : at + 4] for at in range(0, len(offered.secret), 4))
    return render_template("account/second_factor.html", form=form, picture=picture, secret=spaced)


def _codes(codes: list[str], onward: str) -> str:
    return render_template("account/recovery_codes.html", codes=codes, onward=onward)


def is_demanded() -> bool:
    """Whether this person's role needs a second factor here."""
    return settings().is_production and bool(current_viewer().roles.intersection(SECOND_FACTOR_ROLES))


def _cipher() -> FieldCipher:
    return FieldCipher(settings().field_keys)
