"""Where the cells of a report lead: to what they name, or to the rows that a figure adds up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from flask import url_for

from shop.kit.clock import months_before
from shop.reports.cells import as_day
from shop.reports.definition import Behind, Column, Place, Report, Span, Unit

# The endpoint, and its argument.
PAGES: Final = {
    Place.ORDER: ("order", "number"),
    Place.ENTRY: ("entry", "entry_id"),
    Place.ACCOUNT: ("account", "name"),
    Place.RUN: ("payout_run", "number"),
    Place.STATEMENT: ("household_account", "household_id"),
    Place.INVOICE: ("invoice", "invoice_id"),
    Place.VOUCHER: ("voucher", "voucher_id"),
    Place.RECEIPT: ("receipt", "line_id"),
    Place.LOT: ("lot", "lot_id"),
}
# These open for the report's own days.
OF_DAYS: Final = (Place.ACCOUNT, Place.STATEMENT)
Cells = Mapping[str, Any]


@dataclass(frozen=True)
class Rows:
    """Rows of another report: of these days, narrowed to these values."""

    report: str
    span: Span
    narrowing: Mapping[str, Any]

    def address(self) -> str:
        days = {"from": self.span.first.isoformat(), "to": self.span.last.isoformat()}
        return url_for("admin.report", **{"name": self.report, **days, **self.narrowing})


def leads_on(chosen: Report, column: Column) -> bool:
    """Some cell of this column may be a link."""
    return bool(column.places) or _behind(chosen, column) is not None


def address_of(chosen: Report, column: Column, cells: Cells, span: Span) -> str:
    """Empty for a cell that leads nowhere."""
    for place, key in column.places:
        if cells[key]:
            return _page(chosen, place, cells[key], span)
    behind = _behind(chosen, column)
    if behind is None or not cells[column.key]:
        return ""
    where = rows_behind(chosen, behind, cells, span)
    return where.address() if where else ""


def _behind(chosen: Report, column: Column) -> Behind | None:
    return next((one for one in chosen.behind if column.key in one.figures), None)


def _page(chosen: Report, place: Place, value: Any, span: Span) -> str:
    endpoint, argument = PAGES[place]
    days: dict[str, Any] = {"from": span.first, "to": span.last} if place in OF_DAYS else {}
    if chosen.at_end:
        days.pop("from", None)
    return url_for(f"admin.{endpoint}", **{argument: value}, **days)


def rows_behind(chosen: Report, behind: Behind, cells: Cells, span: Span) -> Rows | None:
    """What the figures of a row add up; None where a part of it is of nothing."""
    narrowing = {key: cells[key] for key in behind.by} | dict(behind.say)
    if any(value in (None, "") for value in narrowing.values()):
        return None
    if behind.within:
        span = _within(chosen.columns[chosen.position(behind.within)], cells[behind.within], span)
    return Rows(behind.report, span, narrowing)


def _within(column: Column, value: Any, span: Span) -> Span:
    """The days of a period that the range holds."""
    begins = as_day(value)
    return Span(max(begins, span.first), min(_last_day(begins, column.unit), span.last))


def _last_day(begins: date, unit: Unit) -> date:
    if unit is Unit.MONTH:
        return months_before(begins, -1) - timedelta(days=1)
    return begins + timedelta(days=6 if unit is Unit.WEEK else 0)
