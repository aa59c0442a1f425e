"""Reports about own villages' raw goods, lots and work: on screen, as CSV and as XLSX, from the shop's own statements."""

from __future__ import annotations

from typing import Any, Final

from flask import redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.audit import audit
from shop.accounts.models import RoleName
from shop.exports.reader import Desk
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.reports.cells import as_text, heading
from shop.reports.definition import Report, Span
from shop.reports.readable import OWN_REPORTS, readable
from shop.reports.running import open_report
from shop.reports.viewing import has_views
from shop.web.asked_days import days_of_a_report
from shop.web.database import read_session
from shop.web.exports import let_out
from shop.web.guards import requires
from shop.web.language import current_language
from shop.web.report_desks import current_reader
from shop.web.report_exports import ask_for, asking_page, is_too_long, same_question, wanted_file
from shop.web.report_files import FILES
from shop.web.report_views import AskedView, asked_view, view_bar
from shop.web.viewer import current_user_id
from shop.web.village.blueprint import village
from shop.web.village.desk import page
from shop.web.village.paging import page_number
from shop.web.village.report_desk import VILLAGE_DESK

ROWS_A_PAGE: Final = 50


@village.get("/reports/<name>")
@requires(RoleName.COORDINATOR)
def own_report(name: str) -> str | Response | tuple[str, int]:
    """One report for whole Shanghai days; `format` is html, csv, xlsx or json."""
    chosen = readable(name, Desk.VILLAGE, current_reader())
    days = days_of_a_report()
    kind = request.args.get("format", "html")
    asked = asked_view(chosen, begins=kind == "html")
    if kind == "html":
        shown = _page(asked, days.span, days)
        return (shown, 400) if days.problem else shown
    if days.problem:
        raise days.problem
    if kind not in FILES:
        raise InvalidInput(msg("Reports come as html, csv, xlsx or json."), field="format")
    if is_too_long(asked.report.as_file, days.span):
        return redirect(same_question("village.long_report", name), 303)
    facts, actor_id = _facts(asked, days.span, kind), current_user_id()
    let_out(lambda session: audit(session, actor_id, "report.exported", "report", name, facts, now=utc_now()))
    return FILES[kind](asked.report.as_file, days.span)


@village.route("/reports/<name>/background", methods=["GET", "POST"])
@requires(RoleName.COORDINATOR)
def long_report(name: str) -> str | Response:
    """A file that is too long to wait for: what it is, and the button that has it written."""
    kind, days = request.values.get("format", ""), days_of_a_report()
    asked = asked_view(readable(name, Desk.VILLAGE, current_reader()), begins=False)
    if days.problem:
        raise days.problem
    if kind not in FILES:
        raise InvalidInput(msg("Reports come as html, csv, xlsx or json."), field="format")
    wanted = wanted_file(VILLAGE_DESK, name, days.span, kind, asked, {})
    if request.method == "POST":
        return ask_for(VILLAGE_DESK, wanted, _facts(asked, days.span, kind))
    told = {"from": days.span.first.isoformat(), "to": days.span.last.isoformat()}
    return asking_page(VILLAGE_DESK, wanted, back=VILLAGE_DESK.report(name, **told, **asked.arguments))


def _page(asked: AskedView, span: Span, days: Any) -> str:
    chosen = asked.report
    told: dict[str, Any] = {"from": span.first.isoformat(), "to": span.last.isoformat()}
    opened, number = open_report(read_session(), chosen, span, current_language()), page_number()
    rows, count, sums = opened.rows(page=number, size=ROWS_A_PAGE), opened.count, opened.sums

    def address(**changes: Any) -> str:
        here: dict[str, Any] = {"name": chosen.name, **told, **asked.arguments}
        return url_for("village.own_report", **here | changes)

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
        other=lambda name: url_for("village.own_report", name=name, **told),
        kept=asked.arguments,
        bar=view_bar(VILLAGE_DESK, asked, chosen.name, told) if has_views(chosen) else None,
    )


def _cells(chosen: Report, row: Any) -> list[str]:
    """Of its row, without what hidden columns say."""
    shown = chosen.shown
    return [as_text(column, value, gettext) for column, value in zip(shown, row[: len(shown)], strict=True)]


def _facts(asked: AskedView, span: Span, kind: str) -> dict[str, Any]:
    """Exports leave a trace: who took which figures when."""
    return asked.facts | {"from": span.first.isoformat(), "to": span.last.isoformat(), "format": kind}
