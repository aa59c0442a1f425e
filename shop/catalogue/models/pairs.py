"""Pairing (结对帮扶): a department or branch of the university and a household that it stands by."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class Pair(Base):
    """From the first day to the last, both included. A household may have several partners, and a unit several households."""

    __tablename__ = "pairs"
    __table_args__ = (
        sa.CheckConstraint("last_day IS NULL OR last_day >= first_day", name="days_in_order"),
        sa.UniqueConstraint("unit_id", "household_id", "first_day"),
    )

    id: Mapped[PrimaryKey]
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("units.id"))
    household_id: Mapped[int] = mapped_column(sa.ForeignKey("households.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date | None]  # None: until somebody ends it
    agreed_by: Mapped[str] = mapped_column(sa.String(120))  # who said yes, for the unit and for the household
