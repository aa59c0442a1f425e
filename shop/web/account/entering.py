"""The last step of every way to sign in: open the session, set the cookies, go where the person works."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Response, make_response, redirect, url_for
from flask import session as cookie_session
from sqlalchemy.orm import Session

from shop.accounts import sign_in
from shop.accounts.campus.arrivals import Outcome
from shop.accounts.consents import texts_to_agree_anew
from shop.accounts.errors import SignInRefused
from shop.accounts.known_browsers import REMEMBERED
from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.references import secret_token, token_digest
from shop.ordering.merging import merge_baskets
from shop.web import viewer
from shop.web.account.campus_entry import complete, entry_token, keep_entry, say_outcome
from shop.web.browser_secret import carried, carry
from shop.web.cookies import BASKET_COOKIE, BROWSER_COOKIE, clear_cookie, read_cookie, set_cookie
from shop.web.database import read_session, transact
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
    """Remember in this browser that the password was right, or the code on the telephone; nothing is open yet."""
    cookie_session[PENDING] = [user_id, int(utc_now().timestamp())]


def awaited_user_id() -> int | None:
    """Whose second factor this browser has to give, if the password was given a short while ago."""
    pending = cookie_session.get(PENDING)
    if pending is None or utc_now().timestamp() - pending[1] > PENDING_FOR.total_seconds():
        return None
    return int(pending[0])


def let_in(user_id: int, wanted: str | None, *, way: sign_in.Way = "password") -> Response:
    """Sign this browser in and go to `wanted`, or to where the person works."""
    now, origin, device = utc_now(), request_origin(), device_name()
    old = tuple(token for token in (viewer.browser_token(), viewer.device_token()) if token)
    basket, browser = read_cookie(BASKET_COOKIE), _browser()

    def work(session: Session) -> tuple[sign_in.Entered, Outcome]:
        if basket:
            merge_baskets(session, token_digest(basket), user_id, now=now)
        entered = sign_in.enter(
            session,
            user_id,
            device=device,
            browser=browser,
            origin=origin,
            now=now,
            way=way,
            old_tokens=old,
        )
        return entered, from_campus(session, entered, now)

    from_campus = complete(origin)
    entered, outcome = transact(work)
    campus, letter = entry_token(), carried()
    person = viewer.enter(entered.browser_token)
    if person is None:
        raise SignInRefused()
    carry(letter)
    say_outcome(outcome)
    onward = _onward(person, wanted)
    if outcome is Outcome.UNPROVED and campus is not None:
        keep_entry(campus, links=True)
        onward = url_for("account.contact", kind="email", next=safe_next(wanted, "") or None)
    if texts_to_agree_anew(read_session(), user_id):
        onward = url_for("account.consent", next=onward)
    response = make_response(redirect(onward, 303))
    set_cookie(response, BROWSER_COOKIE, browser, max_age=int(REMEMBERED.total_seconds()))
    if entered.device_token is not None:
        viewer.keep_device(response, entered.device_token)
    else:
        viewer.forget_device(response)
    if basket:
        clear_cookie(response, BASKET_COOKIE)
    if entered.language is not None and read_cookie(COOKIE) is None:
        set_cookie(response, COOKIE, entered.language, max_age=COOKIE_SECONDS)
    return response


def _onward(person: viewer.Viewer, wanted: str | None) -> str:
    """Whoever has not proved the address and wants nothing else comes to the page that asks for it."""
    home = url_for("account.overview") if person.email_waits else home_of(person)
    return safe_next(wanted, home)


def _browser() -> str:
    """The random name of this browser, which it gets at its first sign-in and keeps when somebody signs out."""
    kept = read_cookie(BROWSER_COOKIE) or ""
    return kept if len(kept) == len(fresh := secret_token()) else fresh


def home_of(person: viewer.Viewer) -> str:
    return next((path for role, path in HOMES if role in person.roles), "/")
