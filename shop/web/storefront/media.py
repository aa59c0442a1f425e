"""Pictures: their names are random and never used again, so they may be kept for ever."""

from __future__ import annotations

import re
from typing import Final

from flask import Response

from shop.catalogue.picture_files import share_picture
from shop.catalogue.picture_names import WIDTHS, file_name, share_file
from shop.kit.errors import NotFound
from shop.storage.media import MediaStore
from shop.web.outside_world import with_files
from shop.web.publicness import public_view
from shop.web.storefront.blueprint import storefront

_NAME: Final = re.compile(rf"[0-9a-f]{{32}}-({'|'.join(map(str, WIDTHS))})\.webp")


_SHARED: Final = re.compile(r"([0-9a-f]{32})-share\.jpg")
_WIDEST: Final = WIDTHS[-1]


@storefront.get("/media/<name>")
@public_view
def media(name: str) -> Response:
    if shared := _SHARED.fullmatch(name):
        key = shared[1]
        response = Response(with_files(lambda _, store: _to_share(store, key)), content_type="image/jpeg")
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # shown by chats and search engines
    elif _NAME.fullmatch(name):
        response = Response(with_files(lambda _, store: store.read(name)), content_type="image/webp")
    else:
        raise NotFound()
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = "inline"
    return response


def _to_share(store: MediaStore, key: str) -> bytes:
    """Made with the picture; of one from before that was done, made when it is first asked for."""
    try:
        return store.read(share_file(key))
    except NotFound:
        made = share_picture(store.read(file_name(key, _WIDEST)))
        store.write(share_file(key), made)
        return made
