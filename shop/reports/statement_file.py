"""The statement as a file that says of itself what was asked, in which layout, when, and by which digest to know its rows.

The digest is SHA-256 over the rows as the CSV has them, without heading: whoever has the file can work it out.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.clock import in_shanghai
from shop.kit.money import plain_yuan
from shop.kit.text import msg
from shop.purchases.channels import NOT_RESERVED
from shop.purchases.exports import Written
from shop.purchases.layouts import FIXED, SERIAL, Layout, LayoutColumn
from shop.purchases.scope import Scope
from shop.reports.cells import Translate, as_cell
from shop.reports.definition import Column, Report, Row, Span, Unit
from shop.reports.export_csv import csv_chunks
from shop.reports.export_xlsx import write_xlsx
from shop.reports.running import stream_rows, totals
from shop.reports.statement import COLUMNS, beside_the_books, statement_report

_BY_KEY: Final = {column.key: column for column in COLUMNS}


@dataclass(frozen=True)
class Asked:
    """One question: which days, whose purchases, in which layout (None: all columns) and language.

    `filters` says the scope in words of that language.
    """

    span: Span
    scope: Scope
    language: str
    layout: Layout | None = None
    filters: str = ""

    @property
    def report(self) -> Report:
        whole = statement_report(self.scope)
        return laid_out(whole, self.layout.columns) if self.layout else whole


def laid_out(whole: Report, wanted: Sequence[LayoutColumn]) -> Report:
    """The same rows with other columns, under the headings of a form."""

    def statement(span: Span, language: str) -> sa.Select[Any]:
        rows = whole.statement(span, language)
        expressions = [one["expr"] for one in rows.column_descriptions]
        known = dict(zip((column.key for column in whole.columns), expressions, strict=True))
        known[SERIAL] = sa.func.row_number().over(order_by=rows._order_by_clauses)  # noqa: SLF001  the rows' own order
        chosen = [sa.literal(one.text, sa.String) if one.key == FIXED else known[one.key] for one in wanted]
        columns = [expression.label(f"c{place}") for place, expression in enumerate(chosen)]
        return rows.with_only_columns(*columns, maintain_column_froms=True)

    return replace(whole, columns=tuple(map(_column, wanted)), statement=statement)


def _column(one: LayoutColumn) -> Column:
    """An amount is in yuan under the form's own heading, which nothing is added to."""
    if one.key == SERIAL:
        return Column(one.key, one.heading, Unit.COUNT)
    known = _BY_KEY.get(one.key) or Column(one.key, one.heading)
    unit = Unit.YUAN if known.unit is Unit.FEN else known.unit
    return replace(known, title=one.heading, unit=unit)


class _Counted:
    """Passes rows on, and knows afterwards how many there were and their digest."""

    def __init__(self, report: Report, rows: Iterable[Row], translate: Translate) -> None:
        self._columns, self._rows, self._translate = report.columns, rows, translate
        self._digest = hashlib.sha256()
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        line = io.StringIO()
        writer = csv.writer(line)
        for row in self._rows:
            writer.writerow(
                [
                    as_cell(column, value, self._translate)
                    for column, value in zip(self._columns, row, strict=True)
                ]
            )
            self._digest.update(line.getvalue().encode())
            line.seek(0)
            line.truncate()
            self.count += 1
            yield row

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()


def digest_rows(session: Session, asked: Asked, translate: Translate) -> Written:
    """What a file would hold now, without writing one."""
    counted = _counted(session, asked, translate)
    for _ in counted:
        pass
    return Written(counted.count, _net(session, asked), counted.digest)


def write_statement(
    session: Session, file: IO[bytes], kind: str, asked: Asked, translate: Translate, *, now: datetime
) -> Written:
    """`kind` is csv or xlsx. Flat memory; what the file says of itself stands behind the rows."""
    report, counted = asked.report, _counted(session, asked, translate)
    net_fen = _net(session, asked)

    def remarks() -> list[tuple[str, str]]:
        done = Written(counted.count, net_fen, counted.digest)
        return _remarks(session, asked, done, translate, now)

    if kind == "xlsx":
        _, sums = totals(session, report, asked.span, asked.language)
        write_xlsx(file, report, counted, sums, translate, remarks=remarks)
    else:
        file.writelines(csv_chunks(report, counted, translate))
        lines = io.StringIO()
        csv.writer(lines).writerows([(), *((f"# {label}", said) for label, said in remarks())])
        file.write(lines.getvalue().encode())
    return Written(counted.count, net_fen, counted.digest)


def _counted(session: Session, asked: Asked, translate: Translate) -> _Counted:
    report = asked.report
    return _Counted(report, stream_rows(session, report, asked.span, asked.language), translate)


def _net(session: Session, asked: Asked) -> int:
    return totals(session, statement_report(asked.scope), asked.span, asked.language)[1]["net_fen"]


def _remarks(
    session: Session, asked: Asked, done: Written, translate: Translate, now: datetime
) -> list[tuple[str, str]]:
    layout = asked.layout
    version = translate(msg("Version %(version)s")) % {"version": layout.version} if layout else ""
    facts = beside_the_books(session, asked.span, asked.scope).facts
    return [
        (translate(msg("Days covered")), f"{asked.span.first.isoformat()} – {asked.span.last.isoformat()}"),
        (translate(msg("Filters")), asked.filters or translate(msg("All purchases that count"))),
        (translate(msg("Layout")), f"{layout.name}, {version}" if layout else translate(msg("All columns"))),
        (translate(msg("Made at")), f"{in_shanghai(now):%Y-%m-%d %H:%M}"),
        (translate(msg("Rows")), str(done.rows)),
        (translate(msg("After refunds")), plain_yuan(done.net_fen)),
        *((translate(fact.title), plain_yuan(int(fact.value or 0))) for fact in facts),
        (translate(msg("Digest of the rows (SHA-256)")), done.digest),
        ("832", translate(NOT_RESERVED)),
    ]
