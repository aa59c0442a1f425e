"""Who may open a view; written below the route:

    @village.get("/parcels")
    @requires(RoleName.COORDINATOR)
    def parcels() -> str: ...

Somebody who is not signed in is sent to sign in (a program gets 401). Somebody without the role sees what an
absent page looks like. Whose object it is, the view's own query says: another's is NotFound as well.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any, Final, TypeVar

from flask import redirect, request, url_for

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import ShopError
from shop.kit.text import msg
from shop.web.error_pages import Hidden, SignInNeeded, wants_json
from shop.web.links import page_of_form, safe_next
from shop.web.password_again import ask_on_the_way, can_answer_here, can_be_carried
from shop.web.viewer import current_viewer

View = TypeVar("View", bound=Callable[..., Any])

RECENT: Final = timedelta(minutes=15)
_GUARDS: Final = "_guards"


class PasswordNeeded(ShopError):
    code = "password_needed"
    status = HTTPStatus.UNAUTHORIZED
    default_message = msg("Please enter your password again first.")


def signed_in(view: View) -> View:
    """Anybody who is signed in."""
    return _guard(view, "signed_in", _demand_sign_in)


def requires(*roles: RoleName) -> Callable[[View], View]:
    """Somebody who has one of these roles, and in production the second factor where the role demands it."""

    def decorate(view: View) -> View:
        return _guard(view, "requires:" + ",".join(sorted(roles)), lambda: _demand_role(roles))

    return decorate


def recently_authenticated(view: View) -> View:
    """What hurts: refunds, roles, payout accounts, exports of personal data. Stands below `@requires`."""
    return _guard(view, "recently_authenticated", demand_recent_proof)


def guards_of(view: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a view's guards, outermost first: for the authorisation matrix."""
    return getattr(view, _GUARDS, ())


def _guard(view: View, name: str, demand: Callable[[], Any]) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        refusal = demand()
        return view(*args, **kwargs) if refusal is None else refusal

    setattr(guarded, _GUARDS, (name, *guards_of(view)))
    return guarded  # type: ignore[return-value]  # it has the view's signature


def _demand_sign_in() -> Any:
    if current_viewer().is_authenticated:
        return None
    if wants_json():
        raise SignInNeeded()
    return redirect(url_for(_sign_in_page(), next=way_back()))


def _sign_in_page() -> str:
    """A farmer has a telephone and no password."""
    return "farm.login" if request.blueprint == "farm" else "account.login"


def _demand_role(roles: tuple[RoleName, ...]) -> Any:
    refusal = _demand_sign_in()
    if refusal is not None:
        return refusal
    viewer = current_viewer()
    if not viewer.roles.intersection(roles):
        raise Hidden()
    if viewer.lacks_second_factor:
        return redirect(url_for("account.second_factor", next=way_back()))
    return None


def demand_recent_proof() -> Any:
    """The page that asks again, or None for who has shown it of late."""
    authenticated_at = current_viewer().authenticated_at
    if authenticated_at is not None and utc_now() - authenticated_at < RECENT:
        return None
    if wants_json():
        raise PasswordNeeded()
    has_form = request.method not in {"GET", "HEAD"}
    if has_form and can_be_carried() and can_answer_here():
        return ask_on_the_way()
    undone = "1" if has_form else None  # a form was sent that no page may hold, and is not done
    return redirect(url_for("account.verify", next=way_back(), undone=undone))


def way_back() -> str:
    """Where to go on afterwards: this page, or the page whose form was sent."""
    if request.method in {"GET", "HEAD"}:
        return safe_next(request.full_path.rstrip("?"))
    return page_of_form()
