"""What a workshop made of raw goods: a lot, of these grams, with this packaging."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.inventory.intake.models import Intake
from shop.inventory.models import Lot
from shop.storage.base import Base, PrimaryKey


class Processing(Base):
    """Intakes became a lot. ``out_g`` is the net weight of the units; ``lost_g`` was weighed as waste, the rest dried away.

    Undone, it keeps what it was made of, and its intakes and packaging are free again.
    """

    __tablename__ = "processings"
    __table_args__ = (
        sa.CheckConstraint("units > 0 AND in_g > 0 AND out_g > 0 AND lost_g >= 0", name="positive"),
        sa.CheckConstraint("out_g + lost_g <= in_g", name="nothing_from_nothing"),
        sa.CheckConstraint("undone_at IS NULL OR undone_reason <> ''", name="undoing_says_why"),
        sa.Index("ix_processings_producer_id_made_at", "producer_id", "made_at"),
    )

    id: Mapped[PrimaryKey]
    producer_id: Mapped[int] = mapped_column(sa.ForeignKey("producers.id"))
    raw_good_id: Mapped[int] = mapped_column(sa.ForeignKey("raw_goods.id"), index=True)
    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id"), unique=True)
    units: Mapped[int]
    in_g: Mapped[int]
    out_g: Mapped[int]
    lost_g: Mapped[int]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    undone_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)

    lot: Mapped[Lot] = relationship(lazy="raise")
    uses: Mapped[list[ProcessedIntake]] = relationship(lazy="raise", order_by="ProcessedIntake.intake_id")


class ProcessedIntake(Base):
    """So many grams of an intake went into it."""

    __tablename__ = "processed_intakes"
    __table_args__ = (sa.CheckConstraint("grams > 0", name="grams_positive"),)

    processing_id: Mapped[int] = mapped_column(sa.ForeignKey("processings.id"), primary_key=True)
    intake_id: Mapped[int] = mapped_column(sa.ForeignKey("intakes.id"), primary_key=True, index=True)
    grams: Mapped[int]

    intake: Mapped[Intake] = relationship(lazy="raise")
