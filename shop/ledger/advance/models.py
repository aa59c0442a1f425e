"""What was lent to pay households early, and goes back to the lender."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

_USER = "users.id"
_STANDS = sa.text("status IN ('proposed', 'repaid')")


class RepaymentStatus(StrEnum):
    PROPOSED = "proposed"
    REPAID = "repaid"
    WITHDRAWN = "withdrawn"
    TAKEN_BACK = "taken_back"


class AdvanceRepayment(Base):
    """Money that went from our bank back to the lender. One person writes it down, another agrees: then it is posted.

    What our bank calls a transfer stands here once.
    """

    __tablename__ = "advance_repayments"
    __table_args__ = (
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
        sa.CheckConstraint(
            "status NOT IN ('repaid', 'taken_back') OR decided_by_id <> proposed_by_id", name="by_two_persons"
        ),
        sa.CheckConstraint(
            "(status = 'taken_back') = (reversed_at IS NOT NULL)", name="taken_back_has_moment"
        ),
        sa.Index(
            "uq_advance_repayments_reference_that_stands",
            "bank_reference",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
    )

    id: Mapped[PrimaryKey]
    status: Mapped[RepaymentStatus] = mapped_column(default=RepaymentStatus.PROPOSED, index=True)
    amount_fen: Mapped[int]
    bank_reference: Mapped[str] = mapped_column(sa.String(80))
    paid_on: Mapped[date]  # the day on which it left our bank
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]  # agreed to, or withdrawn
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    reversed_at: Mapped[datetime | None]
    reversed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    reversal_reason: Mapped[str] = mapped_column(sa.String(300), default="")
