"""A table of lots, as `storage.spreadsheets` reads it."""

from __future__ import annotations

from typing import Final

from shop.storage.spreadsheets import MOST_BYTES, Cell, Limits, Row, read_rows

__all__ = ["MOST_BYTES", "Cell", "Row", "read_table"]

LIMITS: Final = Limits(rows=500, columns=20)


def read_table(content: bytes) -> list[Row]:
    """The rows that are not empty. Raises InvalidInput for the field `file`."""
    return read_rows(content, LIMITS)
