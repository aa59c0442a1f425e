"""XLSX: the first sheet's values. Formulas are never run, and what one says was computed by who wrote it."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml import DEFUSEDXML

from shop.storage.spreadsheets import BrokenFile

if not DEFUSEDXML:
    raise RuntimeError("spreadsheets are read with defusedxml only")

# What openpyxl and the libraries below it raise for files that are not what they say.
_BROKEN: Final = (
    *(zipfile.BadZipFile, InvalidFileException, ParseError, zlib.error),
    *(OSError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError, RuntimeError),
)


def read_new_excel(content: bytes, *, most_rows: int, most_columns: int) -> list[tuple[int, tuple[Any, ...]]]:
    """Rows with their numbers. Raises BrokenFile."""
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what a file says of its own size is not believed
            cells = sheet.iter_rows(max_row=most_rows, max_col=most_columns, values_only=True)
            return list(enumerate(cells, 1))
        finally:
            book.close()
    except _BROKEN as error:
        raise BrokenFile() from error
