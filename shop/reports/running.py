"""Reading a report: its rows a page at a time or as a stream, its totals from the same statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.reports.definition import Report, Row, Span

STREAM_ROWS = 2000  # rows held in memory at once while streaming
FEW_ROWS: Final = 2_000  # so many are read at once, and what their page says besides is made of them


def stream_rows(session: Session, report: Report, span: Span, language: str) -> Iterator[Row]:
    """All rows, with flat memory however many there are; on PostgreSQL the session has to be in a transaction."""
    statement = report.statement(span, language).execution_options(yield_per=STREAM_ROWS)
    shown = len(report.shown)
    for row in session.execute(statement):
        yield tuple(row)[:shown]


def all_rows(session: Session, report: Report, span: Span, language: str) -> list[Row]:
    """All rows of a report that has few: a family, a village or a week each."""
    return [tuple(row)[: len(report.shown)] for row in session.execute(report.statement(span, language))]


def page_of_rows(
    session: Session, report: Report, span: Span, language: str, *, page: int, size: int, keyed: bool = False
) -> list[Row]:
    """`keyed`: with what the hidden columns say, which stand behind the others."""
    statement = report.statement(span, language).offset((page - 1) * size).limit(size)
    wanted = len(report.columns if keyed else report.shown)
    return [tuple(row)[:wanted] for row in session.execute(statement)]


def totals(session: Session, report: Report, span: Span, language: str) -> tuple[int, dict[str, int]]:
    """How many rows there are, and the sum of every column that may be added."""
    rows = report.statement(span, language).order_by(None).subquery()
    columns = list(rows.columns)
    adding = [(column.key, columns[place]) for place, column in enumerate(report.columns) if column.total]
    sums: list[sa.ColumnElement[Any]] = [sa.func.coalesce(sa.func.sum(column), 0) for _, column in adding]
    count, *values = session.execute(sa.select(sa.func.count(), *sums).select_from(rows)).one()
    return int(count), {key: int(value) for (key, _), value in zip(adding, values, strict=True)}


@dataclass(frozen=True)
class Opened:
    """What a page needs of a report. Most reports are added up from very many rows to a few: they are asked for once."""

    session: Session
    report: Report
    span: Span
    language: str
    first: Sequence[Row]  # with what hidden columns say
    count: int
    sums: dict[str, int]

    def rows(self, *, page: int, size: int) -> Sequence[Row]:
        """With what hidden columns say."""
        begin, end = (page - 1) * size, page * size
        if min(end, self.count) <= len(self.first):
            return self.first[begin:end]
        return page_of_rows(
            self.session, self.report, self.span, self.language, page=page, size=size, keyed=True
        )


def open_report(session: Session, report: Report, span: Span, language: str) -> Opened:
    """One statement for a report of few rows, two for one of many."""
    read = page_of_rows(session, report, span, language, page=1, size=FEW_ROWS + 1, keyed=True)
    if len(read) > FEW_ROWS:
        count, sums = totals(session, report, span, language)
    else:
        count, sums = len(read), _added_up(report, read)
    return Opened(session, report, span, language, read, count, sums)


def _added_up(report: Report, rows: Sequence[Row]) -> dict[str, int]:
    adding = [(place, column.key) for place, column in enumerate(report.columns) if column.total]
    return {key: sum(int(row[place] or 0) for row in rows) for place, key in adding}
