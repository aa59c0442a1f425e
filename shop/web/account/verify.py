"""Who it is, once more, before something that hurts."""

from __future__ import annotations

from flask import Response, flash, jsonify, make_response, redirect, render_template, request
from flask_babel import gettext as _

from shop.web import passkeys
from shop.web.account.blueprint import account
from shop.web.account.forms import VerifyForm
from shop.web.guards import signed_in
from shop.web.links import safe_next
from shop.web.proofs import prove_again, prove_page, proves
from shop.web.viewer import current_user_id


@account.get("/verify")
@signed_in
def verify() -> str:
    wanted = {
        "next": safe_next(request.args.get("next")),
        "undone": "1" if request.args.get("undone") else "",
    }
    return _page(VerifyForm(**wanted))


@account.post("/verify")
@signed_in
def verified() -> Response | tuple[str, int]:
    form = VerifyForm()
    if proves(form, "password"):
        prove_again()
        if form.undone.data:
            flash(_("Thank you. Nothing was done yet: please press the button again."), "warn")
        return make_response(redirect(safe_next(form.next.data), 303))
    return _page(form), 400 if form.errors or form.form_errors else 200


@account.post("/verify/passkey")
@signed_in
def verify_passkey_options() -> Response:
    """What the browser asks one of the person's own keys."""
    return jsonify(passkeys.asked_again(current_user_id()))


def _page(form: VerifyForm) -> str:
    return render_template("account/verify.html", form=form, **prove_page())
