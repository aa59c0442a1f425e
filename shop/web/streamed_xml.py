"""Long lists in XML that leave the shop row by row: the same for everybody, and asked for again without being sent again."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from flask import Response, request, stream_with_context

from shop.kit.text import tidy_lines

HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_CHUNK: Final = 32 * 1024
_MAX_AGE: Final = 3600


def text(typed: str) -> str:
    """As it stands between tags. No sign that XML forbids comes through."""
    return escape(tidy_lines(typed))


def element(name: str, content: str | None) -> str:
    """An element with text; nothing at all for an empty one."""
    return f"<{name}>{text(content)}</{name}>" if content else ""


def attribute(value: str) -> str:
    """A value with its quotes."""
    return quoteattr(tidy_lines(value))


def xml_answer(body: Iterable[str], version: Hashable, content_type: str) -> Response:
    """`version` names what the list is made of: who has this one is told so, before any row is read."""
    etag = hashlib.blake2b(repr((version, request.full_path)).encode(), digest_size=12).hexdigest()
    if request.if_none_match.contains_weak(etag):
        response = Response(status=304)
    else:
        response = Response(stream_with_context(_in_chunks(body)), content_type=content_type)
    response.headers["ETag"] = f'W/"{etag}"'
    response.headers["Cache-Control"] = f"public, max-age={_MAX_AGE}"
    return response


def _in_chunks(parts: Iterable[str]) -> Iterator[bytes]:
    waiting: list[str] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= _CHUNK:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join(waiting).encode()
