"""A few figures of reports beside the days before and a year ago, and week by week: what a dashboard shows.

A figure is a column of a report, added up by the report's own statement, so it says what the report says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.clock import EARLIEST
from shop.reports.definition import Report, Span
from shop.reports.periods import period_before, weeks_until, year_before


@dataclass(frozen=True)
class Wanted:
    """The sum of a column; or with `rows`, how many rows have something in it."""

    report: Report
    column: str
    rows: bool = False


@dataclass(frozen=True)
class Compared:
    """`year_ago` is None where there was nothing at all then, or it is what stands before."""

    now: int
    before: int
    year_ago: int | None
    weeks: tuple[int, ...]


@dataclass(frozen=True)
class Comparison:
    span: Span
    before: Span | None
    year_ago: Span | None
    mondays: tuple[date, ...]
    figures: Mapping[str, Compared]


_NOTHING: Final = 0


def compare(session: Session, wanted: Mapping[str, Wanted], span: Span, language: str) -> Comparison:
    """One statement for each report, whatever the days."""
    before, year_ago = period_before(span), year_before(span)
    year_ago = None if year_ago == before else year_ago
    weeks = _weeks(span.last)
    spans = [span, before, year_ago, *weeks]
    sums = _sums(session, wanted, spans, language)
    had_a_year = any(of_spans[2] for of_spans in sums.values())
    figures = {
        name: Compared(found[0], found[1], found[2] if had_a_year else None, tuple(found[3:]))
        for name, found in sums.items()
    }
    mondays = tuple(one.first for one in weeks)
    return Comparison(span, before, year_ago if had_a_year else None, mondays, figures)


def _weeks(last: date) -> list[Span]:
    """The last twelve, the last one up to that day."""
    mondays = [monday for monday in weeks_until(last) if monday >= EARLIEST]
    return [Span(monday, min(monday + timedelta(days=6), last)) for monday in mondays]


def _sums(
    session: Session, wanted: Mapping[str, Wanted], spans: Sequence[Span | None], language: str
) -> dict[str, list[int]]:
    """Of each figure, one for each of these days; 0 where there are none."""
    found = {name: [_NOTHING] * len(spans) for name in wanted}
    by_report: dict[str, dict[str, Wanted]] = {}
    for name, one in wanted.items():
        by_report.setdefault(one.report.name, {})[name] = one
    for figures in by_report.values():
        parts = [_part(place, figures, one, language) for place, one in enumerate(spans) if one is not None]
        for row in session.execute(sa.union_all(*parts)):
            for name, value in zip(figures, row[1:], strict=True):
                found[name][row[0]] = int(value or 0)
    return found


def _part(
    place: int, figures: Mapping[str, Wanted], span: Span, language: str
) -> sa.Select[*tuple[Any, ...]]:
    report = next(iter(figures.values())).report
    rows = report.statement(span, language).order_by(None).subquery()
    columns = list(rows.columns)
    return sa.select(
        sa.literal(place),
        *(_added(columns[report.position(one.column)], rows=one.rows) for one in figures.values()),
    ).select_from(rows)


def _added(column: sa.ColumnElement[int], *, rows: bool) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((column > 0, 1), else_=0)) if rows else sa.func.sum(column)
