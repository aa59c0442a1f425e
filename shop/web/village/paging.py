"""Pages of the desk's lists."""

from __future__ import annotations

from flask import request

MOST_PAGES = 200


def page_number() -> int:
    """The page that `?page=` asks for, within reason."""
    return min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
