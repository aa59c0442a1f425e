"""What people looked for: a number a day, and nothing of who they were."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base


class SearchCount(Base):
    """How often a word was looked for on one Shanghai day, and how often nothing was called so."""

    __tablename__ = "search_counts"
    __table_args__ = (
        sa.CheckConstraint("searches > 0 AND unfound BETWEEN 0 AND searches", name="sane_counts"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    searches: Mapped[int]
    unfound: Mapped[int]
