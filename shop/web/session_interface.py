"""The signed cookie that private pages open, and that public pages cannot even read."""

from __future__ import annotations

from typing import Any, NoReturn

from flask import Flask, Request, Response
from flask.globals import request_ctx
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from shop.web.publicness import is_public


class ClosedSession(dict[str, Any], SessionMixin):
    """Empty for readers; writing into it is a mistake of ours, since no cookie will be sent."""

    modified = False
    accessed = False

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise RuntimeError("a public page has no session")

    __setitem__ = setdefault = update = _refuse


class PrivateSessionInterface(SecureCookieSessionInterface):
    """Flask's own signed cookie, but only for views that are not public."""

    def open_session(self, app: Flask, request: Request) -> Any:
        # Flask opens the session before it knows the view, so the address is matched a little early.
        if request.url_rule is None and request.routing_exception is None:
            request_ctx.match_request()
        return ClosedSession() if is_public(request.endpoint) else super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if isinstance(session, ClosedSession):
            return
        super().save_session(app, session, response)


def register(app: Flask) -> None:
    app.session_interface = PrivateSessionInterface()
