"""Planning exports of a view again and again; what became of one; standing still and going on.

A lost right pauses a schedule at once, and so do three files in a row that could not be written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.exports.errors import TooManySchedules
from shop.exports.events import ScheduledExportReady, SchedulePaused
from shop.exports.job_models import ExportJob
from shop.exports.reader import Desk
from shop.exports.recurrence import Recurrence, next_after
from shop.exports.schedule_models import Period, ReportSchedule, ScheduleState
from shop.exports.views import SavedView
from shop.kit.errors import NotFound
from shop.kit.text import msg
from shop.storage.event_log import record
from shop.storage.named_locks import lock_name

MOST: Final = 20  # of one person
MOST_FAILURES: Final = 3
BY_HAND: Final = msg("You have paused it.")
FAILED_OFTEN: Final = msg("Its file could not be written three times in a row.")
LOST_RIGHT: Final = msg("You may not read this report any more.")
LOST_VIEW: Final = msg("Its view is not there any more, or not shared with you any more.")


@dataclass(frozen=True)
class Plan:
    """What is written when, for which days."""

    desk: Desk
    view: SavedView
    recurrence: Recurrence
    period: Period
    kind: str
    language: str


def plan_exports(session: Session, plan: Plan, *, owner_id: int, token: str, now: datetime) -> int:
    """The schedule's id; the same form sent twice plans once. Raises InvalidInput, TooManySchedules."""
    lock_name(session, f"schedules of {owner_id}")
    mine = ReportSchedule.owner_id == owner_id
    known = session.scalar(sa.select(ReportSchedule.id).where(mine, ReportSchedule.request_token == token))
    if known is not None:
        return known
    if (session.scalar(sa.select(sa.func.count(ReportSchedule.id)).where(mine)) or 0) >= MOST:
        raise TooManySchedules(most=MOST)
    rule = plan.recurrence.rule()
    schedule = ReportSchedule(
        owner_id=owner_id,
        desk=plan.desk,
        report=plan.view.report,
        view_id=plan.view.id,
        view=plan.view.name,
        period=plan.period,
        kind=plan.kind,
        language=plan.language,
        rule=rule,
        next_at=next_after(rule, now),
        request_token=token,
        made_at=now,
    )
    session.add(schedule)
    session.flush()
    _note(session, schedule, "report_schedule.planned", now)
    return schedule.id


def own_schedules(session: Session, owner_id: int, desk: Desk) -> Sequence[ReportSchedule]:
    mine = sa.select(ReportSchedule).where(ReportSchedule.owner_id == owner_id, ReportSchedule.desk == desk)
    return session.scalars(mine.order_by(ReportSchedule.next_at, ReportSchedule.id)).all()


def own_schedule(
    session: Session, owner_id: int, desk: Desk, schedule_id: int, *, lock: bool = False
) -> ReportSchedule:
    """Raises NotFound for somebody else's, as for one that is not there."""
    mine = sa.select(ReportSchedule).where(
        ReportSchedule.id == schedule_id, ReportSchedule.owner_id == owner_id, ReportSchedule.desk == desk
    )
    schedule = session.scalar(mine.with_for_update() if lock else mine)
    if schedule is None:
        raise NotFound()
    return schedule


def runs_of(session: Session, schedule_id: int, *, most: int = 50) -> Sequence[ExportJob]:
    """The newest first."""
    runs = sa.select(ExportJob).where(ExportJob.schedule_id == schedule_id)
    return session.scalars(runs.order_by(ExportJob.due_at.desc()).limit(most)).all()


def pause_by_hand(session: Session, owner_id: int, desk: Desk, schedule_id: int, *, now: datetime) -> bool:
    """False where it stands still. Raises NotFound."""
    schedule = own_schedule(session, owner_id, desk, schedule_id, lock=True)
    if schedule.state is ScheduleState.PAUSED:
        return False
    schedule.state, schedule.reason = ScheduleState.PAUSED, BY_HAND
    _note(session, schedule, "report_schedule.paused", now)
    return True


def resume(session: Session, owner_id: int, desk: Desk, schedule_id: int, *, now: datetime) -> bool:
    """From its next date on: what fell due while it stood still is not made up for. Raises NotFound."""
    schedule = own_schedule(session, owner_id, desk, schedule_id, lock=True)
    if schedule.state is ScheduleState.ACTIVE:
        return False
    schedule.state, schedule.reason, schedule.failures = ScheduleState.ACTIVE, "", 0
    schedule.next_at = next_after(schedule.rule, now)
    _note(session, schedule, "report_schedule.resumed", now)
    return True


def delete_schedule(session: Session, owner_id: int, desk: Desk, schedule_id: int, *, now: datetime) -> None:
    """Its files stay as long as any file. Raises NotFound."""
    schedule = own_schedule(session, owner_id, desk, schedule_id, lock=True)
    _note(session, schedule, "report_schedule.deleted", now)
    of_this = ExportJob.schedule_id == schedule_id
    session.execute(sa.update(ExportJob).where(of_this).values(schedule_id=None))
    session.execute(sa.delete(ReportSchedule).where(ReportSchedule.id == schedule_id))


def pause(session: Session, schedule: ReportSchedule, reason: str, *, now: datetime) -> None:
    """Its owner is told, once."""
    if schedule.state is ScheduleState.PAUSED:
        return
    schedule.state, schedule.reason = ScheduleState.PAUSED, reason
    _note(session, schedule, "report_schedule.paused", now)
    record(session, SchedulePaused(schedule.id, now))


def note_written(session: Session, job_id: int, *, now: datetime) -> None:
    """A file is whole: if it was planned, its owner is told and the trail says so."""
    job = session.get_one(ExportJob, job_id, populate_existing=True)
    schedule = _schedule_of(session, job)
    if schedule is None:
        return
    schedule.failures = 0
    days = {"from": job.first.isoformat(), "to": job.last.isoformat()}
    facts = {**days, "view": job.view, "format": job.kind}
    audit(session, job.owner_id, "report.exported", "report", job.report, facts, now=now)
    record(session, ScheduledExportReady(job_id, now))


def note_failed(session: Session, job_id: int, *, now: datetime) -> None:
    job = session.get_one(ExportJob, job_id, populate_existing=True)
    schedule = _schedule_of(session, job)
    if schedule is None:
        return
    schedule.failures += 1
    if job.reason == LOST_RIGHT:
        pause(session, schedule, LOST_RIGHT, now=now)
    elif schedule.failures >= MOST_FAILURES:
        pause(session, schedule, FAILED_OFTEN, now=now)


def _schedule_of(session: Session, job: ExportJob) -> ReportSchedule | None:
    if job.schedule_id is None:
        return None
    wanted = sa.select(ReportSchedule).where(ReportSchedule.id == job.schedule_id)
    return session.scalar(wanted.with_for_update())


def _note(session: Session, schedule: ReportSchedule, action: str, now: datetime) -> None:
    facts = {"report": schedule.report, "view": schedule.view, "rule": schedule.rule}
    audit(session, schedule.owner_id, action, "report_schedule", schedule.id, facts, now=now)
