"""Asked again after a text has changed: on the way in, without a ticked box, and never in the way."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField
from wtforms.validators import DataRequired

from shop.accounts.consents import agree_anew, owes_first_agreement, texts_to_agree_anew
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict
from shop.web.account.blueprint import account
from shop.web.database import read_session, transact
from shop.web.forms import ShopForm
from shop.web.guards import signed_in
from shop.web.links import safe_next
from shop.web.viewer import current_user_id


class ConsentForm(ShopForm):
    texts = HiddenField()  # the versions that were shown
    next = HiddenField()
    agree = BooleanField(
        lazy_gettext("I have read the new texts and agree to them."),
        [DataRequired(lazy_gettext("Please agree first."))],
    )

    def ask_first(self) -> None:
        """Somebody who never agreed to an earlier version."""
        self.agree.label.text = lazy_gettext("I have read and agree to both texts.")


@account.get("/account/consent")
@signed_in
def consent() -> Response | str:
    wanted = texts_to_agree_anew(read_session(), current_user_id())
    onward = safe_next(request.args.get("next"), "/account/privacy")
    if not wanted:
        return redirect(onward, 302)
    return _page(ConsentForm(formdata=None, next=onward), wanted)


@account.post("/account/consent")
@signed_in
def consented() -> Response | tuple[str, int]:
    form, user_id, now = ConsentForm(), current_user_id(), utc_now()
    shown = _read(form.texts.data or "")
    if form.validate():
        try:
            transact(lambda session: agree_anew(session, user_id, shown, now=now))
        except Conflict:
            form.agree.data = False
            form.form_errors.append(_("The texts have changed. Please read them again."))
        else:
            flash(_("Thank you. Written down."), "ok")
            return redirect(safe_next(form.next.data, url_for("account.privacy")), 303)
    return _page(form, texts_to_agree_anew(read_session(), user_id)), 400


def _read(texts: str) -> dict[str, str]:
    pairs = (one.partition("-") for one in texts[:200].split())
    return {document: version for document, _dash, version in pairs}


def _page(form: ConsentForm, wanted: dict[str, str]) -> str:
    form.texts.data = " ".join(f"{name}-{version}" for name, version in sorted(wanted.items()))
    is_first = owes_first_agreement(read_session(), current_user_id())
    if is_first:
        form.ask_first()
    return render_template(
        "account/consent.html",
        form=form,
        wanted=wanted,
        is_first=is_first,
        onward=safe_next(form.next.data, "/account/privacy"),
    )
