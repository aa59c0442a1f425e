"""A cash box is handed over: what should be in it, what one person counts, and what a second one does."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

_WAITS = sa.text("second_at IS NULL AND taken_back_at IS NULL")


class CashCount(Base):
    """Once a second person has counted the same, the box is empty and the difference stands in the books."""

    __tablename__ = "cash_counts"
    __table_args__ = (
        sa.CheckConstraint("counted_fen >= 0", name="counted_not_negative"),
        sa.CheckConstraint("counted_fen = expected_fen OR words <> ''", name="a_difference_is_explained"),
        sa.CheckConstraint("second_at IS NULL OR taken_back_at IS NULL", name="agreed_or_taken_back"),
        sa.CheckConstraint("second_id IS NULL OR second_id <> first_id", name="by_two_persons"),
        sa.Index(
            "uq_cash_counts_one_waits", "shelf_id", unique=True, sqlite_where=_WAITS, postgresql_where=_WAITS
        ),
        sa.Index("ix_cash_counts_shelf_id", "shelf_id", "id"),
    )

    id: Mapped[PrimaryKey]
    shelf_id: Mapped[int] = mapped_column(sa.ForeignKey("shelves.id"))
    expected_fen: Mapped[int]  # by the sales, less what was given back and handed over before
    counted_fen: Mapped[int]
    words: Mapped[str] = mapped_column(sa.String(200), default="")
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)
    first_at: Mapped[datetime]
    first_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    second_at: Mapped[datetime | None]
    second_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    taken_back_at: Mapped[datetime | None]

    @property
    def missing_fen(self) -> int:
        """Below nothing: there was more than there should be."""
        return self.expected_fen - self.counted_fen
