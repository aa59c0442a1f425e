"""The bill of a campaign above a limit of its organisation waits as one thing: agreed to as a whole, or returned."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.ordering.approvals.models import ApprovalState
from shop.storage.base import Base, PrimaryKey

_WAITS = sa.text("state = 'waiting'")


class CampaignApproval(Base):
    """`amount_fen` is what the dry run came to when it was asked for; not more than that is ordered."""

    __tablename__ = "campaign_approvals"
    __table_args__ = (
        sa.Index(
            "uq_campaign_approvals_one_waits",
            "campaign_id",
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
        sa.Index("ix_campaign_approvals_organisation_id", "organisation_id", "state"),
        sa.Index("ix_campaign_approvals_campaign_id", "campaign_id", "id"),
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
        sa.CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_has_moment"),
        sa.CheckConstraint("state <> 'returned' OR reason <> ''", name="returned_with_a_reason"),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id", ondelete="CASCADE"))
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"))
    amount_fen: Mapped[int]
    over: Mapped[list[Any]]  # the limits that it goes beyond
    state: Mapped[ApprovalState] = mapped_column(default=ApprovalState.WAITING)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
