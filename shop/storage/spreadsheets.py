"""Reading a spreadsheet that somebody sends: XLSX, XLS or CSV, by its content, within limits judged before unpacking."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pkgutil import resolve_name
from typing import Any, Final

from shop.kit.errors import InvalidInput
from shop.kit.text import msg

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_UNPACKED: Final = 60 * 1024 * 1024
MOST_RATIO: Final = 200
MOST_ENTRIES: Final = 200
LONGEST_CELL: Final = 500
_LINES_LOOKED_AT: Final = 30  # for what separates the cells: titles above the headings have none

NOT_A_TABLE: Final = msg("Only XLSX and CSV files can be read. Please save the table as one of them.")
NO_STATEMENT: Final = msg("Only CSV, XLS and XLSX files can be read. Please fetch the table as one of them.")
DAMAGED: Final = msg("This file is damaged or protected and cannot be read.")
TOO_LARGE: Final = msg("A table has at most 10 MB.")
TOO_MANY_ROWS: Final = msg("At most %(most)s rows at once. Please split the table.")

_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
# Imported when the first such file comes: their libraries are as large as a twentieth of a worker.
_NEW_EXCEL: Final = "shop.storage.new_excel:read_new_excel"
_OLD_EXCEL_READER: Final = "shop.storage.old_excel:read_old_excel"

Cell = str | date | None
Row = tuple[int, Sequence[Cell]]  # its number in the file, and its cells


class BrokenFile(Exception):
    """The file is not what it says."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a table is read, the headings not counted; `old_excel`: XLS is taken as well; `times`: a day keeps
    the time that its cell has; `titles`: lines that may stand above the headings, and count as little; `longest_cell`:
    text behind that many characters is not read; `headings_first`: what
    separates the cells is seen in the first line alone, as the others hold whole texts.
    """

    rows: int
    columns: int
    old_excel: bool = False
    times: bool = False
    titles: int = 0
    headings_first: bool = False
    longest_cell: int = LONGEST_CELL

    @property
    def most_lines(self) -> int:
        """Empty lines and titles included."""
        return self.rows * 4

    @property
    def refusal(self) -> str:
        return NO_STATEMENT if self.old_excel else NOT_A_TABLE


def read_rows(content: bytes, limits: Limits) -> list[Row]:
    """The rows that are not empty. Raises InvalidInput for the field `file`."""
    if len(content) > MOST_BYTES:
        raise InvalidInput(TOO_LARGE, field="file")
    found = [row for row in _rows(content, limits) if any(cell not in (None, "") for cell in row[1])]
    if len(found) > limits.rows + 1 + limits.titles:
        raise InvalidInput(TOO_MANY_ROWS, field="file", most=limits.rows)
    return found


def _rows(content: bytes, limits: Limits) -> Iterator[Row] | list[Row]:
    if content.startswith(_ZIP):
        return _from_xlsx(content, limits)
    if content.startswith(_OLD_EXCEL) and limits.old_excel:
        return _from_excel(_OLD_EXCEL_READER, content, limits)
    if content.startswith(_OLD_EXCEL) or not content.strip() or b"\0" in content:
        raise InvalidInput(limits.refusal, field="file")
    return _from_csv(content, limits)


def _from_csv(content: bytes, limits: Limits) -> Iterator[Row]:
    """UTF-8, else GB18030, which Excel and banks in China write; separated by comma, semicolon or tab."""
    text = _decoded(content, limits)
    looked_at = 1 if limits.headings_first else _LINES_LOOKED_AT
    first_lines = "\n".join(text.lstrip().split("\n", looked_at)[:looked_at])
    separator = max(",;\t", key=first_lines.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for number, cells in enumerate(reader, 1):
            if number > limits.most_lines:
                raise InvalidInput(TOO_MANY_ROWS, field="file", most=limits.rows)
            yield number, [cell.strip()[: limits.longest_cell] for cell in cells[: limits.columns]]
    except csv.Error:
        raise InvalidInput(DAMAGED, field="file") from None


def _decoded(content: bytes, limits: Limits) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput(limits.refusal, field="file")


def _from_xlsx(content: bytes, limits: Limits) -> list[Row]:
    _judge_archive(content, limits)
    return _from_excel(_NEW_EXCEL, content, limits)


def _from_excel(reader: str, content: bytes, limits: Limits) -> list[Row]:
    try:
        rows = resolve_name(reader)(content, most_rows=limits.most_lines, most_columns=limits.columns)
        return [(number, [_plain(cell, limits) for cell in cells]) for number, cells in rows]
    except BrokenFile as error:
        raise InvalidInput(DAMAGED, field="file") from error


def _judge_archive(content: bytes, limits: Limits) -> None:
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
        raise InvalidInput(limits.refusal, field="file")


def _plain(cell: Any, limits: Limits) -> Cell:
    if cell is None:
        return None
    if isinstance(cell, datetime):
        return cell if limits.times and cell.time() != time.min else cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, float):
        # A spreadsheet keeps 0.3 as 0.30000000000000004; nobody types a millionth of anything.
        return str(int(cell)) if cell.is_integer() else str(round(cell, 6))
    return str(cell).strip()[: limits.longest_cell]
