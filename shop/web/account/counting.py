"""Whether what a person buys counts for their unit: agreed to and taken back with one button."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from shop.accounts.counting_consent import answer_counting
from shop.kit.clock import utc_now
from shop.web.account.blueprint import account
from shop.web.database import transact
from shop.web.guards import signed_in
from shop.web.viewer import current_user_id


@account.post("/account/counting")
@signed_in
def choose_counting() -> Response:
    user_id, agrees, now = current_user_id(), request.form.get("agrees") == "yes", utc_now()
    transact(lambda session: answer_counting(session, user_id, agrees, now=now))
    flash(_("Counted from your next order on.") if agrees else _("Not counted from now on."), "ok")
    return redirect(url_for("account.overview") + "#counting", 303)
