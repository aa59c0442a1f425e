"""Views of reports that people saved, and which of them each begins with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.accounts.models import RoleName
from shop.storage.base import Base, PrimaryKey


class ReportView(Base):
    """Columns, filters, grouping and order of one report under a name; never any rows, so it shows nobody anything."""

    __tablename__ = "report_views"
    __table_args__ = (
        sa.UniqueConstraint("owner_id", "report", "name"),
        sa.Index("ix_report_views_report_shared_with", "report", "shared_with"),
    )

    id: Mapped[PrimaryKey]
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"))
    report: Mapped[str] = mapped_column(sa.String(60))
    name: Mapped[str] = mapped_column(sa.String(80))
    choices: Mapped[dict[str, Any]]
    shared_with: Mapped[
        RoleName | None
    ]  # everybody of this role who may read the report; None: its owner alone
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class DefaultView(Base):
    """What a report begins with for one person."""

    __tablename__ = "default_views"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    report: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    view_id: Mapped[int] = mapped_column(sa.ForeignKey("report_views.id", ondelete="CASCADE"), index=True)
