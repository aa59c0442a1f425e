"""The campus accounts that open one's account."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _

from shop.accounts.campus.desk import identities_of
from shop.accounts.campus.identities import unlink_identity
from shop.accounts.campus.roster import has_roster
from shop.accounts.errors import LastWayIn
from shop.extensions import campus_clients
from shop.kit.clock import utc_now
from shop.web.account.blueprint import account
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.guards import recently_authenticated, signed_in
from shop.web.viewer import current_user_id, current_viewer


@account.get("/account/campus")
@signed_in
def campus_links() -> str:
    return render_template(
        "account/campus_links.html",
        identities=identities_of(read_session(), current_user_id()),
        ways=list(campus_clients().by_name),
        by_roster=has_roster(read_session()),
    )


@account.post("/account/campus/links/<int:identity_id>/remove")
@signed_in
@recently_authenticated
def campus_unlink(identity_id: int) -> Response:
    user_id, own, now = current_user_id(), current_viewer().session_id, utc_now()
    try:
        transact(lambda session: unlink_identity(session, user_id, identity_id, keep=own, now=now))
    except LastWayIn as error:
        flash(error_message(error), "bad")
    else:
        flash(_("The campus account is not linked any more."), "ok")
    return make_response(redirect(url_for("account.campus_links"), 303))
