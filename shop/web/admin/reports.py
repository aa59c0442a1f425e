"""Reports on screen, as CSV and as XLSX: the same columns, the same statement, the same numbers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import IO, Any, Final

from flask import Response, render_template, request, stream_with_context, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import RoleName
from shop.kit.clock import iso_week_start, shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.reports.all_reports import REPORTS, find_report
from shop.reports.cells import STATUS_UNITS, WORDS, as_day
from shop.reports.definition import Column, Fact, Report, Row, Span, Unit
from shop.reports.export_csv import csv_chunks
from shop.reports.export_xlsx import write_xlsx
from shop.reports.running import page_of_rows, stream_rows, totals
from shop.web.admin.blueprint import admin
from shop.web.database import read_session, transact
from shop.web.guards import requires
from shop.web.language import current_language
from shop.web.viewer import current_viewer

PAGE_ROWS: Final = 100
CHART_ROWS: Final = 31
CHUNK_BYTES: Final = 64 * 1024
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# How the table macro writes a cell of each unit.
KINDS: Final = {
    Unit.FEN: "money",
    Unit.COUNT: "number",
    Unit.GRAMS: "grams",
    Unit.DAY: "day",
    Unit.MOMENT: "moment",
    Unit.SHARE: "percent",
}


@dataclass(frozen=True)
class Preset:
    """A range that people ask for by name."""

    key: str
    label: str
    span: Span


def presets(today: date) -> list[Preset]:
    month = today.replace(day=1)
    last_month_end = month - timedelta(days=1)
    return [
        Preset("week", msg("This week"), Span(iso_week_start(today), today)),
        Preset("month", msg("This month"), Span(month, today)),
        Preset("last-month", msg("Last month"), Span(last_month_end.replace(day=1), last_month_end)),
        Preset("year", msg("This year"), Span(today.replace(month=1, day=1), today)),
        Preset("twelve-months", msg("Twelve months"), Span(today - timedelta(days=364), today)),
    ]


@admin.get("/reports")
@requires(RoleName.ADMIN)
def reports() -> str:
    """Every report by name."""
    return render_template("admin/reports.html", reports=REPORTS.values(), page="reports")


@admin.get("/reports/<name>")
@requires(RoleName.ADMIN)
def report(name: str) -> str | Response:
    """One report for whole Shanghai days; `format` is html, csv or xlsx."""
    chosen, span = find_report(name), _asked_span()
    kind = request.args.get("format", "html")
    if kind == "html":
        return _page(chosen, span)
    if kind not in {"csv", "xlsx"}:
        raise InvalidInput(msg("Reports come as html, csv or xlsx."), field="format")
    _note_export(chosen, span, kind)
    return _csv(chosen, span) if kind == "csv" else _xlsx(chosen, span)


def _asked_span() -> Span:
    """The range in the address, else the running month. Raises InvalidInput for what is no day."""
    today = shanghai_date(utc_now())
    first = _day("from", today.replace(day=1))
    return Span(first, _day("to", max(first, today)))


def _day(name: str, default: date) -> date:
    typed = request.args.get(name, "").strip()
    if not typed:
        return default
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise InvalidInput(msg("A day is written like 2026-11-30."), field=name) from error


def _page(chosen: Report, span: Span) -> str:
    session, language = read_session(), current_language()
    count, sums = totals(session, chosen, span, language)
    pages = max(1, -(-count // PAGE_ROWS))
    asked = request.args.get("page", "1")
    number = min(int(asked), pages) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 8 else 1
    rows = page_of_rows(session, chosen, span, language, page=max(1, number), size=PAGE_ROWS)

    def address(**changes: Any) -> str:
        days = {"from": span.first.isoformat(), "to": span.last.isoformat()}
        return url_for("admin.report", **{"name": chosen.name, **days, **changes})

    return render_template(
        "admin/report.html",
        page="reports",
        report=chosen,
        span=span,
        presets=presets(shanghai_date(utc_now())),
        columns=[_column(column) for column in chosen.columns],
        rows=[_cells(chosen, row) for row in rows],
        foot=_foot(chosen, sums) if count else None,
        count=count,
        number=max(1, number),
        pages=pages,
        facts=[_fact(fact) for fact in chosen.facts(session, span)],
        chart=_chart(session, chosen, span, language),
        reports=REPORTS.values(),
        address=address,
        page_url=lambda wanted: address(page=wanted),
    )


def _column(column: Column) -> dict[str, Any]:
    label = gettext(column.title)
    if column.unit is Unit.FEN:
        label = f"{label} (¥)"
    return {"key": column.key, "label": label, "kind": KINDS.get(column.unit, "text")}


def _cells(chosen: Report, row: Row) -> dict[str, Any]:
    return {column.key: _cell(column, value) for column, value in zip(chosen.columns, row, strict=True)}


def _cell(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.unit is Unit.SHARE:
        return int(value) / 10_000
    if column.unit is Unit.DAY:
        return as_day(value)
    if column.unit in STATUS_UNITS:
        return gettext(WORDS.get(str(value), str(value)))
    return value if column.unit in {Unit.TEXT, Unit.MOMENT} else int(value)


def _foot(chosen: Report, sums: dict[str, int]) -> dict[str, Any] | None:
    if not sums:
        return None
    foot: dict[str, Any] = {column.key: sums.get(column.key) for column in chosen.columns}
    first = chosen.columns[0]
    return {**foot, first.key: gettext("Total")} if foot[first.key] is None else foot


def _fact(fact: Fact) -> dict[str, Any]:
    value = fact.value / 10_000 if fact.unit is Unit.SHARE else fact.value
    return {
        "title": gettext(fact.title),
        "value": f"{value:.3f}" if fact.unit is Unit.SHARE else f"{value:,}",
    }


def _chart(session: Session, chosen: Report, span: Span, language: str) -> dict[str, Any] | None:
    """The first rows as bars, when the report names a label and a value for them."""
    if chosen.chart is None:
        return None
    label, value = (chosen.position(key) for key in chosen.chart)
    rows = page_of_rows(session, chosen, span, language, page=1, size=CHART_ROWS)
    column = chosen.columns[value]
    bars = [
        {"label": _bar_label(chosen.columns[label], row[label]), "value": int(row[value] or 0)}
        for row in rows
    ]
    if not bars:
        return None
    unit = "yuan" if column.unit is Unit.FEN else "count"
    return {
        "rows": bars,
        "unit": unit,
        "head": gettext(chosen.columns[label].title),
        "label": gettext(column.title),
    }


def _bar_label(column: Column, value: Any) -> str:
    if column.unit is Unit.DAY:
        day = as_day(value)
        return f"{day.month}/{day.day}"
    return str(value)


def _csv(chosen: Report, span: Span) -> Response:
    rows = stream_rows(read_session(), chosen, span, current_language())
    body = stream_with_context(csv_chunks(chosen, rows, gettext))
    return _download(body, chosen, span, "csv", "text/csv; charset=utf-8")


def _xlsx(chosen: Report, span: Span) -> Response:
    session, language = read_session(), current_language()
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed when the answer has been sent
    _count, sums = totals(session, chosen, span, language)
    write_xlsx(file, chosen, stream_rows(session, chosen, span, language), sums, gettext)
    file.seek(0)
    answer = _download(_chunks(file), chosen, span, "xlsx", XLSX)
    answer.call_on_close(file.close)
    return answer


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _download(body: Iterator[bytes], chosen: Report, span: Span, suffix: str, mimetype: str) -> Response:
    name = f"{chosen.name}_{span.first:%Y%m%d}-{span.last:%Y%m%d}.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, content_type=mimetype, headers=headers)


def _note_export(chosen: Report, span: Span, kind: str) -> None:
    """Exports leave a trace: who took which figures when."""
    facts = {"from": span.first.isoformat(), "to": span.last.isoformat(), "format": kind}
    actor_id = current_viewer().user_id
    transact(
        lambda session: audit(
            session,
            actor_id=actor_id,
            action="report.exported",
            subject_type="report",
            subject_id=chosen.name,
            facts=facts,
            now=utc_now(),
        )
    )
