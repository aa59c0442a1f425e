"""A report as CSV that spreadsheet programs open in the right encoding: UTF-8 with a byte-order mark."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from shop.reports.cells import Translate, as_cell, heading
from shop.reports.definition import Report, Row

CHUNK_ROWS = 500


def csv_chunks(report: Report, rows: Iterable[Row], translate: Translate) -> Iterator[bytes]:
    """Yields the file piece by piece; the first piece is the heading, at once."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([heading(column, translate) for column in report.columns])
    yield b"\xef\xbb\xbf" + _drain(buffer)
    for count, row in enumerate(rows, start=1):
        writer.writerow(
            [as_cell(column, value, translate) for column, value in zip(report.columns, row, strict=True)]
        )
        if count % CHUNK_ROWS == 0:
            yield _drain(buffer)
    yield _drain(buffer)


def _drain(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
