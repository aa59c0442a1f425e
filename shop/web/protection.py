"""Unsafe requests come from our own pages: the origin is checked always, a token nearly always.

A view that is exempt says so, with the reason, beside its route:

    @without_token("its form stands on public pages")        the origin is still checked
    @own_protection("the provider signs what it sends")      neither; the view protects itself

A long form may be shown again, with what was typed, instead of the error page: `@shown_again_by(page)`. The view is
not reached then, and the page writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from shop.configuration import UPLOAD_LIMIT
from shop.extensions import csrf, settings
from shop.kit.errors import NotAllowed
from shop.kit.text import msg
from shop.web.error_pages import SignedOut
from shop.web.guards import guards_of
from shop.web.viewer import current_viewer

View = TypeVar("View", bound=Callable[..., Any])

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_WITHOUT_TOKEN = "_without_token"  # noqa: S105  the name of a mark
_OWN_PROTECTION = "_own_protection"
_UPLOADS = "_accepts_uploads"
_SHOWN_AGAIN = "_shown_again_by"


class ForeignOrigin(NotAllowed):
    code = "foreign_origin"
    default_message = msg("This request came from another site and was refused.")


def without_token(reason: str) -> Callable[[View], View]:
    """The view needs no CSRF token, but our own origin."""
    return _mark(_WITHOUT_TOKEN, reason)


def own_protection(reason: str) -> Callable[[View], View]:
    """The view checks by itself who asks: by signature, bearer token or device credential."""
    return _mark(_OWN_PROTECTION, reason)


def accepts_uploads(view: View) -> View:
    """The view takes bodies of up to 11 MB instead of 1 MB."""
    setattr(view, _UPLOADS, True)
    return view


def shown_again_by(page: Callable[[], ResponseReturnValue | None]) -> Callable[[View], View]:
    """What is answered when the form's token is of another session, or too old; None: the error page after all."""
    return _mark(_SHOWN_AGAIN, page)


def exemption(endpoint: str) -> str | None:
    """`without_token`, `own_protection` or None: for the test that lists the exceptions."""
    view = current_app.view_functions.get(endpoint)
    marks = {_WITHOUT_TOKEN: "without_token", _OWN_PROTECTION: "own_protection"}
    return next((name for mark, name in marks.items() if hasattr(view, mark)), None)


def register(app: Flask) -> None:
    app.before_request(_protect)


def _protect() -> ResponseReturnValue | None:
    view = current_app.view_functions.get(request.endpoint or "")
    if hasattr(view, _UPLOADS):
        request.max_content_length = UPLOAD_LIMIT
        request.max_form_memory_size = UPLOAD_LIMIT
    if request.method in SAFE_METHODS or view is None or hasattr(view, _OWN_PROTECTION):
        return None
    if not _is_own_origin():
        raise ForeignOrigin()
    length = request.content_length
    if length is not None and length > (request.max_content_length or length):
        abort(413)
    if hasattr(view, _WITHOUT_TOKEN):
        return None
    try:
        csrf.protect()
    except CSRFError:
        page: Callable[[], ResponseReturnValue | None] | None = getattr(view, _SHOWN_AGAIN, None)
        answer = page() if page is not None else None
        if answer is None and guards_of(view) and not current_viewer().is_authenticated:
            raise SignedOut() from None
        if answer is None:
            raise
        return answer
    return None


def _is_own_origin() -> bool:
    """`Origin` is ours; where a browser sends none, it says that the request is `same-origin`."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin == settings().public_origin
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


def _mark(name: str, value: object) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        setattr(view, name, value)
        return view

    return decorate
