"""Reading a spreadsheet that somebody sends: XLSX or CSV, by its content, within limits judged before unpacking."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml import DEFUSEDXML

from shop.kit.errors import InvalidInput
from shop.kit.text import msg

if not DEFUSEDXML:
    raise RuntimeError("spreadsheets are read with defusedxml only")

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_UNPACKED: Final = 60 * 1024 * 1024
MOST_RATIO: Final = 200
MOST_ENTRIES: Final = 200
MOST_ROWS: Final = 500
MOST_COLUMNS: Final = 20
LONGEST_CELL: Final = 500

NOT_A_TABLE: Final = msg("Only XLSX and CSV files can be read. Please save the table as one of them.")
DAMAGED: Final = msg("This file is damaged or protected and cannot be read.")
TOO_LARGE: Final = msg("A table has at most 10 MB.")
TOO_MANY_ROWS: Final = msg("At most %(most)s rows at once. Please split the table.")

_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
# What openpyxl and the libraries below it raise for files that are not what they say.
_BROKEN: Final = (
    *(zipfile.BadZipFile, InvalidFileException, ParseError, zlib.error),
    *(OSError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError, RuntimeError),
)

Cell = str | date | None
Row = tuple[int, Sequence[Cell]]  # its number in the file, and its cells


def read_table(content: bytes) -> list[Row]:
    """The rows that are not empty. Raises InvalidInput for the field `file`."""
    if len(content) > MOST_BYTES:
        raise InvalidInput(TOO_LARGE, field="file")
    if content.startswith(_OLD_EXCEL) or not content.strip():
        raise InvalidInput(NOT_A_TABLE, field="file")
    rows = _from_xlsx(content) if content.startswith(_ZIP) else _from_csv(content)
    found = [(number, cells) for number, cells in rows if any(cell not in (None, "") for cell in cells)]
    if len(found) > MOST_ROWS + 1:
        raise InvalidInput(TOO_MANY_ROWS, field="file", most=MOST_ROWS)
    return found


def _from_csv(content: bytes) -> Iterator[Row]:
    """UTF-8, else GB18030, which Excel in China writes; separated by comma, semicolon or tab."""
    if b"\0" in content:
        raise InvalidInput(NOT_A_TABLE, field="file")
    text = _decoded(content)
    first_line = text.lstrip().partition("\n")[0]
    separator = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for number, cells in enumerate(reader, 1):
            if number > MOST_ROWS * 4:
                raise InvalidInput(TOO_MANY_ROWS, field="file", most=MOST_ROWS)
            yield number, [cell.strip()[:LONGEST_CELL] for cell in cells[:MOST_COLUMNS]]
    except csv.Error:
        raise InvalidInput(DAMAGED, field="file") from None


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput(NOT_A_TABLE, field="file")


def _from_xlsx(content: bytes) -> list[Row]:
    """The first sheet, values only: formulas are never run, and what one says was computed by who wrote it."""
    _judge_archive(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what a file says of its own size is not believed
            cells = sheet.iter_rows(max_row=MOST_ROWS * 4, max_col=MOST_COLUMNS, values_only=True)
            return [(number, [_plain(cell) for cell in row]) for number, row in enumerate(cells, 1)]
        finally:
            book.close()
    except _BROKEN as error:
        raise InvalidInput(DAMAGED, field="file") from error


def _judge_archive(content: bytes) -> None:
    """By the directory of the archive, before anything is unpacked."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise InvalidInput(DAMAGED, field="file") from None
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * max(packed, 1):
        raise InvalidInput(TOO_LARGE, field="file")
    if not any(entry.filename == "xl/workbook.xml" for entry in entries):
        raise InvalidInput(NOT_A_TABLE, field="file")


def _plain(cell: Any) -> Cell:
    if cell is None:
        return None
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()[:LONGEST_CELL]
