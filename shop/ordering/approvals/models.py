"""What an order for an organisation waits for, and the words that its papers carry."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

_WAITING = sa.text("state = 'waiting'")


class ApprovalState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    RETURNED = "returned"  # by who may approve, with a reason
    EXPIRED = "expired"  # nobody said anything in time
    WITHDRAWN = "withdrawn"  # called off, or paid in another way


class OrderApproval(Base):
    """One order above a limit of its organisation. Its goods are held until `expires_at`.

    `over` says which limits, as they stood when it was asked: {"of": "order|member|organisation", "span", "limit_fen",
    "spent_fen"}.
    """

    __tablename__ = "order_approvals"
    __table_args__ = (
        sa.CheckConstraint("decided_by_id <> asked_by_id", name="two_persons"),
        sa.CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_when_it_is"),
        sa.CheckConstraint("state <> 'returned' OR reason <> ''", name="returned_for_a_reason"),
        sa.Index(
            "uq_order_approvals_waiting",
            "order_id",
            unique=True,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        sa.Index("ix_order_approvals_organisation", "organisation_id", "state", "id"),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"))
    amount_fen: Mapped[int]
    over: Mapped[list[Any]]
    state: Mapped[ApprovalState] = mapped_column(default=ApprovalState.WAITING)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(sa.String(300), default="")


class OrderProcurement(Base):
    """What an organisation's papers say of one order: copied when it was placed."""

    __tablename__ = "order_procurement"

    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    project_number: Mapped[str] = mapped_column(sa.String(40), default="")
    project_name: Mapped[str] = mapped_column(sa.String(80), default="")
    handler: Mapped[str] = mapped_column(sa.String(60), default="")
    acceptor: Mapped[str] = mapped_column(sa.String(60), default="")
