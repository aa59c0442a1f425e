"""Text messages that came in, each decided once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class ReplyOutcome(StrEnum):
    DONE = "done"
    UNCLEAR = "unclear"  # not understood, or not possible as it was said: the answer says what to send
    WHICH = "which"  # several tasks wait, and it named none of them
    TOO_LATE = "too_late"  # the task is with the household no more, or goes too far to be taken back
    CHOSEN = "chosen"  # whether to hear of tasks by text message
    POLITE = "polite"  # thanks, or that it was read
    STRANGER = "stranger"  # from a number that no farmer has: nobody is answered


class TextReply(Base):
    """One message by the provider's name for it; however often it is delivered, it is carried out once.

    The sender's number is not kept: whose it was is.
    """

    __tablename__ = "text_replies"
    __table_args__ = (sa.Index("ix_text_replies_user_id_received_at", "user_id", "received_at"),)

    id: Mapped[PrimaryKey]
    provider_id: Mapped[str] = mapped_column(sa.String(80), unique=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    task_id: Mapped[int | None] = mapped_column(sa.ForeignKey("tasks.id"))
    text: Mapped[str] = mapped_column(sa.String(200))
    received_at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[ReplyOutcome]
    answer: Mapped[str] = mapped_column(sa.String(500), default="")  # empty where nobody is answered
