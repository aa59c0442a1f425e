"""Bags, tins, boxes and labels that a workshop or a packing place keeps."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class PackagingKind(StrEnum):
    BAG = "bag"
    TIN = "tin"
    BOX = "box"
    LABEL = "label"


class PackagingStock(Base):
    """So many pieces of one packaging with one keeper. At ``alarm_at`` or fewer somebody has to order more."""

    __tablename__ = "packaging_stocks"
    __table_args__ = (
        sa.CheckConstraint("units >= 0", name="no_negative_units"),
        sa.CheckConstraint("alarm_at >= 0", name="alarm_not_negative"),
        sa.CheckConstraint("(producer_id IS NULL) <> (packing_place_id IS NULL)", name="one_keeper"),
    )

    id: Mapped[PrimaryKey]
    producer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("producers.id"), index=True)
    packing_place_id: Mapped[int | None] = mapped_column(sa.ForeignKey("packing_places.id"), index=True)
    kind: Mapped[PackagingKind]
    name_zh: Mapped[str] = mapped_column(sa.String(40))
    name_en: Mapped[str] = mapped_column(sa.String(80))
    units: Mapped[int] = mapped_column(default=0)
    alarm_at: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class PackagingDeed(StrEnum):
    RECEIVED = "received"
    USED = "used"  # in a processing
    GIVEN_BACK = "given_back"  # that processing was undone
    COUNTED = "counted"  # there are more or fewer than the book says


class PackagingChange(Base):
    """Why the number of pieces changed; all changes of a stock add up to what is there."""

    __tablename__ = "packaging_changes"
    __table_args__ = (
        sa.CheckConstraint("deed <> 'counted' OR reason <> ''", name="count_says_why"),
        sa.CheckConstraint(
            "(deed IN ('used', 'given_back')) = (processing_id IS NOT NULL)", name="use_names_it"
        ),
    )

    id: Mapped[PrimaryKey]
    stock_id: Mapped[int] = mapped_column(sa.ForeignKey("packaging_stocks.id"), index=True)
    deed: Mapped[PackagingDeed]
    change: Mapped[int]
    processing_id: Mapped[int | None] = mapped_column(sa.ForeignKey("processings.id"), index=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
