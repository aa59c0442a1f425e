"""A report as a workbook: typed cells, a frozen heading, totals below. Rows go to disk one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any, Final

from shop.kit.clock import in_shanghai
from shop.kit.text import msg
from shop.reports.cells import WORDS, Translate, as_cell, as_day, heading
from shop.reports.definition import Column, Report, Row, Unit
from shop.storage.workbooks import new_workbook

LONGEST_NAME: Final = 27  # of 31, which leaves room for a number
NUMBER_FORMATS = {
    Unit.FEN: "#,##0.00",
    Unit.YUAN: "0.00",
    Unit.COUNT: "#,##0",
    Unit.GRAMS: "#,##0",
    Unit.SHARE: "0.00%",
    Unit.DAY: "yyyy-mm-dd",
    Unit.WEEK: "yyyy-mm-dd",
    Unit.MONTH: "yyyy-mm",
    Unit.MOMENT: "yyyy-mm-dd hh:mm",
}
SHEET_ROWS = 1_048_576  # what one sheet can hold; the rest goes on the next


def write_xlsx(
    file: IO[bytes],
    report: Report,
    rows: Iterable[Row],
    totals: Mapping[str, int],
    translate: Translate,
    *,
    remarks: Callable[[], Iterable[tuple[str, str]]] | None = None,
) -> None:
    """Write the workbook to a binary file. Text is never read as a formula.

    `remarks`, asked for when all rows are written, stand on a sheet of their own.
    """
    with new_workbook(file, constant_memory=True) as book:
        writer = _SheetWriter(book, report, translate)
        for row in rows:
            writer.row(row)
        writer.totals(totals)
        if remarks is not None:
            writer.remarks(remarks())


class _SheetWriter:
    def __init__(self, book: Any, report: Report, translate: Translate) -> None:
        self._book = book
        self._report = report
        self._translate = translate
        self._bold = book.add_format({"bold": True})
        self._formats = {
            (unit, bold): book.add_format({"num_format": pattern, "bold": bold})
            for unit, pattern in NUMBER_FORMATS.items()
            for bold in (False, True)
        }
        self._start_sheet()

    def _name(self) -> str:
        """The report's title as a sheet may be called; further sheets are numbered."""
        title = re.sub(r"[\[\]:*?/\\']", " ", self._translate(self._report.title))[:LONGEST_NAME].strip()
        count = len(self._book.worksheets()) + 1
        return title if count == 1 else f"{title} {count}"

    def _start_sheet(self) -> None:
        self._sheet = self._book.add_worksheet(self._name())
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(self._report.columns) - 1, 16)
        for place, column in enumerate(self._report.columns):
            self._sheet.write_string(0, place, heading(column, self._translate), self._bold)
        self._next = 1

    def row(self, values: Row, *, bold: bool = False) -> None:
        if self._next >= SHEET_ROWS - 1:
            self._start_sheet()
        for place, (column, value) in enumerate(zip(self._report.columns, values, strict=True)):
            self._cell(place, column, value, bold=bold)
        self._next += 1

    def totals(self, totals: Mapping[str, int]) -> None:
        values: list[Any] = [totals.get(column.key) for column in self._report.columns]
        if not totals:
            return
        self.row(values, bold=True)
        if values[0] is None:
            self._sheet.write_string(self._next - 1, 0, self._translate(msg("Total")), self._bold)

    def remarks(self, said: Iterable[tuple[str, str]]) -> None:
        sheet = self._book.add_worksheet(self._translate(msg("About this table")))
        sheet.set_column(0, 0, 32)
        for row, (label, text) in enumerate(said):
            sheet.write_string(row, 0, label, self._bold)
            sheet.write_string(row, 1, text)

    def _cell(self, place: int, column: Column, value: Any, *, bold: bool) -> None:
        if value is None:
            return
        style = self._formats.get((column.unit, bold))
        match column.unit:
            case Unit.FEN | Unit.YUAN:
                self._sheet.write_number(self._next, place, int(value) / 100, style)
            case Unit.SHARE:
                self._sheet.write_number(self._next, place, int(value) / 10_000, style)
            case Unit.COUNT | Unit.GRAMS | Unit.ENTRY:
                self._sheet.write_number(self._next, place, int(value), style)
            case Unit.DAY | Unit.WEEK | Unit.MONTH:
                self._sheet.write_datetime(self._next, place, as_day(value), style)
            case Unit.MOMENT:
                local = in_shanghai(value).replace(tzinfo=None)
                self._sheet.write_datetime(self._next, place, local, style)
            case unit if unit in WORDS:
                word = as_cell(column, value, self._translate)
                self._sheet.write_string(self._next, place, word)
            case _:
                self._sheet.write_string(self._next, place, str(value))
