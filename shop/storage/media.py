"""Files that people upload and what is made of them, in a local folder or any other place that fsspec knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any, Final

import fsspec

from shop.kit.errors import NotFound, ShopError
from shop.kit.text import msg

_PIECE: Final = 64 * 1024
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*(\.[a-z0-9]+)?")


class StorageFull(ShopError):
    code = "storage_full"
    status = HTTPStatus.INSUFFICIENT_STORAGE
    default_message = msg("There is no room left for files. Nothing was stored; please tell the shop.")


class MediaStore:
    """Files by names of our own making. A name that we would not make is never looked up."""

    def __init__(self, url: str) -> None:
        self._files: Any
        self._files, self._folder = fsspec.core.url_to_fs(url)

    def write(self, name: str, content: bytes) -> None:
        """Raises StorageFull when the disk or the bucket takes no more; then nothing stays behind."""
        path = self._path(name)
        try:
            self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._files.pipe_file(path, content)
        except OSError as error:
            self.delete(name)
            raise StorageFull() from error

    def write_file(self, name: str, path: str) -> None:
        """Take over a file of this machine, whatever its size. Raises StorageFull as `write` does."""
        target = self._path(name)
        try:
            self._files.makedirs(target.rpartition("/")[0], exist_ok=True)
            self._files.put_file(path, target)
        except OSError as error:
            self.delete(name)
            raise StorageFull() from error

    def pieces(self, name: str) -> Iterator[bytes]:
        """A file piece by piece; opened at once. Raises NotFound."""
        try:
            file = self._files.open(self._path(name), "rb")
        except FileNotFoundError:
            raise NotFound() from None
        return _pieces(file)

    def read(self, name: str) -> bytes:
        """Raises NotFound."""
        try:
            content: bytes = self._files.cat_file(self._path(name))
        except FileNotFoundError:
            raise NotFound() from None
        return content

    def delete(self, name: str) -> None:
        """A file that is not there is fine."""
        try:
            self._files.rm_file(self._path(name))
        except (FileNotFoundError, NotADirectoryError):
            return

    def delete_older(self, folder: str, *, before: datetime) -> int:
        """Delete the files of a folder that were written before that moment; returns how many."""
        path = self._path(folder)
        try:
            found = self._files.ls(path, detail=False)
        except FileNotFoundError:
            return 0
        old = [one for one in found if self._files.modified(one) < before]
        for one in old:
            self._files.rm_file(one)
        return len(old)

    def _path(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise NotFound()
        return f"{self._folder}/{name}"


def _pieces(file: Any) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


@cache
def media_store(url: str) -> MediaStore:
    """The store at this MEDIA_URL."""
    return MediaStore(url)
