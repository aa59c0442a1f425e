"""The mark that a view belongs to everybody: no session is opened for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app

View = TypeVar("View", bound=Callable[..., Any])

_MARK = "_is_public"


def public_view(view: View) -> View:
    """Mark a view that is everybody's but no page to be cached: its headers are its own."""
    setattr(view, _MARK, True)
    return view


def is_public(endpoint: str | None) -> bool:
    """Whether the view belongs to everybody; an address without a view does."""
    return endpoint is None or hasattr(current_app.view_functions.get(endpoint), _MARK)
