"""A face that works without a network: its service worker, and which of its pages a phone may keep.

What differs from face to face stands in one `PhoneFace`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from flask import Response, request

from shop.web.encodings import compress
from shop.web.installing import worker
from shop.web.phone_actions import person_name
from shop.web.viewer import current_viewer

KEEP_FOR: Final = "X-Keep-For"
_SCRIPT: Final = "js/worker.js"


@dataclass(frozen=True, slots=True)
class PhoneFace:
    """`root` is the worker's scope; `files` are kept from the first visit on, by the names of `static_url`.

    `ahead`: so many pages that were not asked for are fetched with each one that was, at most, and those that are kept
    already are fetched anew after `fresh_s` seconds. `title` is a message id, and empty for the shop's own name.
    """

    root: str
    home: str
    offline: str
    files: tuple[str, ...]
    title: str = ""
    ahead: int = 1  # whoever pays for a bad network pays for little that was not asked for
    fresh_s: int = 12 * 3600
    pages: int = 60


def worker_script(face: PhoneFace) -> Response:
    """The service worker, which is another one as soon as one of its files is."""
    told = asdict(face)
    del told["files"], told["title"]
    return worker(_SCRIPT, told, named="FACE", files=face.files, scope=face.root)


def let_keep(response: Response) -> Response:
    """Say for whom a phone may keep this page, and make it small: for `after_request` of a face."""
    is_page = response.status_code == 200 and response.mimetype == "text/html"
    if is_page and request.method == "GET" and response.headers.get("Cache-Control") is None:
        user_id = current_viewer().user_id
        if user_id is not None:
            response.headers[KEEP_FOR] = person_name(user_id)
    return compress(response)
