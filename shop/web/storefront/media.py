"""Pictures: their names are random and never used again, so they may be kept for ever."""

from __future__ import annotations

import re
from typing import Final

from flask import Response

from shop.catalogue.picture_names import WIDTHS
from shop.kit.errors import NotFound
from shop.web.outside_world import with_files
from shop.web.publicness import public_view
from shop.web.storefront.blueprint import storefront

_NAME: Final = re.compile(rf"[0-9a-f]{{32}}-({'|'.join(map(str, WIDTHS))})\.webp")


@storefront.get("/media/<name>")
@public_view
def media(name: str) -> Response:
    if not _NAME.fullmatch(name):
        raise NotFound()
    response = Response(with_files(lambda _, store: store.read(name)), content_type="image/webp")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = "inline"
    return response
