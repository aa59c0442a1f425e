"""Every version of what an admin maintains: who wrote it when and why, and when it came into force."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class SettingVersion(Base):
    """A value of one setting, page or tariff. It is never changed: another one follows.

    One with a later `valid_from` is planned until the worker brings it into force; it has its number from then on.
    """

    __tablename__ = "setting_versions"
    __table_args__ = (
        sa.UniqueConstraint("name", "number"),
        sa.CheckConstraint("in_force_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
        sa.CheckConstraint("(in_force_at IS NULL) = (number IS NULL)", name="numbered_in_force"),
        sa.Index(
            "ix_setting_versions_planned",
            "valid_from",
            postgresql_where=sa.text("in_force_at IS NULL AND withdrawn_at IS NULL"),
            sqlite_where=sa.text("in_force_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(sa.String(64), index=True)
    number: Mapped[int | None]
    value: Mapped[dict[str, Any]]
    why: Mapped[str] = mapped_column(sa.String(300), default="")
    valid_from: Mapped[datetime]
    written_at: Mapped[datetime]
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    in_force_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
