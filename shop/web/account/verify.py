"""The password again, before something that hurts."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, request
from flask_babel import gettext as _

from shop.web.account.blueprint import account
from shop.web.account.forms import VerifyForm
from shop.web.guards import signed_in
from shop.web.links import safe_next
from shop.web.password_again import password_is_right, prove_again
from shop.web.viewer import current_user_id


@account.get("/verify")
@signed_in
def verify() -> str:
    wanted = {
        "next": safe_next(request.args.get("next")),
        "undone": "1" if request.args.get("undone") else "",
    }
    return render_template("account/verify.html", form=VerifyForm(**wanted))


@account.post("/verify")
@signed_in
def verified() -> Response | tuple[str, int]:
    form = VerifyForm()
    if form.validate():
        if password_is_right(current_user_id(), form.password.data or ""):
            prove_again()
            if form.undone.data:
                flash(_("Thank you. Nothing was done yet: please press the button again."), "warn")
            return make_response(redirect(safe_next(form.next.data), 303))
        form.password.errors = [_("This is not your password.")]
    return render_template("account/verify.html", form=form), 400
