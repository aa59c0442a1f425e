"""What an organisation was granted: how much it may owe, and for how long."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

_IN_FORCE = sa.text("approved_at IS NOT NULL AND ended_at IS NULL")
_PROPOSED = sa.text("approved_at IS NULL AND ended_at IS NULL")


class OrganisationTerms(Base):
    """One version of an organisation's terms: proposed by one person of finance, in force once another approved it.

    `limit_fen`: the most that it may owe at once; 0 grants no credit. `days` is how long after an order its money is
    due. `hold_days`, in working days: how long goods are held for its bank transfers, where that is not the shop's own
    number. At most one version is in force, and one proposed.
    """

    __tablename__ = "organisation_terms"
    __table_args__ = (
        sa.CheckConstraint("limit_fen >= 0", name="limit_not_negative"),
        sa.CheckConstraint("days BETWEEN 1 AND 365", name="days_within_a_year"),
        sa.CheckConstraint("hold_days BETWEEN 1 AND 60", name="hold_days_within_sixty"),
        sa.CheckConstraint("approved_by_id <> proposed_by_id", name="two_persons"),
        sa.Index(
            "uq_organisation_terms_in_force",
            "organisation_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        sa.Index(
            "uq_organisation_terms_proposed",
            "organisation_id",
            unique=True,
            sqlite_where=_PROPOSED,
            postgresql_where=_PROPOSED,
        ),
    )

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    limit_fen: Mapped[int]
    days: Mapped[int]
    hold_days: Mapped[int | None]
    note: Mapped[str] = mapped_column(sa.String(300), default="")  # what it rests on, such as a contract
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    end_reason: Mapped[str] = mapped_column(sa.String(300), default="")
