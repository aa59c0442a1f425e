"""Views of reports that are written to files again and again."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.exports.reader import Desk
from shop.storage.base import Base, PrimaryKey


class Period(StrEnum):
    """Which days a file has, seen from the day on which it is due."""

    YESTERDAY = "yesterday"
    LAST_WEEK = "last_week"
    LAST_MONTH = "last_month"
    MONTH_SO_FAR = "month_so_far"
    YEAR_SO_FAR = "year_so_far"
    LAST_YEAR = "last_year"


class ScheduleState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"


class ReportSchedule(Base):
    """Its owner's right is looked at whenever a file is written or taken."""

    __tablename__ = "report_schedules"
    __table_args__ = (
        sa.CheckConstraint("(state = 'paused') = (reason <> '')", name="reason_when_paused"),
        sa.UniqueConstraint("owner_id", "request_token"),
        sa.Index(
            "ix_report_schedules_due",
            "next_at",
            postgresql_where=sa.text("state = 'active'"),
            sqlite_where=sa.text("state = 'active'"),
        ),
    )

    id: Mapped[PrimaryKey]
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    desk: Mapped[Desk]
    report: Mapped[str] = mapped_column(sa.String(60))
    view_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("report_views.id", ondelete="SET NULL"), index=True
    )
    view: Mapped[str] = mapped_column(sa.String(80))  # its name, as it was when this was planned
    period: Mapped[Period]
    kind: Mapped[str] = mapped_column(sa.String(8))
    language: Mapped[str] = mapped_column(sa.String(8))
    rule: Mapped[str] = mapped_column(sa.String(200))  # an RRULE on Shanghai's clock
    next_at: Mapped[datetime]
    state: Mapped[ScheduleState] = mapped_column(default=ScheduleState.ACTIVE)
    reason: Mapped[str] = mapped_column(sa.String(200), default="")  # why it is paused: a message id
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    request_token: Mapped[str] = mapped_column(sa.String(64))  # of its owner's form: sent twice, it is one
    made_at: Mapped[datetime]
