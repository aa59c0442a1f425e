"""Static files under names that hold a hash of their content, compressed, and kept by browsers for ever.

They are written once to `instance/static`; older versions stay there for pages that are still open or cached.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import brotli
from flask import Flask
from whitenoise import WhiteNoise

from shop.extensions import settings
from shop.web import assets
from shop.web.security_headers import header_policy

PREFIX = "/static/"
_HASHED = re.compile(r"\.[0-9a-f]{12}\.[a-z0-9.]+$")
_COMPRESSED = frozenset({".css", ".js", ".svg", ".json", ".webmanifest", ".txt"})


def register(app: Flask) -> None:
    """Publish the files, serve them before the application, and give templates `static_url(name)`."""
    with app.app_context():
        chosen = settings()
    target = chosen.instance_path / "static"
    addresses = {
        name: PREFIX + publish(target, name, content, compress=not chosen.is_testing)
        for name, content in assets.contents().items()
    }

    def static_url(name: str) -> str:
        """The address of a static file. Raises KeyError for a file that does not exist."""
        return addresses[name]

    app.jinja_env.globals["static_url"] = static_url
    app.extensions["shop.static"] = addresses
    policy = header_policy(chosen)

    def add_headers(headers: dict[str, str], _path: str, _url: str) -> None:
        for name, value in policy.items():
            headers[name] = value  # noqa: PERF403  # WSGI headers have no update

    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(target),
        prefix=PREFIX,
        max_age=60,
        immutable_file_test=is_immutable,
        allow_all_origins=False,
        add_headers_function=add_headers,
    )


def publish(target: Path, name: str, content: bytes, *, compress: bool) -> str:
    """Write one file under its hashed name, with its compressed twins, and return that name."""
    path = PurePosixPath(name)
    digest = hashlib.sha256(content).hexdigest()[:12]
    hashed = path.with_name(f"{path.stem}.{digest}{path.suffix}").as_posix()
    files: dict[str, Callable[[bytes], bytes]] = {hashed: bytes}
    if compress and path.suffix in _COMPRESSED:
        files |= {f"{hashed}.br": brotli.compress, f"{hashed}.gz": gzip.compress}
    for file, encode in files.items():
        if not (target / file).exists():
            _write(target / file, encode(content))
    return hashed


def is_immutable(_path: str, url: str) -> bool:
    return bool(_HASHED.search(url))


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: several processes may start at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)
