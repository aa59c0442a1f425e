"""Reports as files, streamed: the same statement as the page."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Final

from flask import stream_with_context
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.kit.clock import shanghai_date, utc_now
from shop.reports.definition import Report, Span
from shop.reports.export_csv import csv_chunks
from shop.reports.export_json import json_chunks
from shop.reports.export_xlsx import write_xlsx
from shop.reports.running import stream_rows, totals
from shop.web.database import patient_session
from shop.web.language import current_language

CHUNK_BYTES: Final = 64 * 1024
LONGEST_SECONDS: Final = 120
CSV: Final = "text/csv; charset=utf-8"
JSON: Final = "application/json"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_file(chosen: Report, span: Span) -> Response:
    session = patient_session(seconds=LONGEST_SECONDS)
    rows = stream_rows(session, chosen, span, current_language())
    body = stream_with_context(csv_chunks(chosen, rows, gettext))
    return download(body, chosen, span, "csv", CSV)


def xlsx_file(chosen: Report, span: Span) -> Response:
    """Written to a temporary file row by row, then sent: a workbook's directory comes last."""
    session, language = patient_session(seconds=LONGEST_SECONDS), current_language()
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed when the answer has been sent
    _count, sums = totals(session, chosen, span, language)
    write_xlsx(file, chosen, stream_rows(session, chosen, span, language), sums, gettext)
    file.seek(0)
    answer = download(in_chunks(file), chosen, span, "xlsx", XLSX)
    answer.call_on_close(file.close)
    return answer


def json_file(chosen: Report, span: Span) -> Response:
    session = patient_session(seconds=LONGEST_SECONDS)
    rows = stream_rows(session, chosen, span, current_language())
    body = stream_with_context(json_chunks(chosen, span, rows, gettext))
    return download(body, chosen, span, "json", JSON)


def in_chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def download(body: Iterator[bytes], chosen: Report, span: Span, suffix: str, mimetype: str) -> Response:
    name = f"{chosen.name}_{_days(chosen, span)}.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, content_type=mimetype, headers=headers)


def _days(chosen: Report, span: Span) -> str:
    """The days that the file is about; what says how things stand now is of today."""
    if not chosen.ranged:
        return f"{shanghai_date(utc_now()):%Y%m%d}"
    if chosen.at_end:
        return f"{span.last:%Y%m%d}"
    return f"{span.first:%Y%m%d}-{span.last:%Y%m%d}"


TYPES: Final[Mapping[str, str]] = {"csv": CSV, "xlsx": XLSX, "json": JSON}
FILES: Final[Mapping[str, Callable[[Report, Span], Response]]] = {
    "csv": csv_file,
    "xlsx": xlsx_file,
    "json": json_file,
}
