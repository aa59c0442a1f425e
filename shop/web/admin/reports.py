"""Reports: an overview, each one on screen, as CSV and as XLSX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from shop.accounts.audit import audit
from shop.accounts.models import RoleName
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.reports.all_reports import REPORTS, find_report
from shop.reports.attention import remarks
from shop.reports.definition import Group, Report, Span
from shop.reports.narrowing import narrowed
from shop.reports.overview import read_overview
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import LONGEST_ASKED
from shop.web.admin.overview_page import overview_page
from shop.web.admin.pages import may_handle_money
from shop.web.admin.report_page import ends, presets, report_page
from shop.web.asked_days import AskedDays, asked_days
from shop.web.database import read_session
from shop.web.exports import let_out
from shop.web.guards import requires
from shop.web.language import current_language
from shop.web.report_files import csv_file, xlsx_file
from shop.web.viewer import current_viewer

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
    """One report for whole Shanghai days; `format` is html, csv or xlsx."""
    chosen = find_report(name)
    if not _may_read(chosen):
        raise NotFound()
    days = _asked_days()
    span, narrowing = days.span, _narrowing(chosen)
    for key, typed in narrowing.items():
        chosen = narrowed(chosen, key, typed)
    kind = request.args.get("format", "html")
    if kind == "html":
        page = render_template(
            "admin/report.html", report=chosen, seen=report_page(chosen, span, narrowing), **_range(days)
        )
        return (page, 400) if days.problem else page
    if days.problem:
        raise days.problem
    if kind not in {"csv", "xlsx"}:
        raise InvalidInput(msg("Reports come as html, csv or xlsx."), field="format")
    _note_export(chosen, span, kind, narrowing)
    return csv_file(chosen.as_file, span) if kind == "csv" else xlsx_file(chosen.as_file, span)


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


def _note_export(chosen: Report, span: Span, kind: str, narrowing: Mapping[str, str]) -> None:
    """Exports leave a trace: who took which figures when."""
    first = {"from": span.first.isoformat()} if chosen.ranged and not chosen.at_end else {}
    last = {"to": span.last.isoformat()} if chosen.ranged else {}
    only = {"only": " ".join(narrowing.values())} if narrowing else {}
    facts = {**first, **last, **only, "format": kind}
    actor_id = current_viewer().user_id
    let_out(
        lambda session: audit(
            session,
            actor_id=actor_id,
            action="report.exported",
            subject_type="report",
            subject_id=chosen.name,
            facts=facts,
            now=utc_now(),
        )
    )
