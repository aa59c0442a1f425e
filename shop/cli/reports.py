"""Reports without a browser: for schedules and for people who like files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext
from flask_babel import force_locale, gettext

from shop.cli.refusals import in_words
from shop.kit.clock import SHANGHAI, utc_now
from shop.purchases.exports import note_export
from shop.purchases.layouts import newest_layout
from shop.purchases.scope import Scope
from shop.reports.all_reports import REPORTS, find_report
from shop.reports.definition import Report, Span
from shop.reports.export_csv import csv_chunks
from shop.reports.export_xlsx import write_xlsx
from shop.reports.running import stream_rows, totals
from shop.reports.statement import PROCUREMENT
from shop.reports.statement_file import Asked, write_statement
from shop.web.database import patient_session, transact

LONGEST_SECONDS = 600
LOCALES = {"zh": "zh", "en": "en"}

reports = AppGroup("reports", help="List and export reports.")


@reports.command("list")
@with_appcontext
def list_reports() -> None:
    """Name every report."""
    for report in REPORTS.values():
        click.echo(f"{report.name:24}{report.title}")


def _day(_context: click.Context, _parameter: click.Parameter, value: datetime | None) -> date:
    return value.date() if value else utc_now().astimezone(SHANGHAI).date()


@reports.command("export")
@click.argument("name", type=click.Choice(sorted(REPORTS)))
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), required=True, callback=_day)
@click.option(
    "--to", "last", type=click.DateTime(["%Y-%m-%d"]), callback=_day, help="Included; default today."
)
@click.option("--format", "kind", type=click.Choice(["csv", "xlsx"]), default="csv", show_default=True)
@click.option("--lang", "language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--layout", help="Of the procurement statement: the short name of a layout; else all columns.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@with_appcontext
@in_words
def export(
    name: str, first: date, last: date, kind: str, language: str, layout: str | None, output: Path
) -> None:
    """Write a report for whole Shanghai days to a file."""
    report, span = find_report(name).as_file, Span(first, last)
    if layout is not None and name != PROCUREMENT.name:
        raise click.UsageError("Only the procurement statement has layouts.")
    unfinished = output.with_name(output.name + ".part")
    try:
        with force_locale(LOCALES[language]):
            if name == PROCUREMENT.name:
                count = _write_statement(span, kind, language, layout, unfinished)
            else:
                count = WRITERS[kind](report, span, language, unfinished)
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)
    click.echo(f"{output}: {count} rows.")


def _write_csv(report: Report, span: Span, language: str, path: Path) -> int:
    session = patient_session(seconds=LONGEST_SECONDS)
    rows = stream_rows(session, report, span, language)
    with path.open("wb") as file:
        file.writelines(csv_chunks(report, rows, gettext))
    return totals(session, report, span, language)[0]


def _write_xlsx(report: Report, span: Span, language: str, path: Path) -> int:
    session = patient_session(seconds=LONGEST_SECONDS)
    count, sums = totals(session, report, span, language)
    with path.open("wb") as file:
        write_xlsx(file, report, stream_rows(session, report, span, language), sums, gettext)
    return count


def _write_statement(span: Span, kind: str, language: str, layout: str | None, path: Path) -> int:
    """With what it says of itself, and noted as every statement that leaves the shop."""
    session, now = patient_session(seconds=LONGEST_SECONDS), utc_now()
    chosen = newest_layout(session, layout) if layout is not None else None
    asked = Asked(span, Scope(), language, chosen)
    with path.open("wb") as file:
        written = write_statement(session, file, kind, asked, gettext, now=now)
    transact(
        lambda inner: note_export(
            inner,
            (span.first, span.last),
            asked.scope,
            written,
            layout_version_id=chosen.version_id if chosen else None,
            language=language,
            actor_id=None,
            now=now,
        )
    )
    return written.rows


WRITERS: dict[str, Callable[[Report, Span, str, Path], int]] = {"csv": _write_csv, "xlsx": _write_xlsx}
