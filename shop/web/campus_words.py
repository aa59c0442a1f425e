"""What the university's sign-in tells us by itself: that somebody signed out there. Nobody is signed in at these addresses."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Flask, Response, make_response, request
from sqlalchemy.orm import Session

from shop.accounts.campus.errors import SignOnFailed
from shop.accounts.campus.models import Provider
from shop.accounts.campus.signing_out import end_by_session_key, end_by_subject, is_first_use
from shop.extensions import campus_clients
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.web.database import transact
from shop.web.outside_world import with_campus
from shop.web.protection import own_protection
from shop.web.publicness import public_view

LARGEST: Final = 64 * 1024  # bytes

blueprint = Blueprint("campus_words", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.post("/login/campus/cas/back")
@public_view
@own_protection("only the CAS server and the browser know the ticket, which opens nothing")
def cas_logout() -> Response:
    """Always the same answer, whether a session had this ticket or not."""
    client = campus_clients().cas
    if client is None:
        raise NotFound()
    request.max_content_length = LARGEST
    ticket, now = client.read_logout_request(request.form.get("logoutRequest", "")), utc_now()
    if ticket is not None:
        transact(lambda session: end_by_session_key(session, Provider.CAS, ticket, now=now))
    return _heard()


@blueprint.post("/login/campus/oidc/logout")
@public_view
@own_protection("the provider signs what it sends, and each word is taken once")
def oidc_logout() -> Response:
    """OpenID Connect Back-Channel Logout: 200, or 400 for what cannot be believed."""
    client = campus_clients().oidc
    if client is None:
        raise NotFound()
    request.max_content_length = LARGEST
    token, now = request.form.get("logout_token", ""), utc_now()
    issuer = client.config.issuer
    try:
        word = with_campus(lambda _clients: client.provider.read_logout_token(token))
    except SignOnFailed as error:
        return _heard(int(error.status))

    def end(session: Session) -> bool:
        if not is_first_use(session, word.jti, expires_at=word.expires_at):
            return False
        if word.session_key:
            end_by_session_key(session, Provider.OIDC, word.session_key, now=now)
        else:
            end_by_subject(session, Provider.OIDC, issuer, word.subject, now=now)
        return True

    return _heard() if transact(end) else _heard(400)


def _heard(status: int = 200) -> Response:
    answer = make_response("", status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
