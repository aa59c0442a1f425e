"""Debts that are given up, and reminders that were sent."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class WriteOff(Base):
    """So much of a debt is not asked for any more, and the shop bears it.

    Proposed by one person of finance; it counts once another agreed, or at once where the amount needs no second.
    """

    __tablename__ = "write_offs"
    __table_args__ = (
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
        sa.CheckConstraint("agreed_at IS NULL OR withdrawn_at IS NULL", name="agreed_or_withdrawn"),
        sa.Index(
            "uq_write_offs_proposed",
            "payment_id",
            unique=True,
            sqlite_where=sa.text("agreed_at IS NULL AND withdrawn_at IS NULL"),
            postgresql_where=sa.text("agreed_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payments.id"), index=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    amount_fen: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(300))
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)  # one however often the form is sent
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    agreed_at: Mapped[datetime | None]
    agreed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))


class DebtReminder(Base):
    """A letter to an organisation about what it owes; by the clock, or by a person. One a Shanghai day."""

    __tablename__ = "debt_reminders"
    __table_args__ = (sa.UniqueConstraint("organisation_id", "day"),)

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"))
    day: Mapped[date]
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    debts: Mapped[int]
    owed_fen: Mapped[int]
    overdue_fen: Mapped[int]
