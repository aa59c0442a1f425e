"""Layouts of the statement, as forms of ministries want it, and the statements that left the shop."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class StatementLayout(Base):
    """A form that somebody wants filled in, by its name."""

    __tablename__ = "statement_layouts"

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str] = mapped_column(sa.String(80), unique=True)


class StatementLayoutVersion(Base):
    """Its columns in their order, each `[key, heading]`. A version stays as it was written."""

    __tablename__ = "statement_layout_versions"
    __table_args__ = (
        sa.UniqueConstraint("layout_id", "version"),
        sa.CheckConstraint("version > 0", name="version_positive"),
    )

    id: Mapped[PrimaryKey]
    layout_id: Mapped[int] = mapped_column(sa.ForeignKey("statement_layouts.id"))
    version: Mapped[int]
    columns: Mapped[list[Any]]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))


class StatementExport(Base):
    """A statement that left the shop: what was asked, in which layout, and the digest of its rows."""

    __tablename__ = "statement_exports"
    __table_args__ = (sa.Index("ix_statement_exports_made_at", "made_at", "id"),)

    id: Mapped[PrimaryKey]
    first: Mapped[date]
    last: Mapped[date]
    filters: Mapped[dict[str, Any]]
    layout_version_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("statement_layout_versions.id"), index=True
    )  # None: all columns
    language: Mapped[str] = mapped_column(sa.String(8))
    rows: Mapped[int]
    net_fen: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
