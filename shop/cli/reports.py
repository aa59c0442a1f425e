"""Reports without a browser: for schedules and for people who like files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext
from flask_babel import force_locale, gettext

from shop.cli.refusals import in_words
from shop.exports.choices import choices_of
from shop.exports.models import ReportView
from shop.kit.clock import SHANGHAI, utc_now
from shop.purchases.exports import note_export
from shop.purchases.layouts import newest_layout
from shop.purchases.scope import Scope
from shop.reports.all_reports import REPORTS, find_report
from shop.reports.definition import Report, Span
from shop.reports.export_csv import csv_chunks
from shop.reports.export_json import json_chunks
from shop.reports.export_xlsx import write_xlsx
from shop.reports.running import stream_rows, totals
from shop.reports.statement import PROCUREMENT
from shop.reports.statement_file import Asked, write_statement
from shop.reports.viewing import viewed
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
@click.option(
    "--format", "kind", type=click.Choice(["csv", "xlsx", "json"]), default="csv", show_default=True
)
@click.option("--lang", "language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option(
    "--view", "view_id", type=int, help="The number of a saved view: its columns, filters and order."
)
@click.option("--layout", help="Of the procurement statement: the short name of a layout; else all columns.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@with_appcontext
@in_words
def export(
    name: str,
    first: date,
    last: date,
    kind: str,
    language: str,
    view_id: int | None,
    layout: str | None,
    output: Path,
) -> None:
    """Write a report for whole Shanghai days to a file."""
    if layout is not None and name != PROCUREMENT.name:
        raise click.UsageError("Only the procurement statement has layouts.")
    if name == PROCUREMENT.name and (kind == "json" or view_id is not None):
        raise click.UsageError("The procurement statement is CSV or XLSX, in a layout instead of a view.")
    report, span = _seen(find_report(name), view_id).as_file, Span(first, last)
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


def _seen(report: Report, view_id: int | None) -> Report:
    """The report as a saved view shows it, whoever's it is: who has this machine may read all."""
    if view_id is None:
        return report
    view = patient_session(seconds=LONGEST_SECONDS).get(ReportView, view_id)
    if view is None or view.report != report.name:
        raise click.UsageError(f"There is no view {view_id} of {report.name}.")
    return viewed(report, choices_of(view.choices))


def _write_csv(report: Report, span: Span, language: str, path: Path) -> int:
    session = patient_session(seconds=LONGEST_SECONDS)
    rows = stream_rows(session, report, span, language)
    with path.open("wb") as file:
        file.writelines(csv_chunks(report, rows, gettext))
    return totals(session, report, span, language)[0]


def _write_json(report: Report, span: Span, language: str, path: Path) -> int:
    session = patient_session(seconds=LONGEST_SECONDS)
    rows = stream_rows(session, report, span, language)
    with path.open("wb") as file:
        file.writelines(json_chunks(report, span, rows, gettext))
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


WRITERS: dict[str, Callable[[Report, Span, str, Path], int]] = {
    "csv": _write_csv,
    "xlsx": _write_xlsx,
    "json": _write_json,
}
