"""Exports that fall due: one for each date of a schedule, however long the worker was away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.exports.job_models import ExportJob
from shop.exports.reader import reader_now
from shop.exports.recurrence import days_of, next_after
from shop.exports.schedule_models import ReportSchedule, ScheduleState
from shop.exports.schedules import LOST_RIGHT, LOST_VIEW, pause
from shop.exports.views import SavedView, find_view
from shop.kit.clock import shanghai_date
from shop.kit.errors import NotFound
from shop.reports.readable import readable
from shop.storage.row_by_row import moved
from shop.storage.unit_of_work import UnitOfWork

MOST_AT_ONCE: Final = 31  # dates of one schedule in one turn; the next turn goes on


def plan_due_exports(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Returns how many schedules were looked at; each has a transaction of its own."""
    due = unit_of_work.run(partial(_due, now=now))
    return moved(unit_of_work, [partial(plan_dates, schedule_id=one, now=now) for one in due])


def _due(session: Session, now: datetime) -> Sequence[int]:
    active = sa.select(ReportSchedule.id).where(
        ReportSchedule.state == ScheduleState.ACTIVE, ReportSchedule.next_at <= now
    )
    return session.scalars(active.order_by(ReportSchedule.next_at, ReportSchedule.id)).all()


def plan_dates(session: Session, schedule_id: int, now: datetime) -> None:
    """A job for each date that is due; who may not read it any more has it paused. Safe to repeat."""
    schedule = session.scalar(
        sa.select(ReportSchedule).where(ReportSchedule.id == schedule_id).with_for_update()
    )
    if schedule is None or schedule.state is not ScheduleState.ACTIVE or schedule.next_at > now:
        return
    reason, view = readable_view(session, schedule)
    if view is None:
        pause(session, schedule, reason, now=now)
        return
    for _ in range(MOST_AT_ONCE):
        if schedule.next_at > now:
            return
        session.add(_job(schedule, view, now))
        schedule.next_at = next_after(schedule.rule, schedule.next_at)


def readable_view(session: Session, schedule: ReportSchedule) -> tuple[str, SavedView | None]:
    """Its view as its owner sees it now; without one, why not."""
    reader = reader_now(session, schedule.owner_id)
    if reader is None:
        return LOST_RIGHT, None
    try:
        readable(schedule.report, schedule.desk, reader)
    except NotFound:
        return LOST_RIGHT, None
    try:
        return "", find_view(session, reader, [schedule.report], schedule.view_id or 0)
    except NotFound:
        return LOST_VIEW, None


def _job(schedule: ReportSchedule, view: SavedView, now: datetime) -> ExportJob:
    due = schedule.next_at
    first, last = days_of(schedule.period, shanghai_date(due))
    return ExportJob(
        owner_id=schedule.owner_id,
        desk=schedule.desk,
        report=schedule.report,
        view=view.name,
        first=first,
        last=last,
        choices=view.choices.kept(),
        narrowing={},
        kind=schedule.kind,
        language=schedule.language,
        request_token=f"schedule {schedule.id} {due:%Y-%m-%dT%H:%M}Z",
        villages=[],
        schedule_id=schedule.id,
        due_at=due,
        asked_at=now,
    )
