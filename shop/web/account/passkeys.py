"""A person's passkeys: adding, renaming and removing them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar

from flask import Response, flash, jsonify, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from shop.accounts import passkeys as keys
from shop.accounts.second_factor import first_recovery_codes
from shop.accounts.second_step import SECOND_FACTOR_ROLES
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web import passkeys
from shop.web.account.blueprint import account
from shop.web.account.email_first import after_email
from shop.web.account.forms import PasskeyForm
from shop.web.account.second_factor import is_demanded
from shop.web.database import transact
from shop.web.error_pages import error_message
from shop.web.form_errors import show_errors
from shop.web.guards import recently_authenticated, signed_in
from shop.web.origin import device_name
from shop.web.shop_settings import current_shop_settings
from shop.web.viewer import current_user_id, current_viewer

View = TypeVar("View", bound=Callable[..., Any])


def at_a_name(view: View) -> View:
    """Where no browser keeps a passkey, that is said instead, also to who would have to prove an address first."""

    @wraps(view)
    def named(*args: Any, **kwargs: Any) -> Any:
        if passkeys.passkey_site() is not None:
            return view(*args, **kwargs)
        flash(
            _(
                "Browsers keep passkeys only for a shop with a name and https, or localhost. This one stands at a bare address: please sign in another way."
            ),
            "warn",
        )
        return make_response(redirect(url_for("account.security"), 303))

    return named  # type: ignore[return-value]  # it has the view's signature


@account.get("/account/passkeys/new")
@signed_in
@at_a_name
@recently_authenticated
@after_email
def new_passkey() -> str:
    return _page(PasskeyForm(label=device_name()[:60]))


@account.post("/account/passkeys/options")
@signed_in
@recently_authenticated
@after_email
def new_passkey_options() -> Response:
    viewer = current_viewer()
    called = viewer.email or viewer.name or viewer.phone or _("My account")
    return jsonify(
        passkeys.asked_for_new(current_user_id(), shop=current_shop_settings().name_zh, account=called)
    )


@account.post("/account/passkeys")
@signed_in
@recently_authenticated
@after_email
def add_passkey() -> Response | str | tuple[str, int]:
    form, user_id, now = PasskeyForm(), current_user_id(), utc_now()
    needs_codes = bool(current_viewer().roles.intersection(SECOND_FACTOR_ROLES))
    try:
        if not form.validate():
            return _page(form), 400
        key, challenge = passkeys.new_key(user_id)
        label = form.label.data or ""

        def work(session: Session) -> list[str]:
            keys.add_passkey(session, user_id, key, challenge, label=label, now=now)
            return first_recovery_codes(session, user_id, now=now) if needs_codes else []

        codes = transact(work)
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _page(form), 400
    flash(_("The passkey is kept. Next time, choose it on the sign-in page."), "ok")
    if codes:
        return render_template("account/recovery_codes.html", codes=codes, onward=url_for("account.security"))
    return _back()


@account.post("/account/passkeys/<int:passkey_id>")
@signed_in
def rename_passkey(passkey_id: int) -> Response:
    form, user_id = PasskeyForm(), current_user_id()
    try:
        transact(
            partial(keys.rename_passkey, user_id=user_id, passkey_id=passkey_id, label=form.label.data or "")
        )
    except InvalidInput as error:
        flash(error_message(error), "bad")
    else:
        flash(_("Saved."), "ok")
    return _back()


@account.post("/account/passkeys/<int:passkey_id>/remove")
@signed_in
@recently_authenticated
def remove_passkey(passkey_id: int) -> Response:
    remove = partial(
        keys.remove_passkey,
        user_id=current_user_id(),
        passkey_id=passkey_id,
        demanded=is_demanded(),
        now=utc_now(),
    )
    try:
        transact(remove)
    except Conflict as error:
        flash(error_message(error), "bad")
    else:
        flash(
            _(
                "The passkey opens your account no longer. It may still stand in your device's list: delete it there."
            ),
            "ok",
        )
    return _back()


def _page(form: PasskeyForm) -> str:
    return render_template("account/passkey_new.html", form=form)


def _back() -> Response:
    return make_response(redirect(url_for("account.security") + "#passkeys", 303))
