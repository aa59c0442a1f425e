"""Shelves: a point's own stock or what was taken along to a fair, and every unit that came to one or left it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.delivery.models import PickupPoint
from shop.ordering.outside.models import OutsideSource
from shop.storage.base import Base, PrimaryKey


class Shelf(Base):
    """One source's goods on campus. Whoever keeps its point sells from it; its source says whose hands the money is in."""

    __tablename__ = "shelves"

    id: Mapped[PrimaryKey]
    source_id: Mapped[int] = mapped_column(sa.ForeignKey("outside_sources.id"), unique=True)
    pickup_point_id: Mapped[int] = mapped_column(sa.ForeignKey("pickup_points.id"), index=True)
    opened_at: Mapped[datetime]

    source: Mapped[OutsideSource] = relationship(lazy="raise")
    pickup_point: Mapped[PickupPoint] = relationship(lazy="raise")


class ShelfStock(Base):
    """So many units of a lot lie on a shelf now: what was brought, less what was sold and taken back."""

    __tablename__ = "shelf_stock"
    __table_args__ = (sa.CheckConstraint("units >= 0", name="no_negative_stock"),)

    shelf_id: Mapped[int] = mapped_column(sa.ForeignKey("shelves.id"), primary_key=True)
    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id"), primary_key=True, index=True)
    units: Mapped[int]


class MoveKind(StrEnum):
    BROUGHT = "brought"  # from the village
    SOLD = "sold"
    RETURNED = "returned"  # a sale was undone, or refunded with its goods back
    TAKEN_BACK = "taken_back"  # to the village
    MISSING = "missing"  # when somebody counted
    FOUND = "found"  # of what was missing


# These are an order's; the others a person's who says so.
OF_ORDERS = (MoveKind.SOLD, MoveKind.RETURNED)


class ShelfMove(Base):
    """Units of a lot that came to a shelf (above nothing) or left it. A form moves a lot once, by its token."""

    __tablename__ = "shelf_moves"
    __table_args__ = (
        sa.UniqueConstraint("token", "lot_id"),
        sa.CheckConstraint("units <> 0", name="units_not_zero"),
        sa.CheckConstraint(
            "(units > 0) = (kind IN ('brought', 'returned', 'found'))", name="comes_or_leaves_by_kind"
        ),
        sa.CheckConstraint("(kind IN ('sold', 'returned')) = (order_id IS NOT NULL)", name="order_of_a_sale"),
        sa.CheckConstraint(
            "kind NOT IN ('taken_back', 'missing', 'found') OR reason <> ''", name="with_a_reason"
        ),
        sa.Index("ix_shelf_moves_shelf_id", "shelf_id", "id"),
    )

    id: Mapped[PrimaryKey]
    shelf_id: Mapped[int] = mapped_column(sa.ForeignKey("shelves.id"))
    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id"), index=True)
    kind: Mapped[MoveKind]
    units: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    order_id: Mapped[int | None] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("runs.id"))  # the truck that brought them
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    token: Mapped[str] = mapped_column(sa.String(64))
