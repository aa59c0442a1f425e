"""Files of reports that the worker writes because they are too long to wait for."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.exports.reader import Desk
from shop.storage.base import Base, PrimaryKey


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"  # the file is whole and can be taken
    FAILED = "failed"
    CANCELLED = "cancelled"
    GONE = "gone"  # the file was kept for the shop's number of days


UNFINISHED = (JobState.WAITING, JobState.RUNNING)


class ExportJob(Base):
    """One file: what was asked, by whom, how far it is. Its rows are those of its owner when it is written."""

    __tablename__ = "export_jobs"
    __table_args__ = (
        sa.CheckConstraint("(state = 'done') = (file IS NOT NULL)", name="file_when_done"),
        sa.CheckConstraint("state IN ('waiting', 'running') = (ended_at IS NULL)", name="ended_at_some_time"),
        sa.UniqueConstraint("schedule_id", "due_at"),
        sa.UniqueConstraint("owner_id", "request_token"),
        sa.Index("ix_export_jobs_owner_id_asked_at", "owner_id", "asked_at"),
        sa.Index(
            "ix_export_jobs_unfinished",
            "id",
            postgresql_where=sa.text("state IN ('waiting', 'running')"),
            sqlite_where=sa.text("state IN ('waiting', 'running')"),
        ),
    )

    id: Mapped[PrimaryKey]
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"))
    desk: Mapped[Desk]
    report: Mapped[str] = mapped_column(sa.String(60))
    view: Mapped[str] = mapped_column(sa.String(80), default="")  # its name, empty for none
    first: Mapped[date]
    last: Mapped[date]
    choices: Mapped[dict[str, Any]]
    narrowing: Mapped[dict[str, Any]]
    kind: Mapped[str] = mapped_column(sa.String(8))  # csv, xlsx or json
    language: Mapped[str] = mapped_column(sa.String(8))
    request_token: Mapped[str] = mapped_column(sa.String(64))  # of its owner's form: sent twice, it is one
    state: Mapped[JobState] = mapped_column(default=JobState.WAITING)
    rows_expected: Mapped[int | None]
    rows_written: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    beat_at: Mapped[datetime | None]  # when its worker was last seen writing
    file: Mapped[str | None] = mapped_column(sa.String(80))
    size_bytes: Mapped[int | None]
    villages: Mapped[list[Any]] = mapped_column(default=list)  # whose rows are in the file; empty: the shop's
    reason: Mapped[str] = mapped_column(sa.String(200), default="")  # why it failed: a message id
    schedule_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("report_schedules.id", ondelete="SET NULL")
    )  # None: somebody asked for it
    due_at: Mapped[datetime | None]  # the date of its schedule that it is for
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
