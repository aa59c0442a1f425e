"""What the address asks of the desk's lists: which page, and what it is narrowed to."""

from __future__ import annotations

from flask import request

from shop.kit.text import whole_number

MOST_PAGES = 200


def page_number() -> int:
    """The page that `?page=` asks for, within reason."""
    return min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)


def asked_number(name: str) -> int | None:
    """A number in the address; one that is none counts as not asked."""
    return request.args.get(name, type=whole_number)
