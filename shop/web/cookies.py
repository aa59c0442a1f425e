"""Cookies of our own: `Secure` and `__Host-` exactly when the shop stands behind https."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from shop.extensions import settings

# A guest's basket: a random token whose digest finds the row; merged into the person's own at sign-in.
BASKET_COOKIE = "basket"
# Which browser somebody signs in with: set at the first sign-in, so that a new one can be told to its owner.
BROWSER_COOKIE = "browser"


def cookie_name(name: str) -> str:
    return f"__Host-{name}" if settings().is_https else name


def read_cookie(name: str) -> str | None:
    return request.cookies.get(cookie_name(name))


def set_cookie(response: Response, name: str, value: str, *, max_age: int) -> None:
    """Set a cookie that scripts cannot read; `max_age` in seconds."""
    response.set_cookie(
        cookie_name(name),
        value,
        max_age=max_age,
        path="/",
        secure=settings().is_https,
        httponly=True,
        samesite="Lax",
    )


def clear_cookie(response: Response, name: str) -> None:
    response.delete_cookie(
        cookie_name(name), path="/", secure=settings().is_https, httponly=True, samesite="Lax"
    )
