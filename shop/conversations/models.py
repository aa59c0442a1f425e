"""Conversations between a buyer and the shop's team: what was written, with photos, and how content the buyer was."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.accounts.models import User
from shop.catalogue.models import PictureState, Product
from shop.ordering.claim_models import Claim
from shop.ordering.models import Order
from shop.storage.base import Base, PrimaryKey


class Topic(StrEnum):
    ORDER = "order"
    DELIVERY = "delivery"
    GOODS = "goods"
    MONEY = "money"  # payment, refund, invoice
    CLAIM = "claim"  # opened by a claim, never chosen
    OTHER = "other"


class ConversationStatus(StrEnum):
    OPEN = "open"  # the buyer waits for the shop
    ANSWERED = "answered"  # the shop waits for the buyer
    CLOSED = "closed"


class Side(StrEnum):
    BUYER = "buyer"
    SHOP = "shop"
    NOTE = "note"  # within the team; no buyer ever reads it


class Happening(StrEnum):
    """What the shop's books say in a conversation, in the place of words."""

    CLAIM_OPENED = "claim_opened"
    CLAIM_DECIDED = "claim_decided"


class Conversation(Base):
    """A guest's belongs to whoever may open its order, everybody else's to its user.

    `answer_due_at` is when the shop has to have answered what waits now; minutes are those of working hours.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        sa.CheckConstraint("buyer_unread >= 0 AND desk_unread >= 0", name="unread_not_negative"),
        sa.CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_at_some_time"),
        sa.Index("ix_conversations_status_answer_due_at", "status", "answer_due_at"),
        sa.Index("ix_conversations_user_id_last_at", "user_id", "last_at"),
        sa.Index("ix_conversations_assignee_id_status", "assignee_id", "status"),
    )

    id: Mapped[PrimaryKey]
    code: Mapped[str] = mapped_column(sa.String(16), unique=True)  # unguessable
    topic: Mapped[Topic]
    status: Mapped[ConversationStatus] = mapped_column(default=ConversationStatus.OPEN)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    order_id: Mapped[int | None] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    claim_id: Mapped[int | None] = mapped_column(sa.ForeignKey("claims.id", ondelete="CASCADE"), unique=True)
    product_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("products.id", ondelete="SET NULL"), index=True
    )
    language: Mapped[str] = mapped_column(sa.String(8), default="zh")
    assignee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    request_token: Mapped[str] = mapped_column(sa.String(64), unique=True)  # digest of who sent which form
    opened_at: Mapped[datetime] = mapped_column(index=True)
    last_at: Mapped[datetime] = mapped_column(index=True)
    answer_due_at: Mapped[datetime]
    resolve_due_at: Mapped[datetime]
    first_answered_at: Mapped[datetime | None]
    answer_minutes: Mapped[int | None]
    answered_in_time: Mapped[bool | None]
    closed_at: Mapped[datetime | None]
    resolve_minutes: Mapped[int | None]
    closings: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    buyer_unread: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    desk_unread: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))

    user: Mapped[User | None] = relationship(lazy="raise", foreign_keys=[user_id])
    assignee: Mapped[User | None] = relationship(lazy="raise", foreign_keys=[assignee_id])
    order: Mapped[Order | None] = relationship(lazy="raise")
    claim: Mapped[Claim | None] = relationship(lazy="raise")
    product: Mapped[Product | None] = relationship(lazy="raise")
    messages: Mapped[list[ConversationMessage]] = relationship(
        lazy="raise", order_by="ConversationMessage.id"
    )
    ratings: Mapped[list[ConversationRating]] = relationship(
        lazy="raise", order_by="ConversationRating.closing"
    )


class ConversationMessage(Base):
    __tablename__ = "conversation_messages"
    __table_args__ = (sa.UniqueConstraint("conversation_id", "request_token"),)

    id: Mapped[PrimaryKey]
    conversation_id: Mapped[int] = mapped_column(sa.ForeignKey("conversations.id", ondelete="CASCADE"))
    side: Mapped[Side]
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    happening: Mapped[Happening | None]
    text: Mapped[str] = mapped_column(sa.String(2000), default="")
    request_token: Mapped[str] = mapped_column(sa.String(64))  # one message however often the form is sent
    at: Mapped[datetime]

    author: Mapped[User | None] = relationship(lazy="raise")
    photos: Mapped[list[ConversationPhoto]] = relationship(lazy="raise", order_by="ConversationPhoto.id")


class ConversationPhoto(Base):
    """Made anew by the worker; for the buyer and the shop's team only."""

    __tablename__ = "conversation_photos"

    id: Mapped[PrimaryKey]
    message_id: Mapped[int] = mapped_column(
        sa.ForeignKey("conversation_messages.id", ondelete="CASCADE"), index=True
    )
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)  # random; the file's name in storage
    state: Mapped[PictureState] = mapped_column(default=PictureState.PROCESSING, index=True)
    created_at: Mapped[datetime]


class ConversationRating(Base):
    """What the buyer says once after each closing."""

    __tablename__ = "conversation_ratings"
    __table_args__ = (
        sa.UniqueConstraint("conversation_id", "closing"),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name="score_range"),
    )

    id: Mapped[PrimaryKey]
    conversation_id: Mapped[int] = mapped_column(sa.ForeignKey("conversations.id", ondelete="CASCADE"))
    closing: Mapped[int]
    score: Mapped[int]
    text: Mapped[str] = mapped_column(sa.String(500), default="")
    at: Mapped[datetime]
