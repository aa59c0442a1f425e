"""XLS, which many banks still write: the first sheet's values, in memory in proportion to the file.

xlrd keeps rows as ragged as they stand in the file. Readers that fill a rectangle between the first cell and the last
can be made to ask for any amount of memory by a file of a few kB.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any, Final

import xlrd

from shop.storage.spreadsheets import BrokenFile

_BROKEN: Final = (
    *(xlrd.XLRDError, xlrd.compdoc.CompDocError, struct.error, AssertionError, OSError, EOFError, ValueError),
    *(
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        RuntimeError,
        ZeroDivisionError,
        OverflowError,
        MemoryError,
    ),
)


def read_old_excel(content: bytes, *, most_rows: int, most_columns: int) -> list[tuple[int, list[Any]]]:
    """Rows with their numbers. Raises BrokenFile."""
    try:
        with xlrd.open_workbook(
            file_contents=content, logfile=io.StringIO(), on_demand=True, ragged_rows=True
        ) as book:
            return list(_rows(book, most_rows, most_columns))
    except _BROKEN as error:
        raise BrokenFile() from error


def _rows(book: xlrd.Book, most_rows: int, most_columns: int) -> Iterator[tuple[int, list[Any]]]:
    sheet = book.sheet_by_index(0)
    for place in range(min(sheet.nrows, most_rows)):
        width = min(sheet.row_len(place), most_columns)
        yield place + 1, [_value(book, sheet.cell(place, column)) for column in range(width)]


def _value(book: xlrd.Book, cell: Any) -> Any:
    """An error such as #DIV/0! is text that no column takes for a number or a day."""
    if cell.ctype == xlrd.XL_CELL_DATE:
        return xlrd.xldate_as_datetime(cell.value, book.datemode)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(cell.value, "#")
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return None
    return cell.value
