"""Static files looked at once a process: there are a hundred, and all its applications publish them in one place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from whitenoise import WhiteNoise
from whitenoise.responders import StaticFile

from shop.web import static_files


def keep_static_files() -> None:
    _publish_once()
    _look_once()


def _publish_once() -> None:
    """What was put into the place of all applications is there to the end of the process."""
    publish, published = static_files.publish, {}

    def publish_once(target: Path, name: str, content: bytes, *, compress: bool) -> str:
        if not os.path.islink(target):  # noqa: PTH114  # a hundred times for each application
            return publish(target, name, content, compress=compress)
        key = (os.readlink(target), name, content, compress)  # noqa: PTH115
        if key not in published:
            published[key] = publish(target, name, content, compress=compress)
        return published[key]

    static_files.publish = publish_once


def _look_once() -> None:
    """As long as a file's stat is the same, only the headers that an application's settings demand may differ."""
    add, look_at, known = WhiteNoise.add_files, WhiteNoise.get_static_file, {}

    def add_where_they_are(shelf: WhiteNoise, root: str, prefix: str | None = None) -> None:
        add(shelf, os.path.realpath(root), prefix)  # an instance of a test has only a link to them

    def look_once(
        shelf: WhiteNoise, path: str, url: str, stat_cache: dict[str, os.stat_result] | None = None
    ) -> StaticFile:
        own: dict[str, str] = {}
        shelf.add_headers_function(own, path, url)
        looks = [_look(path + ending, stat_cache or {}) for ending in ("", ".gz", ".br")]
        key = (path, url, *looks, *own.items())
        if key not in known:
            known[key] = look_at(shelf, path, url, stat_cache=stat_cache)
        return known[key]

    WhiteNoise.add_files, WhiteNoise.get_static_file = add_where_they_are, look_once


def _look(path: str, stats: dict[str, os.stat_result]) -> tuple[Any, ...]:
    stat = stats.get(path)
    return (stat.st_ino, stat.st_size, stat.st_mtime_ns) if stat else ()
