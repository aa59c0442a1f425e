"""Letters about planned files of reports: where one can be taken, and why there is none any more. Never the file itself."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.exports.events import ScheduledExportReady, SchedulePaused
from shop.exports.job_models import ExportJob
from shop.exports.schedule_models import ReportSchedule
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message


def tell_export_ready(session: Session, event: ScheduledExportReady) -> None:
    job = session.get_one(ExportJob, event.job_id)
    facts = {
        "view": job.view,
        "first": job.first.isoformat(),
        "last": job.last.isoformat(),
        "path": f"/{job.desk}/exports/{job.id}",
    }
    enqueue_message(
        session,
        Message.EXPORT_READY,
        user_id=job.owner_id,
        facts=facts,
        dedupe_key=f"export {job.id}",
        now=event.at,
    )


def tell_exports_paused(session: Session, event: SchedulePaused) -> None:
    schedule = session.get_one(ReportSchedule, event.schedule_id)
    facts = {
        "view": schedule.view,
        "reason": schedule.reason,
        "path": f"/{schedule.desk}/schedules/{schedule.id}",
    }
    enqueue_message(
        session,
        Message.EXPORTS_PAUSED,
        user_id=schedule.owner_id,
        facts=facts,
        dedupe_key=f"schedule {schedule.id} {event.at.isoformat()}",
        now=event.at,
    )
