"""What became of a closed campaign's orders afterwards: which changed, who called one off and why, what members lost."""

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


class Loss(Base):
    """Units of a member's choice that went after the close, at their frozen price; the member is told once."""

    __tablename__ = "campaign_losses"
    __table_args__ = (sa.CheckConstraint("quantity > 0 AND price_fen > 0", name="sane_loss"),)

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
