"""A report as JSON for programs: amounts in fen, weights in grams, moments in UTC, states by their code."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any, Final

from shop.reports.cells import Translate, as_day
from shop.reports.definition import Column, Report, Row, Span, Unit

CHUNK_ROWS: Final = 500
_DAYS: Final = (Unit.DAY, Unit.WEEK, Unit.MONTH)
_NUMBERS: Final = (Unit.FEN, Unit.YUAN, Unit.COUNT, Unit.GRAMS, Unit.SHARE, Unit.ENTRY)


def json_chunks(report: Report, span: Span, rows: Iterable[Row], translate: Translate) -> Iterator[bytes]:
    """Yields the file piece by piece: one object, a line for each row."""
    told = {
        "report": report.name,
        "title": translate(report.title),
        "from": span.first.isoformat(),
        "to": span.last.isoformat(),
        "columns": [
            {"key": one.key, "title": translate(one.title), "unit": one.unit.value} for one in report.columns
        ],
    }
    yield f'{_written(told)[:-1]},\n"rows": ['.encode()
    buffer: list[str] = []
    for count, row in enumerate(rows):
        cells = [_cell(column, value) for column, value in zip(report.columns, row, strict=True)]
        buffer.append(f"{',' if count else ''}\n{_written(cells)}")
        if len(buffer) == CHUNK_ROWS:
            yield "".join(buffer).encode()
            buffer.clear()
    yield f"{''.join(buffer)}\n]}}\n".encode()


def _cell(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.unit in _NUMBERS:
        return int(value)
    if column.unit in _DAYS:
        return as_day(value).isoformat()
    if column.unit is Unit.MOMENT:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
