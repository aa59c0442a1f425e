"""Files of reports that are too long to wait for: asked for, watched, called off, taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.audit import audit
from shop.accounts.shop_settings import read_shop_settings
from shop.exports.asking import Wanted, ask_export, cancel_export, own_job, own_jobs
from shop.exports.job_models import UNFINISHED, ExportJob, JobState
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, NotFound
from shop.kit.references import secret_token
from shop.kit.text import msg
from shop.reports.all_reports import REPORTS
from shop.reports.definition import Report, Span
from shop.reports.readable import readable
from shop.web.database import patient_session, read_session, transact
from shop.web.error_pages import error_message
from shop.web.exports import let_out
from shop.web.filters import in_chinese
from shop.web.language import current_language
from shop.web.outside_world import with_files
from shop.web.report_desks import ReportDesk, current_reader
from shop.web.report_files import TYPES, download
from shop.web.report_views import AskedView
from shop.web.viewer import current_user_id

COUNT_SECONDS: Final = 60
STATE_WORDS: Final = {
    JobState.WAITING: (msg("Waits for its turn"), "info"),
    JobState.RUNNING: (msg("Being written"), "info"),
    JobState.DONE: (msg("Ready"), "ok"),
    JobState.FAILED: (msg("Not written"), "bad"),
    JobState.CANCELLED: (msg("Called off"), ""),
    JobState.GONE: (msg("Not kept any more"), ""),
}


def is_too_long(chosen: Report, span: Span) -> bool:
    """It has more rows than the shop lets anybody wait for; no more of them are counted than needed."""
    session = patient_session(seconds=COUNT_SECONDS)
    most = read_shop_settings(session).export_rows_at_once
    rows = chosen.statement(span, current_language()).order_by(None).limit(most + 1).subquery()
    return (session.scalar(sa.select(sa.func.count()).select_from(rows)) or 0) > most


def wanted_file(
    desk: ReportDesk, name: str, span: Span, kind: str, asked: AskedView, narrowing: Mapping[str, str]
) -> Wanted:
    return Wanted(
        desk=desk.desk,
        report=name,
        first=span.first,
        last=span.last,
        kind=kind,
        language=current_language(),
        choices=asked.choices,
        narrowing=narrowing,
        view=asked.view.name if asked.view else "",
    )


def same_question(endpoint: str, name: str) -> str:
    """The address there with all that this one asks."""
    return f"{url_for(endpoint, name=name)}?{urlencode(request.args.to_dict())}"


def asking_page(desk: ReportDesk, wanted: Wanted, *, back: str) -> str:
    """Says that the file is long, with the button that has it written."""
    return desk.render(
        "export_long.html",
        desk=desk,
        title=gettext(REPORTS[wanted.report].title),
        wanted=wanted,
        most=read_shop_settings(read_session()).export_rows_at_once,
        days=read_shop_settings(read_session()).export_keep_days,
        token=secret_token(),
        back=back,
        action=request.full_path.rstrip("?"),
    )


def ask_for(desk: ReportDesk, wanted: Wanted, facts: dict[str, Any]) -> Response:
    """Counted and noted as every export; the same form asks once."""
    owner_id, now, token = current_user_id(), utc_now(), request.form.get("token", "")[:64] or secret_token()
    asked: list[int] = []

    def ask(session: Session) -> None:
        asked[:] = [ask_export(session, wanted, facts, owner_id=owner_id, token=token, now=now)]

    try:
        let_out(ask)
    except Conflict as error:
        flash(error_message(error), "bad")
        return redirect(desk.exports(), 303)
    return redirect(desk.export(asked[0]), 303)


def exports_page(desk: ReportDesk) -> str:
    jobs = own_jobs(read_session(), current_user_id(), desk.desk)
    return desk.render("exports.html", desk=desk, jobs=[shown_job(desk, job) for job in jobs])


def export_page(desk: ReportDesk, job_id: int) -> str:
    """How far it is; its file when it is whole. Raises NotFound."""
    return desk.render(
        "export.html",
        desk=desk,
        **shown_job(desk, own_job(read_session(), current_user_id(), desk.desk, job_id)),
    )


def cancel(desk: ReportDesk, job_id: int) -> Response:
    """Raises NotFound."""
    owner_id, now = current_user_id(), utc_now()
    done = transact(lambda session: cancel_export(session, owner_id, desk.desk, job_id, now=now))
    flash(
        gettext("The file is called off.") if done else gettext("It had ended before."),
        "ok" if done else "info",
    )
    return redirect(desk.export(job_id), 303)


def send_file(desk: ReportDesk, job_id: int) -> Response:
    """The owner's right is looked at once more. Raises NotFound."""
    reader = current_reader()
    job = own_job(read_session(), reader.user_id, desk.desk, job_id)
    report = readable(job.report, desk.desk, reader)
    if job.state is not JobState.DONE or job.file is None or not reader.village_ids.issuperset(job.villages):
        raise NotFound()
    name, kind, span, now = job.file, job.kind, Span(job.first, job.last), utc_now()
    let_out(lambda session: audit(session, reader.user_id, "export.taken", "export", job_id, now=now))
    pieces = with_files(lambda _work, store: store.pieces(name))
    return download(pieces, report, span, kind, TYPES[kind])


def shown_job(desk: ReportDesk, job: ExportJob) -> dict[str, Any]:
    word, tone = STATE_WORDS[job.state]
    expected = job.rows_expected or 0
    return {
        "job": job,
        "title": gettext(REPORTS[job.report].title) if job.report in REPORTS else job.report,
        "view": in_chinese(job.view) if job.view else "",
        "state": gettext(word),
        "tone": tone,
        "is_unfinished": job.state in UNFINISHED,
        "is_done": job.state is JobState.DONE,
        "reason": gettext(job.reason) if job.reason else "",
        "share": min(100, job.rows_written * 100 // expected) if expected else 0,
        "seconds": int((job.ended_at - job.started_at).total_seconds())
        if job.ended_at and job.started_at
        else None,
        "again": desk.report(job.report, **_again(job)),
        "href": desk.export(job.id),
    }


def _again(job: ExportJob) -> dict[str, str]:
    """The page of what the file holds."""
    return {"from": job.first.isoformat(), "to": job.last.isoformat()}
