"""Which orders count for which department, what departments mean to buy, and where counties stand."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class Funding(StrEnum):
    """Whose money pays (资金来源)."""

    UNION = "union"
    CANTEEN = "canteen"
    ADMINISTRATION = "administration"
    PERSONAL = "personal"
    OTHER = "other"  # of a company, and of whatever is none of these


class PurchaseKind(StrEnum):
    """How it helped (帮扶方式): bought for oneself, or sold to others for the villages."""

    DIRECT = "direct"
    HELPED = "helped"


class CountedPurchase(Base):
    """An order that counts: for an organisation, and for the department that this belongs to or whose member bought.

    Written when the order is confirmed, and never taken away: an order that was called off counts for nothing since
    all of its price went back.
    """

    __tablename__ = "counted_purchases"
    __table_args__ = (
        sa.CheckConstraint("unit_id IS NOT NULL OR organisation_id IS NOT NULL", name="counts_for_somebody"),
        sa.CheckConstraint("organisation_id IS NOT NULL OR funding = 'personal'", name="a_person_pays_alone"),
    )

    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), primary_key=True)
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("units.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    funding: Mapped[Funding]
    kind: Mapped[PurchaseKind]
    # By which another platform knows this order: what is imported from there under this number counts nothing more.
    outside_number: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    counted_at: Mapped[datetime]


class PurchaseBuyer(Base):
    """For which department an organisation buys, and with whose money, unless somebody says otherwise for an order."""

    __tablename__ = "purchase_buyers"

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"), unique=True)
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("units.id"), index=True)
    funding: Mapped[Funding]


class ChannelKind(Base):
    """How purchases by a channel help. A channel without a row is a direct purchase."""

    __tablename__ = "purchase_channels"

    channel: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    kind: Mapped[PurchaseKind]


class UnitTarget(Base):
    """How much a department means to buy in a year. A version stays as it was written; the newest holds."""

    __tablename__ = "unit_targets"
    __table_args__ = (
        sa.UniqueConstraint("unit_id", "year", "version"),
        sa.CheckConstraint("target_fen >= 0", name="target_not_negative"),
        sa.CheckConstraint("version > 0", name="version_positive"),
        sa.Index("ix_unit_targets_year", "year", "unit_id", "version"),
    )

    id: Mapped[PrimaryKey]
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("units.id"))
    year: Mapped[int]
    version: Mapped[int]
    target_fen: Mapped[int]  # 0: no target any more
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    set_at: Mapped[datetime]
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))


class UnitReminder(Base):
    """A letter to the organisations of a department that is behind its target, with the figures of that day."""

    __tablename__ = "unit_reminders"
    __table_args__ = (sa.Index("ix_unit_reminders_unit_id_sent_at", "unit_id", "sent_at"),)

    id: Mapped[PrimaryKey]
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("units.id"))
    year: Mapped[int]
    bought_fen: Mapped[int]
    target_fen: Mapped[int]
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))


class OriginStatus(Base):
    """What a county is in the state's lists, such as 脱贫县. Villages and imported rows name the county."""

    __tablename__ = "origin_statuses"

    id: Mapped[PrimaryKey]
    county_zh: Mapped[str] = mapped_column(sa.String(40), unique=True)
    status_zh: Mapped[str] = mapped_column(sa.String(40))
    status_en: Mapped[str] = mapped_column(sa.String(80))
