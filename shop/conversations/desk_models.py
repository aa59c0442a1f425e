"""What the team writes with: answers that are ready, and questions to a village."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.accounts.models import User
from shop.catalogue.models import Product, Village
from shop.conversations.models import Conversation, Topic
from shop.storage.base import Base, PrimaryKey


class CannedAnswer(Base):
    """In both languages; places such as {order} are filled from the conversation."""

    __tablename__ = "canned_answers"

    id: Mapped[PrimaryKey]
    title_zh: Mapped[str] = mapped_column(sa.String(60))
    title_en: Mapped[str] = mapped_column(sa.String(80))
    topic: Mapped[Topic | None]  # None: fits all
    text_zh: Mapped[str] = mapped_column(sa.String(1000))
    text_en: Mapped[str] = mapped_column(sa.String(1000))
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class VillageQuestion(Base):
    """The team asks a village's coordinator; the answer comes to the team. Nothing of the buyer stands in it."""

    __tablename__ = "village_questions"
    __table_args__ = (
        sa.UniqueConstraint("conversation_id", "request_token"),
        sa.Index("ix_village_questions_village_id_answered_at", "village_id", "answered_at"),
        sa.CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered_in_words"),
    )

    id: Mapped[PrimaryKey]
    conversation_id: Mapped[int] = mapped_column(sa.ForeignKey("conversations.id", ondelete="CASCADE"))
    village_id: Mapped[int] = mapped_column(sa.ForeignKey("villages.id"))
    product_id: Mapped[int | None] = mapped_column(sa.ForeignKey("products.id", ondelete="SET NULL"))
    text: Mapped[str] = mapped_column(sa.String(1000))
    request_token: Mapped[str] = mapped_column(sa.String(64))
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(sa.String(1000), default="")
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    answered_at: Mapped[datetime | None]

    conversation: Mapped[Conversation] = relationship(lazy="raise")
    village: Mapped[Village] = relationship(lazy="raise")
    product: Mapped[Product | None] = relationship(lazy="raise")
    answered_by: Mapped[User | None] = relationship(lazy="raise", foreign_keys=[answered_by_id])
