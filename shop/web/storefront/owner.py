"""Whose basket this request is about."""

from __future__ import annotations

from werkzeug.wrappers import Response

from shop.kit.references import secret_token, token_digest
from shop.ordering.basket import KEPT, BasketOwner
from shop.web.cookies import BASKET_COOKIE, read_cookie, set_cookie
from shop.web.viewer import current_viewer

_LONGEST_TOKEN = 100


def basket_owner() -> BasketOwner:
    """The person, or the holder of the basket's cookie; nobody's basket when there is neither."""
    user_id = current_viewer().user_id
    token = read_cookie(BASKET_COOKIE)
    if user_id is not None or not token or len(token) > _LONGEST_TOKEN:
        return BasketOwner(user_id=user_id)
    return BasketOwner(token_hash=token_digest(token))


def new_guest() -> tuple[BasketOwner, str]:
    """A guest who is about to put something into a basket, and the token for the cookie."""
    token = secret_token()
    return BasketOwner(token_hash=token_digest(token)), token


def remember_guest(response: Response, token: str) -> None:
    set_cookie(response, BASKET_COOKIE, token, max_age=int(KEPT.total_seconds()))
