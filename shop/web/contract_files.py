"""A stamped contract, handed out to be saved: never drawn or run by the browser, never kept by a cache."""

from __future__ import annotations

from typing import Final

from flask import Response

from shop.quotations.contracts import contract_file
from shop.quotations.models import FileKind, QuotationContract
from shop.web.outside_world import with_files

_TYPES: Final = {
    FileKind.PDF: "application/pdf",
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
}


def send_contract(contract: QuotationContract, number: str) -> Response:
    """Whoever calls this has made sure that the reader may have it."""
    key, kind, name = contract.key, contract.kind, f"{number}-{contract.id}.{contract.kind.value}"
    content = with_files(lambda _work, store: store.read(contract_file(key, kind)))
    response = Response(content, content_type=_TYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
