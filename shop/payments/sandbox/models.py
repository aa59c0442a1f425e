"""What the sandbox remembers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class TillStatus(StrEnum):
    OPEN = "open"
    PROCESSING = "processing"  # will succeed when `settles_at` has come
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class SandboxSession(Base):
    """One page on which a buyer pays, or does not."""

    __tablename__ = "sandbox_sessions"

    id: Mapped[PrimaryKey]
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)  # unguessable; in the page's address
    reference: Mapped[str] = mapped_column(sa.String(40), unique=True)  # the shop's; the idempotency key
    status: Mapped[TillStatus] = mapped_column(default=TillStatus.OPEN)
    amount_fen: Mapped[int]
    order_number: Mapped[str] = mapped_column(sa.String(32))
    items: Mapped[list[Any]]
    language: Mapped[str] = mapped_column(sa.String(8))
    return_url: Mapped[str] = mapped_column(sa.Text)
    cancel_url: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    settles_at: Mapped[datetime | None]
    refunded_fen: Mapped[int] = mapped_column(default=0)


class SandboxRefund(Base):
    __tablename__ = "sandbox_refunds"

    id: Mapped[PrimaryKey]
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)
    reference: Mapped[str] = mapped_column(sa.String(40), unique=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("sandbox_sessions.id"), index=True)
    amount_fen: Mapped[int]
    created_at: Mapped[datetime]
