"""Reports: an overview, each one on screen, as CSV and as XLSX."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.audit import audit
from shop.accounts.models import RoleName
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg
from shop.reports.all_reports import REPORTS, find_report
from shop.reports.attention import remarks
from shop.reports.definition import Group, Report, Span
from shop.reports.overview import read_overview
from shop.web.admin.blueprint import admin
from shop.web.admin.exports import let_out
from shop.web.admin.overview_page import overview_page
from shop.web.admin.pages import may_handle_money
from shop.web.admin.report_files import csv_file, xlsx_file
from shop.web.admin.report_page import presets, report_page
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.language import current_language
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
    span, problem = _asked_span()
    session, language = read_session(), current_language()
    overview = read_overview(session, span, language)
    page = render_template(
        "admin/reports.html",
        seen=overview_page(overview, remarks(session, overview, language)),
        groups=[
            (title, reports)
            for group, title in GROUPS.items()
            if (reports := [one for one in REPORTS.values() if one.group is group and _may_read(one)])
        ],
        **_range(span, problem),
    )
    return (page, 400) if problem else page


@admin.get("/reports/<name>")
@requires(RoleName.ADMIN)
def report(name: str) -> str | Response | tuple[str, int]:
    """One report for whole Shanghai days; `format` is html, csv or xlsx."""
    chosen = find_report(name)
    if not _may_read(chosen):
        raise NotFound()
    span, problem = _asked_span()
    kind = request.args.get("format", "html")
    if kind == "html":
        page = render_template(
            "admin/report.html", report=chosen, seen=report_page(chosen, span), **_range(span, problem)
        )
        return (page, 400) if problem else page
    if problem:
        raise problem
    if kind not in {"csv", "xlsx"}:
        raise InvalidInput(msg("Reports come as html, csv or xlsx."), field="format")
    _note_export(chosen, span, kind)
    return csv_file(chosen.as_file, span) if kind == "csv" else xlsx_file(chosen.as_file, span)


def _may_read(report: Report) -> bool:
    return not report.finance or may_handle_money()


def _asked_span() -> tuple[Span, InvalidInput | None]:
    """The range in the address, else the running month; and what is wrong with what was typed."""
    today = shanghai_date(utc_now())
    month = Span(today.replace(day=1), today)
    try:
        first = _day("from", month.first)
        return Span(first, _day("to", max(first, today))), None
    except InvalidInput as problem:
        return month, problem


def _day(name: str, default: date) -> date:
    typed = request.args.get(name, "").strip()
    if not typed:
        return default
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise InvalidInput(msg("A day is written like 2026-11-30."), field=name) from error


def _range(span: Span, problem: InvalidInput | None) -> dict[str, Any]:
    """What the fragment that chooses days needs; typed days are kept when they cannot be."""
    typed = request.args if problem else {}
    return {
        "page": "reports",
        "span": span,
        "presets": presets(shanghai_date(utc_now())),
        "typed_from": typed.get("from", span.first.isoformat()),
        "typed_to": typed.get("to", span.last.isoformat()),
        "problem": gettext(problem.message) if problem else "",
    }


def _note_export(chosen: Report, span: Span, kind: str) -> None:
    """Exports leave a trace: who took which figures when."""
    days = {"from": span.first.isoformat(), "to": span.last.isoformat()} if chosen.ranged else {}
    facts = {**days, "format": kind}
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
