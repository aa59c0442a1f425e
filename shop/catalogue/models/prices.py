"""A lower price of a pack for a time: proposed by a village, decided by the team, begun and ended by the clock."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

_PROPOSED = sa.text("state = 'proposed'")
_AHEAD = sa.text("state IN ('approved', 'running')")


class PriceState(StrEnum):
    PROPOSED = "proposed"
    DECLINED = "declined"
    APPROVED = "approved"  # begins when its time has come
    RUNNING = "running"
    ENDED = "ended"
    CALLED_OFF = "called_off"


class TimedPrice(Base):
    """What a pack costs from one moment to another. ``former_fen``: its price before and after, known once it runs.

    ``proposed`` by somebody who does not decide; else the team set it themselves. Of one pack one is proposed at most,
    and one is approved or running.
    """

    __tablename__ = "timed_prices"
    __table_args__ = (
        sa.CheckConstraint("price_fen > 0", name="price_positive"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_it_begins"),
        sa.CheckConstraint(
            "former_fen IS NULL OR former_fen > price_fen", name="lower_than_before"
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (state = 'proposed')", name="decided_unless_proposed"
        ),
        sa.Index(
            "uq_timed_prices_proposed", "variant_id", unique=True, sqlite_where=_PROPOSED, postgresql_where=_PROPOSED
        ),
        sa.Index("uq_timed_prices_ahead", "variant_id", unique=True, sqlite_where=_AHEAD, postgresql_where=_AHEAD),
        sa.Index("ix_timed_prices_state", "state", "id"),
        sa.Index("ix_timed_prices_proposed_by", "proposed_by_id", "id"),
    )  # fmt: skip

    id: Mapped[PrimaryKey]
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"), index=True)
    price_fen: Mapped[int]
    former_fen: Mapped[int | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[PriceState]
    proposed: Mapped[bool]
    reason: Mapped[str] = mapped_column(sa.String(200))
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(sa.String(200), default="")  # why it was declined, or called off
    ended_at: Mapped[datetime | None]
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)  # of the form: sent twice, it is one
