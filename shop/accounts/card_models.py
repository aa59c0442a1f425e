"""Paper cards that sign a phone in."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

_LIVE = sa.text("ended_at IS NULL")


class SignInCard(Base):
    """One printed card of one person. The code on it holds an opaque token; only its hash is kept here."""

    __tablename__ = "sign_in_cards"
    __table_args__ = (
        sa.CheckConstraint("uses >= 0", name="uses_not_negative"),
        sa.CheckConstraint("(uses = 0) = (last_used_at IS NULL)", name="used_is_dated"),
        sa.Index(
            "uq_sign_in_cards_live_user",
            "user_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    issued_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # taken back, or followed by a new one
    uses: Mapped[int] = mapped_column(default=0)
    last_used_at: Mapped[datetime | None]
