"""The last step of signing a phone in: the credential of 90 days, and on to where its person works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import make_response, redirect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.accounts.users import roles_of
from shop.web import viewer
from shop.web.database import read_session, transact
from shop.web.links import safe_next

_HOMES: Final = (
    (RoleName.FARMER, "/farm/tasks"),
    (RoleName.COORDINATOR, "/village"),
    (RoleName.POINT_KEEPER, "/point"),
)


def old_tokens() -> tuple[str, ...]:
    """What this browser is signed in with, which ends when somebody signs in on it."""
    return tuple(token for token in (viewer.browser_token(), viewer.device_token()) if token)


def let_in(work: Callable[[Session], str], user_id: int, wanted: str | None) -> Response:
    """Do `work`, which opens the session and returns its token, and go on. Nothing of who was here before stays."""
    token = transact(work)
    viewer.leave()
    response = make_response(redirect(_way_on(user_id, wanted), 303))
    viewer.keep_device(response, token)
    return response


def _way_on(user_id: int, wanted: str | None) -> str:
    """A device opens only the faces of those who handle goods."""
    path = safe_next(wanted, "")
    if f"/{path.split('/')[1]}" in viewer.DEVICE_FACES if path else False:
        return path
    roles = roles_of(read_session(), user_id)
    return next((home for role, home in _HOMES if role in roles), "/")
