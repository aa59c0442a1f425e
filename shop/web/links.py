"""Addresses that come back into the shop, such as where somebody wanted to go before signing in."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import has_request_context, request

from shop.extensions import settings

# One slash, then neither a slash nor a backslash, and no blank, control or backslash anywhere.
_LOCAL = re.compile(r"/(?![/\\])[^\s\\\x00-\x1f\x7f]*")


def safe_next(target: str | None, default: str = "/") -> str:
    """`target` if it stays on this host and is a plain path, else `default`."""
    if not target or len(target) > 2000 or not _LOCAL.fullmatch(target):
        return default
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else default


def shown_at() -> str:
    """The path at which this page can be opened again: an answer to a form stands where the form did."""
    if not has_request_context():
        return "/"
    return request.path if request.method in {"GET", "HEAD"} else page_of_form()


def page_of_form() -> str:
    """The page whose form was sent, to go back to; the front page where the browser does not say."""
    referrer = request.referrer or ""
    if not referrer.startswith(f"{settings().public_origin}/"):
        return "/"
    parts = urlsplit(referrer)
    return safe_next(parts.path + (f"?{parts.query}" if parts.query else ""))
