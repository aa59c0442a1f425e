"""How goods travel: pickup points and weekly runs, courier zones and freight, the calendar."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.storage.base import Base, PrimaryKey


class PickupPoint(Base):
    """A place on campus where buyers collect."""

    __tablename__ = "pickup_points"

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(80))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    address_zh: Mapped[str] = mapped_column(sa.String(200), default="")
    address_en: Mapped[str] = mapped_column(sa.String(200), default="")
    hours_zh: Mapped[str] = mapped_column(sa.String(120), default="")
    hours_en: Mapped[str] = mapped_column(sa.String(160), default="")
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class PointKeeper(Base):
    __tablename__ = "point_keepers"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    pickup_point_id: Mapped[int] = mapped_column(
        sa.ForeignKey("pickup_points.id"), primary_key=True, index=True
    )


class RunStatus(StrEnum):
    PLANNED = "planned"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    CANCELLED = "cancelled"


class Run(Base):
    """One journey of the truck to campus."""

    __tablename__ = "runs"

    id: Mapped[PrimaryKey]
    code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    cutoff_at: Mapped[datetime] = mapped_column(index=True)  # orders are taken until then
    departs_at: Mapped[datetime]
    arrives_at: Mapped[datetime]
    capacity_g: Mapped[int]
    booked_g: Mapped[int] = mapped_column(default=0)  # gross weight of orders held or confirmed for it
    status: Mapped[RunStatus] = mapped_column(default=RunStatus.PLANNED)
    departed_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]

    stops: Mapped[list[RunStop]] = relationship(lazy="raise", order_by="RunStop.position")


class RunStop(Base):
    __tablename__ = "run_stops"

    run_id: Mapped[int] = mapped_column(sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    pickup_point_id: Mapped[int] = mapped_column(sa.ForeignKey("pickup_points.id"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)

    pickup_point: Mapped[PickupPoint] = relationship(lazy="raise")


class FreightZone(Base):
    """What a courier parcel to these provinces costs: the first step of weight, then each further one."""

    __tablename__ = "freight_zones"
    __table_args__ = (
        sa.CheckConstraint(
            "first_g > 0 AND step_g > 0 AND first_fen >= 0 AND step_fen >= 0", name="sane_tariff"
        ),
    )

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(60))
    name_en: Mapped[str] = mapped_column(sa.String(80))
    provinces: Mapped[list[Any]]  # names as in the divisions data
    first_g: Mapped[int]
    first_fen: Mapped[int]
    step_g: Mapped[int]
    step_fen: Mapped[int]
    served: Mapped[bool] = mapped_column(default=True)
    days_min: Mapped[int] = mapped_column(default=2)
    days_max: Mapped[int] = mapped_column(default=4)


class CalendarKind(StrEnum):
    HOLIDAY = "holiday"
    COURIER_STOP = "courier_stop"
    TERM = "term"
    VACATION = "vacation"
    WORKDAY = "workday"  # a weekend day worked in exchange


class CalendarSpan(Base):
    """Days on which something is different, first and last included."""

    __tablename__ = "calendar_spans"

    id: Mapped[PrimaryKey]
    kind: Mapped[CalendarKind]
    first_day: Mapped[date]
    last_day: Mapped[date] = mapped_column(index=True)
    name_zh: Mapped[str] = mapped_column(sa.String(60))
    name_en: Mapped[str] = mapped_column(sa.String(80))
