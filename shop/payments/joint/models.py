"""A transfer that pays many orders under one reference (合并转账)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

_AWAITED = sa.text("state IN ('open', 'said')")


class JointState(StrEnum):
    OPEN = "open"  # its orders wait for the money; more of the same gift may join
    SAID = "said"  # one person of finance put receipts to it; above the shop's limit a second has to agree
    SETTLING = "settling"  # it came: the worker confirms its orders one by one
    SETTLED = "settled"


class JointTransfer(Base):
    """What a payer transfers at once for all orders of a gift; each order has a payment of its own that names it.

    The sum is never written while it is awaited: it is what its payments come to. `amount_fen` is what receipts were
    put to it. `request` is the account as it was said to the payer.
    """

    __tablename__ = "joint_transfers"
    __table_args__ = (
        sa.Index(
            "uq_joint_transfers_one_awaited",
            "gift_id",
            unique=True,
            sqlite_where=_AWAITED,
            postgresql_where=_AWAITED,
        ),
        sa.Index("ix_joint_transfers_gift_id", "gift_id"),
        sa.Index("ix_joint_transfers_organisation_id", "organisation_id", "state"),
        sa.Index("ix_joint_transfers_state", "state", "expires_at"),
        sa.CheckConstraint("(state = 'open') = (said_at IS NULL)", name="said_has_moment"),
        sa.CheckConstraint("(state = 'open') = (amount_fen IS NULL)", name="said_has_amount"),
        sa.CheckConstraint("(state = 'settled') = (settled_at IS NOT NULL)", name="settled_has_moment"),
        sa.CheckConstraint("agreed_by_id <> said_by_id", name="by_two_persons"),
    )

    id: Mapped[PrimaryKey]
    gift_id: Mapped[int] = mapped_column(sa.ForeignKey("gifts.id"))
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"))
    title: Mapped[str] = mapped_column(sa.String(60))  # the gift's name, for who looks at the receipts
    reference: Mapped[str] = mapped_column(sa.String(40), unique=True)
    request: Mapped[dict[str, Any]]
    state: Mapped[JointState] = mapped_column(default=JointState.OPEN)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    amount_fen: Mapped[int | None]
    said_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    said_at: Mapped[datetime | None]
    agreed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    agreed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
