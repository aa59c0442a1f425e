"""One report as its page shows it: cells, totals, chart, findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from flask import request, url_for
from flask_babel import gettext

from shop.kit.text import msg
from shop.reports.cells import WORDS, as_text, as_word
from shop.reports.definition import Column, Fact, Findings, Report, Row, Span, Unit
from shop.reports.running import page_of_rows, totals
from shop.web.admin.report_chart import ON_THE_CALENDAR, chart_of
from shop.web.admin.report_leads import address_of, leads_on
from shop.web.database import read_session
from shop.web.day_presets import Preset
from shop.web.filters import in_chinese, yuan
from shop.web.language import current_language

PAGE_ROWS: Final = 100
PRINTED_ROWS: Final = 2_000  # on paper all rows stand below each other, up to this many
WIDE: Final = 7  # columns that do not fit a sheet upright any more

# How the table macro writes a cell of each unit.
KINDS: Final = {
    Unit.FEN: "money",
    Unit.YUAN: "money",
    Unit.COUNT: "number",
    Unit.GRAMS: "grams",
    Unit.MOMENT: "moment",
    Unit.SHARE: "percent",
}


@dataclass(frozen=True)
class ReportPage:
    columns: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    foot: dict[str, Any] | None
    count: int
    number: int
    first: int  # which row is the first here
    pages: int
    facts: list[dict[str, Any]]
    curves: list[dict[str, Any]]
    remark: str
    chart: dict[str, Any] | None
    address: Callable[..., str]
    page_url: Callable[[int], str]
    is_whole: bool  # as many rows as a print may have
    is_wide: bool
    kept: Mapping[str, str]  # parts of the address that other days keep
    only: str  # what it was narrowed to, empty for all


def ends(today: date) -> list[Preset]:
    """Days at whose end people ask how things stood."""
    year, month = today.replace(month=1, day=1), today.replace(day=1)
    before = timedelta(days=1)
    return [
        Preset("today", msg("Today"), Span(month, today)),
        Preset("last-month", msg("End of last month"), _month_up_to(month - before)),
        Preset("last-year", msg("End of last year"), _month_up_to(year - before)),
    ]


def _month_up_to(day: date) -> Span:
    return Span(day.replace(day=1), day)


def report_page(
    chosen: Report,
    span: Span,
    narrowing: Mapping[str, str],
    *,
    endpoint: str = "",
    looked: Mapping[str, str] | None = None,
) -> ReportPage:
    """`narrowing` are the parts of the address that `chosen` was narrowed by, `looked` those of the view that it is seen in;
    `endpoint` of a report with a page of its own.
    """
    kept = {**narrowing, **(looked or {})}
    session, language = read_session(), current_language()
    count, sums = totals(session, chosen, span, language)
    is_whole = request.args.get("rows") == "all"
    size = PRINTED_ROWS if is_whole else PAGE_ROWS
    pages = max(1, -(-count // size))
    number = min(_asked_page(), pages)
    rows = page_of_rows(session, chosen, span, language, page=number, size=size, keyed=True)
    findings = chosen.findings(session, span) if chosen.findings else Findings()

    def address(**changes: Any) -> str:
        days = {"from": span.first.isoformat(), "to": span.last.isoformat()}
        if endpoint:
            return url_for(endpoint, **{**days, **narrowing, **changes})
        return url_for("admin.report", **{"name": chosen.name, **days, **kept, **changes})

    return ReportPage(
        columns=[_column(chosen, column) for column in chosen.shown],
        rows=[_cells(chosen, row, span) for row in rows],
        foot=_foot(chosen, sums) if count else None,
        count=count,
        number=number,
        first=(number - 1) * size + 1,
        pages=pages,
        facts=[_fact(fact) for fact in findings.facts],
        curves=[
            {"label": gettext(curve.title), "points": curve.points, "gini": curve.gini}
            for curve in findings.curves
        ],
        remark=gettext(findings.remark) if findings.remark else "",
        chart=chart_of(session, chosen, span, language) if count else None,
        address=address,
        page_url=lambda wanted: address(page=wanted, rows="all" if is_whole else None),
        is_whole=is_whole,
        is_wide=len(chosen.shown) >= WIDE,
        only="" if endpoint else _only(chosen, rows, narrowing),
        kept=kept,
    )


def _asked_page() -> int:
    asked = request.args.get("page", "1")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 1


def _only(chosen: Report, rows: Sequence[Row], narrowing: Mapping[str, str]) -> str:
    """In the words of the first row; rows that are narrowed all say it."""
    named = [chosen.position(said) for key in narrowing if (said := dict(chosen.narrows)[key])]
    words = [_said(chosen.columns[place], rows[0][place]) for place in named if rows]
    found = " · ".join(word for word in words if word)
    return found or (str(gettext("a part of it")) if narrowing else "")


def _said(column: Column, value: Any) -> str:
    return "" if value is None else as_text(column, value, gettext)


def _column(chosen: Report, column: Column) -> dict[str, Any]:
    label = gettext(column.title)
    if column.unit is Unit.FEN:
        label = f"{label} (¥)"
    shown = {"key": column.key, "label": label, "kind": KINDS.get(column.unit, "text")}
    if leads_on(chosen, column):
        shown["href"] = lambda cells: cells.get(f"{column.key}_href", "")
    return shown


def _cells(chosen: Report, row: Row, span: Span) -> dict[str, Any]:
    cells = {column.key: value for column, value in zip(chosen.columns, row, strict=True)}
    hrefs = {
        f"{column.key}_href": address_of(chosen, column, cells, span)
        for column in chosen.columns
        if leads_on(chosen, column)
    }
    return {column.key: _cell(column, cells[column.key]) for column in chosen.columns} | hrefs


def _cell(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.unit is Unit.SHARE:
        return int(value) / 10_000
    if column.unit in ON_THE_CALENDAR:
        return as_text(column, value, gettext)
    if column.unit in WORDS:
        word = as_word(column, value, gettext)
        return in_chinese(word) if column.unit is Unit.REASON else word  # people of a village write Chinese
    as_it_is = {Unit.TEXT, Unit.MOMENT, Unit.ORDER, Unit.ENTRY, Unit.KEY}
    return value if column.unit in as_it_is else int(value)


def _foot(chosen: Report, sums: dict[str, int]) -> dict[str, Any] | None:
    if not sums:
        return None
    foot: dict[str, Any] = {column.key: sums.get(column.key) for column in chosen.columns}
    first = chosen.columns[0]
    return {**foot, first.key: gettext("Total")} if foot[first.key] is None else foot


def _fact(fact: Fact) -> dict[str, Any]:
    if fact.value is None:
        return {"title": gettext(fact.title), "value": "–"}
    if fact.is_fen:
        return {"title": gettext(fact.title), "value": yuan(int(fact.value))}
    shown = f"{fact.value:.3f}" if fact.is_ratio else f"{fact.value:,.0f}"
    return {"title": gettext(fact.title), "value": shown}
