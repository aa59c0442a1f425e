"""The last step of every way to sign in: open the session, set the cookies, go where the person works."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Response, make_response, redirect
from flask import session as cookie_session
from sqlalchemy.orm import Session

from shop.accounts import sign_in
from shop.accounts.errors import SignInRefused
from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.references import token_digest
from shop.ordering.merging import merge_baskets
from shop.web import viewer
from shop.web.cookies import BASKET_COOKIE, clear_cookie, read_cookie, set_cookie
from shop.web.database import transact
from shop.web.language import COOKIE, COOKIE_SECONDS
from shop.web.links import safe_next
from shop.web.origin import device_name, request_origin

HOMES: Final = (
    (RoleName.ADMIN, "/admin"),
    (RoleName.FINANCE, "/admin"),
    (RoleName.COORDINATOR, "/village"),
    (RoleName.POINT_KEEPER, "/point"),
    (RoleName.FARMER, "/farm"),
)
PENDING: Final = "pending_sign_in"
PENDING_FOR: Final = timedelta(minutes=10)


def await_second_factor(user_id: int) -> None:
    """Remember in this browser that the password was right; nothing is open yet."""
    cookie_session[PENDING] = [user_id, int(utc_now().timestamp())]


def awaited_user_id() -> int | None:
    """Whose second factor this browser has to give, if the password was given a short while ago."""
    pending = cookie_session.get(PENDING)
    if pending is None or utc_now().timestamp() - pending[1] > PENDING_FOR.total_seconds():
        return None
    return int(pending[0])


def let_in(user_id: int, wanted: str | None) -> Response:
    """Sign this browser in and go to `wanted`, or to where the person works."""
    now, origin, device = utc_now(), request_origin(), device_name()
    old = tuple(token for token in (viewer.browser_token(), viewer.device_token()) if token)
    basket = read_cookie(BASKET_COOKIE)

    def work(session: Session) -> sign_in.Entered:
        if basket:
            merge_baskets(session, token_digest(basket), user_id, now=now)
        return sign_in.enter(session, user_id, device=device, origin=origin, now=now, old_tokens=old)

    entered = transact(work)
    person = viewer.enter(entered.browser_token)
    if person is None:
        raise SignInRefused()
    response = make_response(redirect(safe_next(wanted, home_of(person)), 303))
    if entered.device_token is not None:
        viewer.keep_device(response, entered.device_token)
    else:
        viewer.forget_device(response)
    if basket:
        clear_cookie(response, BASKET_COOKIE)
    if entered.language is not None and read_cookie(COOKIE) is None:
        set_cookie(response, COOKIE, entered.language, max_age=COOKIE_SECONDS)
    return response


def home_of(person: viewer.Viewer) -> str:
    return next((path for role, path in HOMES if role in person.roles), "/")
