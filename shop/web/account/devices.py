"""Where this account is signed in, and signing those places out."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _

from shop.accounts.sessions import end_session, end_sessions, find_session, open_sessions
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.web.account.blueprint import account
from shop.web.account.forms import EmptyForm
from shop.web.database import read_session, transact
from shop.web.guards import recently_authenticated, signed_in
from shop.web.viewer import current_user_id, current_viewer, device_token


@account.get("/account/sessions")
@signed_in
def sessions() -> str:
    return render_template(
        "account/sessions.html",
        sessions=open_sessions(read_session(), current_user_id(), now=utc_now()),
        own=own_sessions(),
        form=EmptyForm(),
    )


@account.post("/account/sessions/<int:session_id>/end")
@signed_in
@recently_authenticated
def end_one(session_id: int) -> Response:
    user_id, now = current_user_id(), utc_now()
    if not transact(lambda session: end_session(session, user_id, session_id, now=now)):
        raise NotFound()
    flash(_("That device is signed out."), "ok")
    return make_response(redirect(url_for("account.security") + "#devices", 303))


@account.post("/account/sessions/end-others")
@signed_in
@recently_authenticated
def end_others() -> Response:
    user_id, keep, now = current_user_id(), own_sessions(), utc_now()
    transact(lambda session: end_sessions(session, user_id, keep=keep, now=now))
    flash(_("All other devices are signed out."), "ok")
    return make_response(redirect(url_for("account.security") + "#devices", 303))


def own_sessions() -> frozenset[int]:
    """The rows that this very browser holds: its session, and its device credential if it has one."""
    own = {current_viewer().session_id or 0}
    token = device_token()
    device = find_session(read_session(), token, now=utc_now()) if token else None
    if device is not None and device.user_id == current_user_id():
        own.add(device.id)
    return frozenset(own)
