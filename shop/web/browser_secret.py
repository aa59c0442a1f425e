"""A secret that only this browser holds: codes and passkeys answer where they were asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from flask import session as cookie_session

from shop.kit.clock import utc_now
from shop.kit.references import secret_token

_SECRET: Final = "browser_secret"  # noqa: S105  the name of a place in the cookie
EMAIL_ASKED: Final = "new_email"  # to which address a code went that proves it


def browser_secret() -> str:
    if _SECRET not in cookie_session:
        cookie_session[_SECRET] = secret_token()
    secret: str = cookie_session[_SECRET]
    return secret


def remember(name: str, value: str) -> None:
    """Keep in this browser's cookie what the next step needs, and when it was."""
    cookie_session[name] = [value, int(utc_now().timestamp())]


def remembered(name: str, lifetime: timedelta) -> tuple[str, int] | None:
    """What was kept, and the second of it, while it still counts."""
    kept = cookie_session.get(name)
    if kept is None or utc_now().timestamp() - kept[1] > lifetime.total_seconds():
        return None
    return str(kept[0]), int(kept[1])


def forget(name: str) -> None:
    cookie_session.pop(name, None)


def carried() -> dict[str, Any]:
    """What a sign-in keeps of the cookie, which it empties: that a code went to an address a moment ago, as after
    registering, and the secret for which it was made.
    """
    names = (_SECRET, EMAIL_ASKED) if EMAIL_ASKED in cookie_session else ()
    return {name: cookie_session[name] for name in names if name in cookie_session}


def carry(kept: dict[str, Any]) -> None:
    cookie_session.update(kept)
