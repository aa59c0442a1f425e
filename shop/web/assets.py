"""Puts together everything that is served under /static: our files, the shelf's files, sprite and bundles.

Sources stay small files; a visitor gets one style sheet and one script a face. Hashing and compressing is
`static_files`' work.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import flask_bootstrap
from flask import Flask

from shop.web import bootstrap_subset, icons

SOURCE: Final = Path(__file__).resolve().parent.parent / "static"
BOOTSTRAP: Final = Path(flask_bootstrap.__file__).parent / "static/bootstrap5/css/bootstrap.min.css"
_COMMENT: Final = re.compile(rb"^[ ]*/\*.*?\*/\n", re.MULTILINE | re.DOTALL)
DEFAULT_ILLUSTRATION: Final = "basket"


@cache
def contents() -> Mapping[str, bytes]:
    """Every static file by its name, made from the sources once a process."""
    bundles: dict[str, list[str]] = json.loads((SOURCE / "bundles.json").read_text("utf-8"))
    files = {
        path.relative_to(SOURCE).as_posix(): path.read_bytes()
        for path in sorted(SOURCE.rglob("*"))
        if path.is_file() and path.name != "bundles.json"
    }
    files["vendor/bootstrap.min.css"] = _bootstrap().encode()
    files[icons.SPRITE] = icons.build_sprite(icons.used_names()).encode()
    for face in icons.SMALL_SPRITES:
        files[icons.sprite_of_face(face)] = icons.build_sprite(icons.names_of_face(face)).encode()
    bundled = {name: _bundle(name, [files[part] for part in parts]) for name, parts in bundles.items()}
    return MappingProxyType(files | bundled)


def _bootstrap() -> str:
    return bootstrap_subset.subset(BOOTSTRAP.read_text("utf-8"), bootstrap_subset.words_of_pages())


def _bundle(name: str, parts: list[bytes]) -> bytes:
    """Style sheets one after the other; scripts each in a block of its own, so that names stay apart.

    Comments that stand on lines of their own are for whoever reads the source.
    """
    if name.endswith(".js"):
        parts = [b"{\n" + _COMMENT.sub(b"", part) + b"}\n" for part in parts]
    return b"".join(parts)


def register(app: Flask) -> None:
    """Give templates `illustration(family)`, which knows every drawing in `illustrations/`."""
    families = {path.stem for path in (SOURCE / "illustrations").glob("*.svg")}

    def illustration(family: str) -> str:
        name = family if family in families else DEFAULT_ILLUSTRATION
        static_url: Callable[[str], str] = app.jinja_env.globals["static_url"]  # type: ignore[assignment]
        return static_url(f"illustrations/{name}.svg")

    app.jinja_env.globals["illustration"] = illustration
