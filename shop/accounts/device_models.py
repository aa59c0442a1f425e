"""What phones sent that had no network when the button was pressed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class ActionOutcome(StrEnum):
    APPLIED = "applied"
    REFUSED = "refused"  # it was no legal step any more, or cannot be; `said` tells the person why
    TAKEN_BACK = (
        "taken_back"  # its person took it back before it came: a copy that comes later changes nothing
    )


class DeviceAction(Base):
    """One press of a button, named by the phone; sent as often as it likes, it is decided once.

    `made_at` is when the phone says that it was pressed: a fact to be read, never what decides an order.
    """

    __tablename__ = "device_actions"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "key"),
        sa.CheckConstraint("made_at <= received_at", name="made_before_received"),
        sa.CheckConstraint("outcome <> 'refused' OR said <> ''", name="refusal_is_said"),
        sa.Index("ix_device_actions_user_id_received_at", "user_id", "received_at"),
    )

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(sa.String(36))
    path: Mapped[str] = mapped_column(sa.String(200))
    digest: Mapped[str] = mapped_column(sa.String(64))  # of path and fields: one name, one thing
    made_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[ActionOutcome]
    said: Mapped[str] = mapped_column(sa.String(500), default="")  # as it was told to the person
