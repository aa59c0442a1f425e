"""A document of the tax platform, handed out to be saved: never drawn or run by the browser, never kept by a cache."""

from __future__ import annotations

from typing import Final

from flask import Response

from shop.invoicing.desk import file_name
from shop.invoicing.files import stored_name
from shop.invoicing.models import FileKind, InvoiceFile
from shop.web.outside_world import with_files

_TYPES: Final = {
    FileKind.PDF: "application/pdf",
    FileKind.OFD: "application/ofd",
    FileKind.XML: "application/xml",
}


def send_invoice_file(file: InvoiceFile, number: str) -> Response:
    """Whoever calls this has made sure that the reader may have it."""
    key, kind, name = file.key, file.kind, file_name(number, file)
    content = with_files(lambda _work, store: store.read(stored_name(key, kind)))
    response = Response(content, content_type=_TYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
