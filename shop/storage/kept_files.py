"""A file and the row that names it: the file is written first, and what no row names does not stay."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork


def keep_file(
    unit_of_work: UnitOfWork,
    store: MediaStore,
    name: str,
    content: bytes,
    write: Callable[[Session], str],
) -> None:
    """Write a file under a new name, then its row.

    `write` returns the name that no row needs any more: that of the file it takes the place of, this one where the
    same file was known, or nothing. Raises StorageFull, and what `write` raises; then nothing stays behind.
    """
    store.write(name, content)
    unwanted = name
    try:
        unwanted = unit_of_work.run(write)
    finally:
        if unwanted:
            store.delete(unwanted)
