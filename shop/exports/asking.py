"""Asking for a file in the background, looking how far it is, and calling it off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.exports.choices import Choices
from shop.exports.errors import TooManyExports
from shop.exports.job_models import UNFINISHED, ExportJob, JobState
from shop.exports.reader import Desk
from shop.kit.errors import NotFound
from shop.storage.named_locks import lock_name

MOST_AT_ONCE: Final = 5


@dataclass(frozen=True)
class Wanted:
    """Which file: a report of a desk, its days, what it is narrowed to, the view, format and language."""

    desk: Desk
    report: str
    first: date
    last: date
    kind: str
    language: str
    choices: Choices
    narrowing: Mapping[str, str]
    view: str = ""


def ask_export(
    session: Session, wanted: Wanted, facts: Mapping[str, Any], *, owner_id: int, token: str, now: datetime
) -> int:
    """The job's id; the same form sent twice asks once. Noted as every export, with `facts`. Raises TooManyExports."""
    lock_name(session, f"exports of {owner_id}")
    mine = ExportJob.owner_id == owner_id
    known = session.scalar(sa.select(ExportJob.id).where(mine, ExportJob.request_token == token))
    if known is not None:
        return known
    waiting = sa.select(sa.func.count(ExportJob.id)).where(mine, ExportJob.state.in_(UNFINISHED))
    if (session.scalar(waiting) or 0) >= MOST_AT_ONCE:
        raise TooManyExports(most=MOST_AT_ONCE)
    job = ExportJob(
        owner_id=owner_id,
        desk=wanted.desk,
        report=wanted.report,
        view=wanted.view,
        first=wanted.first,
        last=wanted.last,
        choices=wanted.choices.kept(),
        narrowing=dict(wanted.narrowing),
        kind=wanted.kind,
        language=wanted.language,
        request_token=token,
        villages=[],
        asked_at=now,
    )
    session.add(job)
    session.flush()
    audit(session, owner_id, "report.exported", "report", wanted.report, facts, now=now)
    return job.id


def own_jobs(session: Session, owner_id: int, desk: Desk, *, most: int = 50) -> Sequence[ExportJob]:
    """The newest first."""
    mine = sa.select(ExportJob).where(ExportJob.owner_id == owner_id, ExportJob.desk == desk)
    return session.scalars(mine.order_by(ExportJob.asked_at.desc(), ExportJob.id.desc()).limit(most)).all()


def own_job(session: Session, owner_id: int, desk: Desk, job_id: int) -> ExportJob:
    """Raises NotFound for somebody else's, as for one that is not there."""
    job = session.scalar(
        sa.select(ExportJob).where(
            ExportJob.id == job_id, ExportJob.owner_id == owner_id, ExportJob.desk == desk
        )
    )
    if job is None:
        raise NotFound()
    return job


def cancel_export(session: Session, owner_id: int, desk: Desk, job_id: int, *, now: datetime) -> bool:
    """The worker stops at its next look. False where it had ended before. Raises NotFound."""
    own_job(session, owner_id, desk, job_id)
    unfinished = sa.and_(ExportJob.id == job_id, ExportJob.state.in_(UNFINISHED))
    changed = session.execute(
        sa.update(ExportJob).where(unfinished).values(state=JobState.CANCELLED, ended_at=now)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        return False
    audit(session, owner_id, "export.cancelled", "export", job_id, now=now)
    return True
