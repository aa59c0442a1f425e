"""What a browser takes to keep part of the shop on a device: a service worker, and a manifest for its first screen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final, cast

from flask import Response, current_app, jsonify, request

from shop.web import assets

_ICON_SIZES: Final = (192, 512)


def worker(
    script: str, told: Mapping[str, Any], *, named: str, files: tuple[str, ...], scope: str
) -> Response:
    """The service worker in the static file `script`, which is another one as soon as one of its files is.

    It finds what it is told in a constant called `named`: `told`, the addresses of `files` (by the names of
    `static_url`) as `shell`, and its `version`.
    """
    addresses = cast(Mapping[str, str], current_app.extensions["shop.static"])
    source = assets.contents()[script].decode()
    shell = [addresses[name] for name in files]
    version = hashlib.sha256("\n".join([*shell, source]).encode()).hexdigest()[:12]
    facts = json.dumps({**told, "shell": shell, "version": version})
    response = Response(f"const {named} = {facts};\n{source}", content_type="text/javascript; charset=utf-8")
    response.headers["Service-Worker-Allowed"] = scope
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag(weak=True)
    return cast(Response, response.make_conditional(request))


def manifest(name: str, short_name: str, *, language: str, root: str, start: str) -> Response:
    """For who puts the shop on the device's first screen, which nobody is asked to do. Paths are `root` (scope) and `start`."""
    static_url: Any = current_app.jinja_env.globals["static_url"]
    icons = [
        {"src": static_url(f"phone-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in _ICON_SIZES
    ]
    response = jsonify(
        {
            "name": name,
            "short_name": short_name,
            "lang": language,
            "id": root,
            "start_url": start,
            "scope": root,
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#143f33",
            "icons": icons,
        }
    )
    response.content_type = "application/manifest+json"
    response.headers["Cache-Control"] = "no-cache"
    return response
