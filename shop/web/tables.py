"""Small tables as files that a spreadsheet opens: text stays text, whatever it begins with."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Final

from flask import Response

from shop.kit.errors import NotFound
from shop.kit.text import safe_cell
from shop.storage.workbooks import new_workbook

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Rows = Sequence[Sequence[str]]


def asked_kind(kind: str) -> str:
    """Raises NotFound for another kind of file than xlsx and csv."""
    if kind not in _MAKERS:
        raise NotFound()
    return kind


def table_file(rows: Rows, kind: str, *, name: str, title: str, safe: bool = False) -> Response:
    """`name.kind` to be saved; the first row is the headings. `safe`: its cells have their apostrophes already.

    Raises NotFound for a kind that is not `asked_kind`.
    """
    make, content_type = _MAKERS[asked_kind(kind)]
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"', "Cache-Control": "no-store"}
    return Response(make(rows, title, safe), content_type=content_type, headers=headers)


def _csv(rows: Rows, _title: str, safe: bool) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([cell if safe else safe_cell(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _xlsx(rows: Rows, title: str, _safe: bool) -> bytes:
    buffer = io.BytesIO()
    with new_workbook(buffer, in_memory=True) as book:
        sheet = book.add_worksheet(title)
        bold = book.add_format({"bold": True})
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row, bold if number == 0 else None)
        sheet.set_column(0, len(rows[0]), 16)
    return buffer.getvalue()


_MAKERS: Final[dict[str, tuple[Callable[[Rows, str, bool], bytes], str]]] = {
    "xlsx": (_xlsx, XLSX),
    "csv": (_csv, "text/csv; charset=utf-8"),
}
