"""A document that people attached, taken from a form and handed out to be saved: never drawn or run by the browser."""

from __future__ import annotations

from flask import Response, request

from shop.catalogue.document_files import TYPES
from shop.catalogue.picture_files import MOST_BYTES
from shop.web.outside_world import with_files


def sent_document() -> tuple[str, bytes]:
    """What it is called, and what is in it; nothing where no file was chosen."""
    sent = request.files.get("file")
    return ((sent.filename or "") if sent else "", sent.read(MOST_BYTES + 1) if sent else b"")


def send_document(file: str, name: str) -> Response:
    """`name` without its ending. Whoever calls this has made sure that the reader may have it."""
    ending = file.rsplit(".", 1)[-1]
    content = with_files(lambda _work, store: store.read(file))
    response = Response(content, content_type=TYPES[ending])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
