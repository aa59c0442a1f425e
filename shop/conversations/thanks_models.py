"""Thanks of a buyer to the households of an order, and what they say to it. Neither learns who the other is."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import Household
from shop.storage.base import Base, PrimaryKey


class SignedAs(StrEnum):
    """All that a household learns of who writes."""

    BUYER = "buyer"
    TEACHER = "teacher"
    STUDENT = "student"
    STAFF = "staff"
    ALUMNUS = "alumnus"


class ReadyReply(StrEnum):
    """What a farmer can answer with one press."""

    THANKS = "thanks"
    COME_AGAIN = "come_again"
    VISIT = "visit"


class LetterState(StrEnum):
    WAITING = "waiting"  # its coordinator has not read it
    SHOWN = "shown"  # to the household
    KEPT_BACK = "kept_back"
    REPLIED = "replied"  # the household answers; its coordinator has to send it
    SENT = "sent"  # the buyer reads the reply


class Thanks(Base):
    """Once for an order."""

    __tablename__ = "thanks"

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), unique=True)
    signed_as: Mapped[SignedAs]
    text: Mapped[str] = mapped_column(sa.String(300))
    at: Mapped[datetime]

    letters: Mapped[list[ThanksLetter]] = relationship(
        lazy="raise", back_populates="thanks", order_by="ThanksLetter.id"
    )


class ThanksLetter(Base):
    """The same thanks on its way to one household."""

    __tablename__ = "thanks_letters"
    __table_args__ = (
        sa.UniqueConstraint("thanks_id", "household_id"),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at_some_time"),
        sa.Index("ix_thanks_letters_household_id_state", "household_id", "state"),
        sa.Index("ix_thanks_letters_state", "state"),
    )

    id: Mapped[PrimaryKey]
    thanks_id: Mapped[int] = mapped_column(sa.ForeignKey("thanks.id", ondelete="CASCADE"))
    household_id: Mapped[int] = mapped_column(sa.ForeignKey("households.id"))
    state: Mapped[LetterState] = mapped_column(default=LetterState.WAITING)
    looked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    looked_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.String(200), default="")  # why it was kept back
    read_at: Mapped[datetime | None]  # by the household
    ready_reply: Mapped[ReadyReply | None]
    reply: Mapped[str] = mapped_column(sa.String(300), default="")
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    sent_at: Mapped[datetime | None]

    thanks: Mapped[Thanks] = relationship(lazy="raise", back_populates="letters")
    household: Mapped[Household] = relationship(lazy="raise")
