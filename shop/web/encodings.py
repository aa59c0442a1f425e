"""How an answer is made smaller on its way."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Final

import brotli
from flask import Response, request

SMALLEST_COMPRESSED: Final = 800
ENCODERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}


def compress(response: Response) -> Response:
    """In the first of our encodings that the browser takes.

    Only answers in which nothing stands that an address brought: beside a secret of the page, a stranger could read
    from the length of such an answer what the secret begins with.
    """
    if response.is_streamed or request.args or "Content-Encoding" in response.headers:
        return response
    accepted = request.headers.get("Accept-Encoding", "")
    encoding = next((name for name in ENCODERS if name in accepted), "")
    body = response.get_data()
    if len(body) < SMALLEST_COMPRESSED:
        return response
    if "Accept-Encoding" not in response.headers.get("Vary", ""):
        response.headers.add("Vary", "Accept-Encoding")
    if encoding:
        response.set_data(ENCODERS[encoding](body))
        response.headers["Content-Encoding"] = encoding
    return response
