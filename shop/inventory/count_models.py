"""What somebody found on the shelf when they counted a lot."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.kit.text import msg
from shop.storage.base import Base, PrimaryKey

LONGEST_WORDS = 120


class CountReason(StrEnum):
    SPOILED = "spoiled"
    LOST = "lost"
    WEIGHED_WRONG = "weighed_wrong"  # there never were so many, or there were more all along
    FOUND = "found"
    OTHER = "other"  # then `words` say what


COUNT_WORDS: Final = {
    CountReason.SPOILED: msg("Gone bad"),
    CountReason.LOST: msg("Lost"),
    CountReason.WEIGHED_WRONG: msg("Weighed or counted wrong"),
    CountReason.FOUND: msg("Found"),
    CountReason.OTHER: msg("Something else"),
}


class StockCount(Base):
    """One count of one lot: never changed; who counted wrong counts again.

    Units. ``expected`` should have been on the shelf, ``counted`` were. What was too few came out of what was for sale
    (``taken_off``; below nothing where an earlier count had taken off what was there after all), and beyond that
    out of what is promised (``shorter``; below nothing where promised units were there after all). What was too many
    and was never missed was ``added`` to what is declared.
    """

    __tablename__ = "stock_counts"
    __table_args__ = (
        sa.CheckConstraint("expected >= 0 AND counted >= 0 AND added >= 0", name="units_not_negative"),
        sa.CheckConstraint(
            "counted - expected = added - taken_off - shorter", name="every_difference_is_somewhere"
        ),
        sa.CheckConstraint("(reason IS NULL) = (counted = expected)", name="a_difference_has_a_reason"),
        sa.CheckConstraint("reason <> 'other' OR words <> ''", name="another_reason_has_words"),
        sa.Index("ix_stock_counts_lot_id", "lot_id", "id"),
    )

    id: Mapped[PrimaryKey]
    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id"))
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    for_producer: Mapped[bool] = mapped_column(default=False)  # a coordinator counted for the household
    expected: Mapped[int]
    counted: Mapped[int]
    added: Mapped[int] = mapped_column(default=0)
    taken_off: Mapped[int] = mapped_column(default=0)
    shorter: Mapped[int] = mapped_column(default=0)
    closed_lot: Mapped[bool] = mapped_column(default=False)  # more was promised than there was
    reason: Mapped[CountReason | None]
    words: Mapped[str] = mapped_column(sa.String(LONGEST_WORDS), default="")
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)  # of the form: sent twice, it counts once
