"""Addresses that leave the shop, and addresses that come back into it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from shop.extensions import settings

# One slash, then neither a slash nor a backslash, and no blank, control or backslash anywhere.
_LOCAL = re.compile(r"/(?![/\\])[^\s\\\x00-\x1f\x7f]*")


def public_url_for(endpoint: str, **values: Any) -> str:
    """An absolute address from configuration, never from the request's host; works in the worker too."""
    adapter = current_app.url_map.bind("shop.invalid")
    return settings().public_url + adapter.build(endpoint, values)


def safe_next(target: str | None, default: str = "/") -> str:
    """`target` if it stays on this host and is a plain path, else `default`."""
    if not target or len(target) > 2000 or not _LOCAL.fullmatch(target):
        return default
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else default
