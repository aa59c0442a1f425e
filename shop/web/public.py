"""Pages that are the same for every visitor: no session, no cookie, one set of bytes a language.

`@public_page` marks a view: its response gets an ETag and may be kept by caches. With `version`, the finished page
is also kept in this process for as long as `version()` gives the same number:

    @storefront.get("/products")
    @public_page(version=catalogue_version)
    def products() -> str: ...
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, make_response, request

from shop.web.encodings import ENCODERS, SMALLEST_COMPRESSED
from shop.web.language import current_language, is_language_in_address
from shop.web.publicness import public_view

MAX_AGE_SECONDS = 60
KEPT_BYTES = 4 * 1024 * 1024  # before compression: a hundred long lists, or all pages of a shop of usual size

View = Callable[..., Any]


@dataclass(frozen=True)
class Page:
    """A finished answer; each encoding is made when somebody first asks for it, and kept with the page."""

    bodies: dict[str, bytes]
    etag: str
    content_type: str

    @property
    def is_compressible(self) -> bool:
        return len(self.bodies[""]) >= SMALLEST_COMPRESSED

    def body(self, encoding: str) -> bytes:
        if encoding not in self.bodies:
            self.bodies[encoding] = ENCODERS[encoding](self.bodies[""])
        return self.bodies[encoding]


class PageCache:
    """The pages used last, in this process, up to so many bytes; safe for several threads."""

    def __init__(self, size: int = KEPT_BYTES) -> None:
        self._pages: OrderedDict[Hashable, Page] = OrderedDict()
        self._lock = threading.Lock()
        self._size = size
        self._used = 0

    def get(self, key: Hashable) -> Page | None:
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, key: Hashable, page: Page) -> None:
        with self._lock:
            before = self._pages.pop(key, None)
            self._used += len(page.bodies[""]) - (len(before.bodies[""]) if before else 0)
            self._pages[key] = page
            while self._used > self._size:
                _, oldest = self._pages.popitem(last=False)
                self._used -= len(oldest.bodies[""])

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self._used = 0


def page_cache() -> PageCache:
    """The current application's cache."""
    cache: PageCache = current_app.extensions["shop.page_cache"]
    return cache


def register(app: Flask) -> None:
    app.extensions["shop.page_cache"] = PageCache()


def public_page(
    view: View | None = None, *, version: Callable[[], Hashable] | None = None, max_age: int = MAX_AGE_SECONDS
) -> Any:
    """Mark a view as public; `max_age` in seconds holds for addresses that name their language."""

    def decorate(function: View) -> View:
        @wraps(function)
        def answer(**arguments: Any) -> Response:
            if request.method not in {"GET", "HEAD"}:
                return make_response(function(**arguments))
            key = None if version is None else (*_address_key(), version())
            page = page_cache().get(key) if key is not None else None
            if page is None:
                response = make_response(function(**arguments))
                if response.status_code != 200 or response.is_streamed:
                    return response
                page = _finish(response)
                if key is not None:
                    page_cache().put(key, page)
            return _respond(page, max_age)

        return public_view(answer)

    return decorate(view) if view is not None else decorate


def _address_key() -> tuple[Hashable, ...]:
    arguments = tuple(sorted(request.args.items(multi=True)))
    return request.host, request.path, arguments, current_language()


def _finish(response: Response) -> Page:
    body = response.get_data()
    etag = hashlib.blake2b(body, digest_size=12).hexdigest()
    return Page(
        bodies={"": body}, etag=etag, content_type=response.content_type or "text/html; charset=utf-8"
    )


def _respond(page: Page, max_age: int) -> Response:
    encoding = next((name for name in ENCODERS if _accepts(page, name)), "")
    response = Response(page.body(encoding), content_type=page.content_type)
    headers = response.headers
    # Weak: one page has several encodings.
    headers["ETag"] = f'W/"{page.etag}"'
    if is_language_in_address():
        headers["Cache-Control"] = f"public, max-age={max_age}"
    else:
        headers["Cache-Control"] = "private, no-cache"
        headers.add("Vary", "Accept-Language")
    if page.is_compressible:
        headers.add("Vary", "Accept-Encoding")
    if encoding:
        headers["Content-Encoding"] = encoding
    if request.if_none_match.contains_weak(page.etag):
        response.status_code = 304
        response.set_data(b"")
        headers.pop("Content-Type", None)
        headers.pop("Content-Length", None)
    return response


def _accepts(page: Page, encoding: str) -> bool:
    return page.is_compressible and encoding in request.headers.get("Accept-Encoding", "")
