"""What became of a closed campaign's orders afterwards: which changed, who called one off and why, what members lost, and
what was ordered instead.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class OrderChange(Base):
    """Units of a campaign's order, or all of it, went. It waits here until the choices follow, and is deleted then.

    Written under the order's lock, which stands behind the campaign's: so the choices follow in a step of their own.
    """

    __tablename__ = "campaign_order_changes"

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), index=True)


class CallOff(Base):
    """An organiser called an order of the closed campaign off; members read the reason. `people`: whose goods it held."""

    __tablename__ = "campaign_call_offs"

    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), primary_key=True, autoincrement=False)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(300))
    people: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"), index=True)


class Why(StrEnum):
    """Why goods of a choice do not come."""

    CALLED_OFF = "called_off"  # the order was called off
    REFUNDED = "refunded"  # all of its price went back
    SHORT = "short"  # nobody has so many units


class InsteadOrder(Base):
    """The order of what goes, by the rule agreed beforehand, instead of units that nobody has: for the same point or home.

    Until `given_at` it only holds its goods: nobody is promised them, and it counts for nothing. Then its invoice is asked
    for, at `billed_at`.
    """

    __tablename__ = "campaign_instead_orders"
    __table_args__ = (
        sa.CheckConstraint("(pickup_point_id IS NULL) <> (member_id IS NULL)", name="point_or_home"),
    )

    order_id: Mapped[int] = mapped_column(
        sa.ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id"), index=True)
    for_order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    pickup_point_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pickup_points.id"), index=True)
    member_id: Mapped[int | None] = mapped_column(sa.ForeignKey("campaign_members.id"), index=True)
    given_at: Mapped[datetime | None]
    billed_at: Mapped[datetime | None]


class Loss(Base):
    """Units of a member's choice that went after the close, at their frozen price; the member is told once.

    `instead` units of another variant came for them, at `instead_fen` each, with the order `instead_order_id`; or none.
    """

    __tablename__ = "campaign_losses"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0 AND price_fen > 0", name="sane_loss"),
        sa.CheckConstraint(
            "instead >= 0 AND instead_fen >= 0 AND instead * instead_fen <= quantity * price_fen"
            " AND (instead > 0) = (instead_id IS NOT NULL) AND (instead > 0) = (instead_order_id IS NOT NULL)",
            name="instead_by_value",
        ),
    )

    id: Mapped[PrimaryKey]
    member_id: Mapped[int] = mapped_column(
        sa.ForeignKey("campaign_choices.member_id", ondelete="CASCADE"), index=True
    )
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"), index=True)
    quantity: Mapped[int]
    price_fen: Mapped[int]
    why: Mapped[Why]
    at: Mapped[datetime]
    instead_id: Mapped[int | None] = mapped_column(sa.ForeignKey("variants.id"), index=True)
    instead: Mapped[int] = mapped_column(default=0)
    instead_fen: Mapped[int] = mapped_column(default=0)
    instead_order_id: Mapped[int | None] = mapped_column(sa.ForeignKey("orders.id"), index=True)
