"""Reports: an overview, each one on screen, as CSV and as XLSX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.audit import audit
from shop.accounts.models import RoleName
from shop.exports.reader import Desk
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy
from shop.reports.all_reports import REPORTS
from shop.reports.attention import remarks
from shop.reports.definition import Group, Report, Span
from shop.reports.inbox import read_piles
from shop.reports.narrowing import narrowed
from shop.reports.overview import read_overview
from shop.reports.piles import FINANCE_PILES, Pile
from shop.reports.readable import readable
from shop.reports.viewing import has_views
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import LONGEST_ASKED
from shop.web.admin.overview_page import overview_page
from shop.web.admin.pages import may_handle_money
from shop.web.admin.pile_looks import LOOKS
from shop.web.admin.report_desk import ADMIN_DESK
from shop.web.admin.report_page import ends, report_page
from shop.web.asked_days import AskedDays, asked_days
from shop.web.database import read_session
from shop.web.day_presets import presets
from shop.web.exports import let_out
from shop.web.figures import Alarm, alarms
from shop.web.guards import requires
from shop.web.language import current_language
from shop.web.report_desks import current_reader
from shop.web.report_exports import ask_for, asking_page, is_too_long, same_question, wanted_file
from shop.web.report_files import FILES
from shop.web.report_views import AskedView, asked_view, view_bar
from shop.web.viewer import current_user_id

ALARMS = (
    Pile.RECALLS,
    Pile.TASKS,
    Pile.TRUCKS,
    Pile.PARCELS,
    Pile.LATE,
    Pile.UNCOLLECTED,
    Pile.MONEY,
    Pile.DEBTS,
)
GROUPS = {
    Group.SELLING: msg("Selling"),
    Group.ORDERS: msg("Orders"),
    Group.VILLAGES: msg("Villages and households"),
    Group.WORK: msg("Work and stock"),
    Group.MONEY: msg("Money and books"),
}


@admin.get("/reports")
@requires(RoleName.ADMIN)
def reports() -> str | tuple[str, int]:
    """How the shop is doing, and every report by name."""
    days = _asked_days()
    session, language = read_session(), current_language()
    overview = read_overview(session, days.span, language)
    page = render_template(
        "admin/reports.html",
        seen=overview_page(overview, remarks(session, overview, language)),
        waits=alarms(_what_waits()),
        groups=[
            (title, reports)
            for group, title in GROUPS.items()
            if (reports := [one for one in REPORTS.values() if one.group is group and _may_read(one)])
        ],
        **_range(days),
    )
    return (page, 400) if days.problem else page


@admin.get("/reports/<name>")
@requires(RoleName.ADMIN)
def report(name: str) -> str | Response | tuple[str, int]:
    """One report for whole Shanghai days, in a view of it; `format` is html, csv, xlsx or json."""
    kind, days = request.args.get("format", "html"), _asked_days()
    asked, narrowing = _asked(name, begins=kind == "html")
    span = days.span
    if kind == "html":
        page = _page(asked, span, narrowing, days)
        return (page, 400) if days.problem else page
    if days.problem:
        raise days.problem
    if kind not in FILES:
        raise InvalidInput(msg("Reports come as html, csv, xlsx or json."), field="format")
    if is_too_long(asked.report.as_file, span):
        return redirect(same_question("admin.long_report", name), 303)
    facts, actor_id = _facts(asked, span, kind, narrowing), current_user_id()
    let_out(lambda session: audit(session, actor_id, "report.exported", "report", name, facts, now=utc_now()))
    return FILES[kind](asked.report.as_file, span)


@admin.route("/reports/<name>/background", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def long_report(name: str) -> str | Response:
    """A file that is too long to wait for: what it is, and the button that has it written."""
    kind, days = request.values.get("format", ""), _asked_days()
    asked, narrowing = _asked(name, begins=False)
    if days.problem:
        raise days.problem
    if kind not in FILES:
        raise InvalidInput(msg("Reports come as html, csv, xlsx or json."), field="format")
    wanted = wanted_file(ADMIN_DESK, name, days.span, kind, asked, narrowing)
    if request.method == "POST":
        return ask_for(ADMIN_DESK, wanted, _facts(asked, days.span, kind, narrowing))
    told = {"from": days.span.first.isoformat(), "to": days.span.last.isoformat()}
    return asking_page(
        ADMIN_DESK, wanted, back=ADMIN_DESK.report(name, **told, **narrowing, **asked.arguments)
    )


def _asked(name: str, *, begins: bool) -> tuple[AskedView, dict[str, str]]:
    """The report as the address asks for it, and what it is narrowed to. Raises NotFound, InvalidInput."""
    chosen = readable(name, Desk.ADMIN, current_reader())
    narrowing = _narrowing(chosen)
    for key, typed in narrowing.items():
        chosen = narrowed(chosen, key, typed)
    return asked_view(chosen, begins=begins and not narrowing), narrowing


def _page(asked: AskedView, span: Span, narrowing: Mapping[str, str], days: AskedDays) -> str:
    told: dict[str, str] = {"from": span.first.isoformat(), "to": span.last.isoformat()}
    return render_template(
        "admin/report.html",
        report=asked.report,
        seen=report_page(asked.report, span, narrowing, looked=asked.arguments),
        bar=view_bar(ADMIN_DESK, asked, asked.report.name, told) if has_views(asked.report) else None,
        **_range(days),
    )


def _what_waits() -> list[Alarm]:
    """The work of the inbox that is late when it comes, with the lists on which it is done."""
    piles = [pile for pile in ALARMS if may_handle_money() or pile not in FINANCE_PILES]
    return [
        Alarm(
            str(gettext(LOOKS[one.pile].label)),
            one.count,
            LOOKS[one.pile].everything(),
            LOOKS[one.pile].icon,
        )
        for one in read_piles(read_session(), piles, now=utc_now(), most=1)
    ]


def _may_read(report: Report) -> bool:
    return not report.finance or may_handle_money()


def _narrowing(chosen: Report) -> dict[str, str]:
    """What the address narrows the report to; the list of all reports leads to none of it."""
    asked = {key: tidy(request.args.get(key, ""))[:LONGEST_ASKED] for key, _ in chosen.narrows}
    return {key: typed for key, typed in asked.items() if typed}


def _asked_days() -> AskedDays:
    """Usually the month up to a day."""
    return asked_days(lambda last: last.replace(day=1))


def _range(days: AskedDays) -> dict[str, Any]:
    """What the fragment that chooses days needs; typed days are kept when they cannot be."""
    return {
        "page": "reports",
        "span": days.span,
        "presets": presets(shanghai_date(utc_now())),
        "ends": ends(shanghai_date(utc_now())),
        "typed_from": days.typed_from,
        "typed_to": days.typed_to,
        "problem": days.said,
    }


def _facts(asked: AskedView, span: Span, kind: str, narrowing: Mapping[str, str]) -> dict[str, Any]:
    """Exports leave a trace: who took which figures when."""
    chosen = asked.report
    first = {"from": span.first.isoformat()} if chosen.ranged and not chosen.at_end else {}
    last = {"to": span.last.isoformat()} if chosen.ranged else {}
    only = {"only": " ".join(narrowing.values())} if narrowing else {}
    return {**first, **last, **only, **asked.facts, "format": kind}
