"""How the worker takes an export, says how far it is, and ends it.

A worker owns an export as long as it beats. One that was killed beats no more: the next one takes the export over and
begins anew, in a file of another name. Whoever lost it notices at the next beat and throws its file away, so that what
can be taken is always whole.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.exports.choices import Choices, choices_of
from shop.exports.job_models import UNFINISHED, ExportJob, JobState
from shop.exports.reader import Desk
from shop.exports.schedules import note_failed, note_written
from shop.kit.text import msg

LEASE: Final = timedelta(minutes=5)
MOST_ATTEMPTS: Final = 3
KEPT: Final = timedelta(days=90)  # that there was a file, long after it is gone
NEVER_FINISHED: Final = msg("It was begun three times and never came to an end. Please choose fewer days.")


@dataclass(frozen=True)
class Taken:
    """One attempt at one export, safe to use outside any session."""

    id: int
    attempt: int
    owner_id: int
    desk: Desk
    report: str
    first: date
    last: date
    choices: Choices
    narrowing: dict[str, Any]
    kind: str
    language: str


@dataclass(frozen=True)
class Written:
    """A whole file in the store."""

    name: str
    size_bytes: int
    rows: int
    village_ids: Collection[int] = ()


def take_export(session: Session, *, now: datetime) -> Taken | None:
    """The oldest that nobody writes; one that was begun too often fails instead."""
    abandoned = sa.and_(ExportJob.state == JobState.RUNNING, ExportJob.beat_at < now - LEASE)
    free = sa.select(ExportJob).where(
        ExportJob.state.in_(UNFINISHED), sa.or_(ExportJob.state == JobState.WAITING, abandoned)
    )
    job = session.scalar(free.order_by(ExportJob.id).limit(1).with_for_update(skip_locked=True))
    if job is None:
        return None
    if job.attempts >= MOST_ATTEMPTS:
        job.state, job.reason, job.ended_at = JobState.FAILED, NEVER_FINISHED, now
        session.flush()
        note_failed(session, job.id, now=now)
        return None
    job.state, job.beat_at, job.rows_written = JobState.RUNNING, now, 0
    job.attempts += 1
    job.started_at = now
    return Taken(
        id=job.id,
        attempt=job.attempts,
        owner_id=job.owner_id,
        desk=job.desk,
        report=job.report,
        first=job.first,
        last=job.last,
        choices=choices_of(job.choices),
        narrowing=dict(job.narrowing),
        kind=job.kind,
        language=job.language,
    )


def beat(session: Session, taken: Taken, *, rows: int, expected: int, now: datetime) -> bool:
    """False where it was called off, or another worker took it over."""
    return _update(session, taken, rows_written=rows, rows_expected=expected, beat_at=now)


def finish(session: Session, taken: Taken, written: Written, *, now: datetime, keep_days: int) -> bool:
    """From now on the file can be taken; False as of `beat`."""
    done = _update(
        session,
        taken,
        state=JobState.DONE,
        file=written.name,
        size_bytes=written.size_bytes,
        rows_written=written.rows,
        rows_expected=written.rows,
        villages=sorted(written.village_ids),
        ended_at=now,
        expires_at=now + timedelta(days=keep_days),
    )
    if done:
        note_written(session, taken.id, now=now)
    return done


def fail(session: Session, taken: Taken, reason: str, *, now: datetime) -> bool:
    """`reason` is a message id; False as of `beat`."""
    done = _update(session, taken, state=JobState.FAILED, reason=reason, ended_at=now)
    if done:
        note_failed(session, taken.id, now=now)
    return done


def forget_files(session: Session, *, now: datetime, most: int = 200) -> Sequence[str]:
    """Names of files whose days are over; nobody can take them any more. What is long over is forgotten whole."""
    over = sa.select(ExportJob).where(ExportJob.state == JobState.DONE, ExportJob.expires_at <= now)
    jobs = session.scalars(over.order_by(ExportJob.id).limit(most).with_for_update()).all()
    names = [job.file for job in jobs if job.file is not None]
    for job in jobs:
        job.state, job.file = JobState.GONE, None
    session.flush()
    old = ExportJob.state.notin_((*UNFINISHED, JobState.DONE))
    session.execute(sa.delete(ExportJob).where(old, ExportJob.ended_at < now - KEPT))
    return names


def _update(session: Session, taken: Taken, **values: Any) -> bool:
    still_ours = sa.and_(
        ExportJob.id == taken.id, ExportJob.state == JobState.RUNNING, ExportJob.attempts == taken.attempt
    )
    changed = session.execute(sa.update(ExportJob).where(still_ours).values(**values))
    return bool(changed.rowcount)  # type: ignore[attr-defined]
