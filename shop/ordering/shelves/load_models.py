"""Goods that a village sends to a shelf: counted when they are loaded, and once more by whoever keeps the shelf."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class ShelfLoad(Base):
    """One pack on its way to a shelf. Until it is received, or called back, it lies nowhere and is nobody's to sell."""

    __tablename__ = "shelf_loads"
    __table_args__ = (
        sa.CheckConstraint("received_at IS NULL OR called_back_at IS NULL", name="received_or_called_back"),
        sa.CheckConstraint("received_by_id IS NULL OR received_by_id <> sent_by_id", name="two_persons"),
        sa.Index("ix_shelf_loads_shelf_id", "shelf_id", "id"),
    )

    id: Mapped[PrimaryKey]
    shelf_id: Mapped[int] = mapped_column(sa.ForeignKey("shelves.id"))
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"))
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("runs.id"))
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    received_at: Mapped[datetime | None]
    received_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    called_back_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(
        sa.String(200), default=""
    )  # why fewer came, or why it was called back

    @classmethod
    def is_on_its_way(cls) -> sa.ColumnElement[bool]:
        return sa.and_(cls.received_at.is_(None), cls.called_back_at.is_(None))


class ShelfLoadLine(Base):
    """Units of one lot in it. `arrived`: as the keeper counted."""

    __tablename__ = "shelf_load_lines"
    __table_args__ = (
        sa.CheckConstraint("units > 0", name="something_was_loaded"),
        sa.CheckConstraint("arrived >= 0 AND arrived <= units", name="no_more_arrived_than_was_loaded"),
    )

    load_id: Mapped[int] = mapped_column(sa.ForeignKey("shelf_loads.id"), primary_key=True)
    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id"), primary_key=True, index=True)
    units: Mapped[int]
    arrived: Mapped[int | None]
