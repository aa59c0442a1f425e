"""Passkeys: keys that a person's device or password store keeps, and that open an account without a password."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class Passkey(Base):
    """The public half of one key. `credential_id`, `public_key` and `user_handle` are base64url, without padding."""

    __tablename__ = "passkeys"

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[str] = mapped_column(sa.String(1400), unique=True)
    public_key: Mapped[str] = mapped_column(sa.String(2000))
    # What the key knows its person by: random, the same for all keys of one person, and nothing else's number.
    user_handle: Mapped[str] = mapped_column(sa.String(64))
    label: Mapped[str] = mapped_column(sa.String(60))
    sign_count: Mapped[int] = mapped_column(default=0)
    backed_up: Mapped[bool] = mapped_column(default=False)  # its owner's password store has a copy
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class SpentChallenge(Base):
    """A challenge that was answered: the same answer opens nothing again."""

    __tablename__ = "spent_challenges"

    id: Mapped[PrimaryKey]
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
