"""Standing orders (长期订单): what is ordered again and again, and what became of each of its days."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.ordering.models import DeliveryKind
from shop.storage.base import Base, PrimaryKey


class StandingState(StrEnum):
    RUNNING = "running"
    STOPPED = "stopped"  # for good: who wants it again sets up another


class DayState(StrEnum):
    """What became of one day."""

    DUE = "due"  # tried before without success; the worker tries again
    HELD = "held"  # its order is written and waits to be accepted on account
    PLACED = "placed"
    WAITS = "waits"  # an approver of the organisation decides
    UNACCEPTED = "unaccepted"  # its order could not be accepted on account: its page says how it is paid
    FAILED = "failed"  # nothing was ordered: sold out, no truck, …
    SKIPPED = "skipped"  # by the organisation, or on a day of rest
    MISSED = "missed"  # the shop was down until it was too late


class StandingOrder(Base):
    """`weekdays`: digits, 0 for Monday; weeks are counted from that of `first_on`. `days_before`: it is ordered so early."""

    __tablename__ = "standing_orders"
    __table_args__ = (
        sa.CheckConstraint(
            "every_weeks BETWEEN 1 AND 12 AND days_before BETWEEN 1 AND 30", name="sane_rhythm"
        ),
        sa.CheckConstraint("weekdays <> ''", name="some_day"),
        sa.CheckConstraint("until_on IS NULL OR until_on >= first_on", name="ends_after_it_begins"),
        sa.CheckConstraint(
            "(delivery = 'pickup') = (pickup_point_id IS NOT NULL) AND (delivery = 'courier') = (province IS NOT NULL)",
            name="one_way",
        ),
        sa.UniqueConstraint("organisation_id", "token"),
        sa.Index("ix_standing_orders_state", "state", "id"),
    )

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"))
    state: Mapped[StandingState] = mapped_column(default=StandingState.RUNNING)
    name: Mapped[str] = mapped_column(sa.String(60))
    every_weeks: Mapped[int]
    weekdays: Mapped[str] = mapped_column(sa.String(7))
    first_on: Mapped[date]
    until_on: Mapped[date | None]
    days_before: Mapped[int]
    in_vacations: Mapped[bool] = mapped_column(default=False)
    delivery: Mapped[DeliveryKind]
    pickup_point_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pickup_points.id"))
    province: Mapped[str | None] = mapped_column(sa.String(40))
    city: Mapped[str | None] = mapped_column(sa.String(40))
    district: Mapped[str | None] = mapped_column(sa.String(40))
    street: Mapped[str | None] = mapped_column(sa.String(200))
    recipient: Mapped[str] = mapped_column(sa.String(60))
    phone: Mapped[str] = mapped_column(sa.String(20))  # E.164
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    project_number: Mapped[str] = mapped_column(sa.String(40), default="")
    project_name: Mapped[str] = mapped_column(sa.String(80), default="")
    handler: Mapped[str] = mapped_column(sa.String(60), default="")
    acceptor: Mapped[str] = mapped_column(sa.String(60), default="")
    language: Mapped[str] = mapped_column(sa.String(8), default="zh")
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"), index=True)
    made_at: Mapped[datetime]
    token: Mapped[str] = mapped_column(sa.String(64))  # of the form: sent twice, it is one


class StandingLine(Base):
    """What is ordered for each day from `from_on` on, until a later set of lines begins."""

    __tablename__ = "standing_lines"
    __table_args__ = (sa.CheckConstraint("cases > 0", name="something"),)

    standing_id: Mapped[int] = mapped_column(
        sa.ForeignKey("standing_orders.id", ondelete="CASCADE"), primary_key=True
    )
    from_on: Mapped[date] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"), primary_key=True)
    cases: Mapped[int]


class StandingPause(Base):
    """Nothing is ordered for the days from the first to the last one; one day that is skipped is both."""

    __tablename__ = "standing_pauses"
    __table_args__ = (
        sa.UniqueConstraint("standing_id", "first_on", "last_on"),
        sa.CheckConstraint("last_on >= first_on", name="ends_after_it_begins"),
    )

    id: Mapped[PrimaryKey]
    standing_id: Mapped[int] = mapped_column(sa.ForeignKey("standing_orders.id", ondelete="CASCADE"))
    first_on: Mapped[date]
    last_on: Mapped[date]


class StandingDay(Base):
    """One day of a standing order, once it was the day's turn: by its key nothing is ever ordered twice for it.

    `code`: of the error, or why it was skipped. `tries`: orders that were given up before another was tried.
    """

    __tablename__ = "standing_days"
    __table_args__ = (
        sa.CheckConstraint(
            "(state IN ('held', 'placed', 'waits', 'unaccepted')) = (order_id IS NOT NULL)",
            name="ordered_has_order",
        ),
    )

    standing_id: Mapped[int] = mapped_column(
        sa.ForeignKey("standing_orders.id", ondelete="CASCADE"), primary_key=True
    )
    on: Mapped[date] = mapped_column("day", primary_key=True)
    state: Mapped[DayState]
    code: Mapped[str] = mapped_column(sa.String(40), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    tries: Mapped[int] = mapped_column(default=0)
    order_id: Mapped[int | None] = mapped_column(sa.ForeignKey("orders.id"), unique=True)
    at: Mapped[datetime]


class StandingEvent(Base):
    """What members did with it, for its history."""

    __tablename__ = "standing_events"

    id: Mapped[PrimaryKey]
    standing_id: Mapped[int] = mapped_column(
        sa.ForeignKey("standing_orders.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(sa.String(40))
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    facts: Mapped[dict[str, Any]]
