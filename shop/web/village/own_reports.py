"""Reports about own villages' raw goods, lots and work: on screen, as CSV and as XLSX, from the shop's own statements."""

from __future__ import annotations

from typing import Any, Final

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.audit import audit
from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg
from shop.reports.cells import as_text, heading
from shop.reports.definition import Report, Span
from shop.reports.intake import INTAKE, YIELD
from shop.reports.lot_balance import LOT_BALANCE
from shop.reports.narrowing import within
from shop.reports.packing import PACK_BY_ORDER, PACK_BY_PRODUCER, PACK_BY_PRODUCT, PACK_BY_RUN
from shop.reports.running import page_of_rows, totals
from shop.reports.unfulfilled import UNFULFILLED, UNFULFILLED_BY_HOUSEHOLD, UNFULFILLED_BY_PRODUCT
from shop.web.asked_days import asked_days
from shop.web.database import read_session
from shop.web.exports import let_out
from shop.web.guards import requires
from shop.web.language import current_language
from shop.web.report_files import csv_file, xlsx_file
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page
from shop.web.village.paging import page_number

_WORK: Final = (PACK_BY_ORDER, PACK_BY_PRODUCER, PACK_BY_PRODUCT, PACK_BY_RUN)
_SHORT: Final = (UNFULFILLED_BY_HOUSEHOLD, UNFULFILLED_BY_PRODUCT, UNFULFILLED)
OWN_REPORTS: Final = {one.name: one for one in (INTAKE, YIELD, LOT_BALANCE, *_WORK, *_SHORT)}
ROWS_A_PAGE: Final = 50


@village.get("/reports/<name>")
@requires(RoleName.COORDINATOR)
def own_report(name: str) -> str | Response | tuple[str, int]:
    """One report for whole Shanghai days; `format` is html, csv or xlsx."""
    if name not in OWN_REPORTS:
        raise NotFound()
    chosen = within(OWN_REPORTS[name], "of_village_id", current_viewer().village_ids)
    days = asked_days(lambda last: last.replace(day=1))
    kind = request.args.get("format", "html")
    if kind == "html":
        shown = _page(chosen, days.span, days)
        return (shown, 400) if days.problem else shown
    if days.problem:
        raise days.problem
    if kind not in {"csv", "xlsx"}:
        raise InvalidInput(msg("Reports come as html, csv or xlsx."), field="format")
    _note_export(chosen, days.span, kind)
    return csv_file(chosen.as_file, days.span) if kind == "csv" else xlsx_file(chosen.as_file, days.span)


def _page(chosen: Report, span: Span, days: Any) -> str:
    session, language, number = read_session(), current_language(), page_number()
    count, sums = totals(session, chosen, span, language)
    rows = page_of_rows(session, chosen, span, language, page=number, size=ROWS_A_PAGE)

    def address(**changes: Any) -> str:
        asked = {"name": chosen.name, "from": span.first.isoformat(), "to": span.last.isoformat()}
        return url_for("village.own_report", **asked | changes)

    return page(
        "village/own_report.html",
        "intake",
        report=chosen,
        reports=OWN_REPORTS.values(),
        days=days,
        span=span,
        columns=[
            {"label": heading(column, gettext), "right": column.total, "head": place == 0}
            for place, column in enumerate(chosen.shown)
        ],
        rows=[_cells(chosen, row) for row in rows],
        foot=[as_text(one, sums[one.key], gettext) if one.total else "" for one in chosen.shown],
        count=count,
        number=number,
        pages=max(1, -(-count // ROWS_A_PAGE)),
        address=address,
    )


def _cells(chosen: Report, row: Any) -> list[str]:
    return [as_text(column, value, gettext) for column, value in zip(chosen.shown, row, strict=True)]


def _note_export(chosen: Report, span: Span, kind: str) -> None:
    """Exports leave a trace: who took which figures when."""
    facts = {"from": span.first.isoformat(), "to": span.last.isoformat(), "format": kind}
    actor_id, now = current_user_id(), utc_now()
    let_out(
        lambda session: audit(session, actor_id, "report.exported", "report", chosen.name, facts, now=now)
    )
