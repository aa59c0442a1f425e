"""Tasks of producers, and the parcels that packing places make of them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import PackingPlace, Producer, Village
from shop.delivery.models import PickupPoint, Run
from shop.delivery.tracking.base import JourneyState
from shop.inventory.models import Allocation
from shop.ordering.models import Order
from shop.storage.base import Base, PrimaryKey


class TaskStatus(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    READY = "ready"
    PACKED = "packed"
    DECLINED = "declined"
    REASSIGNED = "reassigned"
    CANCELLED = "cancelled"


class Task(Base):
    """One producer's part of one order. ``received_at`` is set when it arrived at the packing place."""

    __tablename__ = "tasks"
    __table_args__ = (
        sa.Index("ix_tasks_producer_status", "producer_id", "status", "deadline_at"),
        sa.Index("ix_tasks_village_status", "village_id", "status", "deadline_at"),
        sa.Index("ix_tasks_place_status", "packing_place_id", "status", "deadline_at"),
        sa.Index("ix_tasks_status_deadline", "status", "deadline_at"),
        sa.Index("ix_tasks_needs_person", "village_id", "needs_person_at"),
    )

    id: Mapped[PrimaryKey]
    code: Mapped[str] = mapped_column(sa.String(16), unique=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    producer_id: Mapped[int] = mapped_column(sa.ForeignKey("producers.id"))
    village_id: Mapped[int] = mapped_column(sa.ForeignKey("villages.id"))
    packing_place_id: Mapped[int] = mapped_column(sa.ForeignKey("packing_places.id"))
    parcel_id: Mapped[int | None] = mapped_column(sa.ForeignKey("parcels.id"), index=True)
    status: Mapped[TaskStatus] = mapped_column(default=TaskStatus.OPEN)
    earns_fen: Mapped[int]  # for the producer's households together
    opened_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    packed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # declined, reassigned, cancelled
    decline_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    acted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    acted_for: Mapped[bool] = mapped_column(default=False)  # a coordinator acted for the household
    reminded_at: Mapped[datetime | None]  # its people were told that the deadline is near
    escalated_at: Mapped[datetime | None]  # overdue: the coordinator was asked to call
    needs_person_at: Mapped[datetime | None]  # no other producer has the units: somebody must decide

    order: Mapped[Order] = relationship(lazy="raise")
    producer: Mapped[Producer] = relationship(lazy="raise")
    village: Mapped[Village] = relationship(lazy="raise")
    packing_place: Mapped[PackingPlace] = relationship(lazy="raise")
    parcel: Mapped[Parcel | None] = relationship(lazy="raise", back_populates="tasks")
    items: Mapped[list[TaskItem]] = relationship(lazy="raise", order_by="TaskItem.allocation_id")


class TaskItem(Base):
    """Which allocation a task fulfils: every committed allocation stands in exactly one live task."""

    __tablename__ = "task_items"

    task_id: Mapped[int] = mapped_column(sa.ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True)
    allocation_id: Mapped[int] = mapped_column(sa.ForeignKey("allocations.id"), primary_key=True, unique=True)

    # Withdrawn here, and no other producer has taken the units yet.
    waits: Mapped[bool] = mapped_column(default=False)

    allocation: Mapped[Allocation] = relationship(lazy="raise")


_STANDS_PACKED = sa.text("status = 'packed' AND loaded_at IS NULL")


class ParcelStatus(StrEnum):
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    HANDED_OVER = "handed_over"
    CALLED_BACK = "called_back"  # recalled at its pickup point, and sent back or destroyed


class TakenOff(StrEnum):
    """How a parcel that nobody collected left its pickup point."""

    SENT_BACK = "sent_back"
    DISCARDED = "discarded"  # it had spoiled


class Parcel(Base):
    """What one packing place sends to one address or pickup point for one order."""

    __tablename__ = "parcels"
    __table_args__ = (
        sa.UniqueConstraint("carrier", "tracking_number"),
        sa.CheckConstraint(
            "(taken_off_at IS NULL) = (taken_off_as IS NULL)"
            " AND (taken_off_at IS NULL OR (status = 'shipped' AND arrived_at IS NOT NULL))",
            name="taken_off_somehow",
        ),
        sa.Index("ix_parcels_place_status", "packing_place_id", "status"),
        sa.Index("ix_parcels_point_status", "pickup_point_id", "status"),
        # What the hub can merge: a handful of parcels of however many.
        sa.Index(
            "ix_parcels_standing", "order_id", sqlite_where=_STANDS_PACKED, postgresql_where=_STANDS_PACKED
        ),
    )

    id: Mapped[PrimaryKey]
    code: Mapped[str] = mapped_column(sa.String(16), unique=True)  # on the label, as text and QR
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    number: Mapped[int] = mapped_column(
        default=1, server_default="1"
    )  # the first of its order, the second; stays
    packing_place_id: Mapped[int] = mapped_column(sa.ForeignKey("packing_places.id"))
    status: Mapped[ParcelStatus] = mapped_column(default=ParcelStatus.PACKED)
    weight_g: Mapped[int]
    carrier: Mapped[str | None] = mapped_column(sa.String(16))
    tracking_number: Mapped[str | None] = mapped_column(sa.String(40))
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("runs.id"), index=True)
    pickup_point_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pickup_points.id"))
    packed_at: Mapped[datetime]
    packed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    loaded_at: Mapped[datetime | None]  # on the truck
    shipped_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]  # at the pickup point
    keep_until: Mapped[date | None]  # at the point, as its buyer asked: nobody is reminded before
    taken_off_at: Mapped[datetime | None]  # uncollected, and not at the point any more; its status stays
    taken_off_as: Mapped[TakenOff | None]
    delivered_at: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    handed_over_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))

    order: Mapped[Order] = relationship(lazy="raise")
    packing_place: Mapped[PackingPlace] = relationship(lazy="raise")
    pickup_point: Mapped[PickupPoint | None] = relationship(lazy="raise")
    run: Mapped[Run | None] = relationship(lazy="raise")
    tasks: Mapped[list[Task]] = relationship(lazy="raise", back_populates="parcel", order_by="Task.id")


class ParcelJourney(Base):
    """What the carrier says of a parcel under its number: the newest of it, and when to ask again."""

    __tablename__ = "parcel_journeys"
    __table_args__ = (
        sa.CheckConstraint("asked >= 0", name="asked_not_negative"),
        sa.CheckConstraint("state = 'waiting' OR happened_at IS NOT NULL", name="known_since"),
    )

    parcel_id: Mapped[int] = mapped_column(sa.ForeignKey("parcels.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[JourneyState] = mapped_column(default=JourneyState.WAITING)
    says: Mapped[str] = mapped_column(sa.String(200), default="")  # the carrier's own sentence
    happened_at: Mapped[datetime | None]
    asked: Mapped[int] = mapped_column(default=0)  # how often; the first time the parcel is subscribed too
    ask_at: Mapped[datetime | None] = mapped_column(index=True)  # None: there is nothing more to ask
    late_at: Mapped[datetime]  # not delivered by then, it is late
