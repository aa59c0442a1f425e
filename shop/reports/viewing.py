"""A report as somebody chose to see it: some of its columns in their order, some of its rows, put together and sorted.

The report's own statement stays as it is, with whatever it hides, and its rows are chosen from around it. So a view
shows nothing that the report does not, and its sums are those of the rows that it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa

from shop.exports.choices import DOWN, MOST_GROUPS, Choices, Filter
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.reports.cells import WORDS
from shop.reports.definition import Column, Report, Span, Unit
from shop.reports.view_filters import RULES, condition

ROWS: Final = Column("rows_in_group", msg("Rows"), Unit.COUNT, total=True)
_CALENDAR: Final = frozenset({Unit.DAY, Unit.WEEK, Unit.MONTH})
_GROUPED_BY: Final = frozenset({Unit.TEXT, Unit.ORDER, *_CALENDAR, *WORDS}) - {Unit.ENTRY_TEXT}


@dataclass(frozen=True)
class Offer:
    """What can be chosen of a report."""

    columns: tuple[Column, ...]
    groups: tuple[Column, ...]
    filters: tuple[Column, ...]


def has_views(report: Report) -> bool:
    """What leaves the shop in another form than the screen shows is taken as it is, whole."""
    return report.file is None


def offer_of(report: Report) -> Offer:
    shown = report.shown
    return Offer(
        columns=shown,
        groups=tuple(one for one in shown if one.unit in _GROUPED_BY and not one.total),
        filters=tuple(one for one in shown if one.unit in RULES),
    )


def judged(report: Report, choices: Choices) -> Choices:
    """The same choices, if this report has all of them. Raises InvalidInput, naming the field.

    A column that the report has lost since is not missed; a filter that cannot be applied would show too many rows.
    """
    offer = offer_of(report)
    known, groups = {one.key for one in offer.columns}, {one.key for one in offer.groups}
    filters = {one.key: one for one in offer.filters}
    for one in choices.filters:
        if one.key not in filters:
            raise InvalidInput(
                msg("This report cannot be filtered by that. Please choose again."), field="where"
            )
        condition(filters[one.key], sa.null(), one)
    group = tuple(key for key in choices.group if key in groups)[:MOST_GROUPS]
    columns = tuple(key for key in choices.columns if key in known)
    sortable = {one.key for one in grouped_columns(report, columns, group)} if group else known
    sort = choices.sort if choices.sort.removeprefix(DOWN) in sortable else ""
    if choices.columns and not columns:
        raise InvalidInput(msg("Please choose at least one column."), field="columns")
    return Choices(columns, group, sort, choices.filters)


def grouped_columns(report: Report, columns: Sequence[str], group: Sequence[str]) -> list[Column]:
    """What a report shows that is put together: by what, how many rows, and what may be added up."""
    named = {one.key: one for one in report.shown}
    adding = [named[key] for key in columns or named if named[key].total]
    return [*(replace(named[key], leads=()) for key in group), ROWS, *adding]


def viewed(report: Report, choices: Choices) -> Report:
    """Raises InvalidInput for choices that do not fit."""
    choices = judged(report, choices)
    if not choices:
        return report
    return _grouped(report, choices) if choices.group else _chosen(report, choices)


def _chosen(report: Report, choices: Choices) -> Report:
    """What is not chosen stands hidden behind the others: cells lead on by it."""
    named = {one.key: one for one in report.columns}
    wanted = choices.columns or [one.key for one in report.shown]
    shown = [named[key] for key in wanted]
    behind = [replace(one, hidden=True, total=False) for one in report.columns if one.key not in wanted]
    columns = (*shown, *behind)

    def statement(span: Span, language: str) -> sa.Select[Any]:
        rows, place = _rows_of(report, span, language)
        whole = sa.select(*(rows[one.key] for one in columns))
        return _filtered(whole, report, rows, choices.filters).order_by(*_order(choices.sort, rows), place)

    return replace(
        _without_findings(report, choices), columns=columns, statement=statement, chart=_chart(report, shown)
    )


def _grouped(report: Report, choices: Choices) -> Report:
    columns = tuple(grouped_columns(report, choices.columns, choices.group))
    adding = columns[len(choices.group) + 1 :]

    def statement(span: Span, language: str) -> sa.Select[Any]:
        rows, _place = _rows_of(report, span, language)
        by = [rows[key] for key in choices.group]
        sums = {
            one.key: sa.cast(sa.func.coalesce(sa.func.sum(rows[one.key]), 0), sa.BigInteger) for one in adding
        }
        counted = sa.func.count()
        whole = sa.select(*by, counted, *sums.values()).group_by(*by)
        known = dict(zip(choices.group, by, strict=True)) | sums | {ROWS.key: counted}
        return _filtered(whole, report, rows, choices.filters).order_by(*_order(choices.sort, known), *by)

    chart = (choices.group[0], (adding or (ROWS,))[0].key) if len(choices.group) == 1 else None
    return replace(
        _without_findings(report, choices),
        columns=columns,
        statement=statement,
        chart=chart,
        behind=(),
        narrows=(),
    )


def _rows_of(report: Report, span: Span, language: str) -> tuple[dict[str, Any], sa.ColumnElement[int]]:
    """The report's rows by their columns' keys, and the place that each has in the report's own order."""
    whole = report.statement(span, language)
    told = [one["expr"] for one in whole.column_descriptions]
    named = [expression.label(f"c{number}") for number, expression in enumerate(told)]
    place = sa.func.row_number().over(order_by=whole._order_by_clauses).label("place")  # noqa: SLF001  its own order
    rows = whole.with_only_columns(*named, place, maintain_column_froms=True).order_by(None).subquery()
    columns = list(rows.c)
    return dict(zip((one.key for one in report.columns), columns, strict=False)), columns[-1]


def _filtered(
    whole: sa.Select[Any], report: Report, rows: dict[str, Any], filters: Sequence[Filter]
) -> sa.Select[Any]:
    named = {one.key: one for one in report.columns}
    return whole.where(*(condition(named[one.key], rows[one.key], one) for one in filters))


def _order(sort: str, known: dict[str, Any]) -> list[sa.ColumnElement[Any]]:
    if not sort:
        return []
    column = known[sort.removeprefix(DOWN)]
    return [column.desc().nulls_last() if sort.startswith(DOWN) else column.asc().nulls_last()]


def _without_findings(report: Report, choices: Choices) -> Report:
    """What is said above the table is said of all rows."""
    return replace(report, findings=None) if choices.filters else report


def _chart(report: Report, shown: Sequence[Column]) -> tuple[str, str] | None:
    keys = {one.key for one in shown}
    return report.chart if report.chart and keys.issuperset(report.chart) else None
