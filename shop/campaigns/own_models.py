"""What goes with a choice beyond goods at a pickup point: own purchases, a way home, what the harvest changed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base


class TopUp(Base):
    """An order that a member buys with their own money beside what the allowance pays.

    It is live until `given_up_at`: the choice changed, or it was called off. From then on it counts for nothing, and
    it is called off with its money back; `done_at` is when nothing was left to do about it.
    """

    __tablename__ = "campaign_top_ups"
    __table_args__ = (
        sa.Index(
            "ix_campaign_top_ups_to_call_off",
            "order_id",
            sqlite_where=sa.text("given_up_at IS NOT NULL AND done_at IS NULL"),
            postgresql_where=sa.text("given_up_at IS NOT NULL AND done_at IS NULL"),
        ),
    )

    order_id: Mapped[int] = mapped_column(
        sa.ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign_members.id"), index=True)
    made_at: Mapped[datetime]
    given_up_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class HomeAddress(Base):
    """Where a choice goes that is not collected. Deleted some days after the close; the order keeps its own copy."""

    __tablename__ = "campaign_home_addresses"

    member_id: Mapped[int] = mapped_column(
        sa.ForeignKey("campaign_choices.member_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    name: Mapped[str] = mapped_column(sa.String(60))
    phone: Mapped[str] = mapped_column(sa.String(20))  # E.164
    province: Mapped[str] = mapped_column(sa.String(40))
    city: Mapped[str] = mapped_column(sa.String(40))
    district: Mapped[str] = mapped_column(sa.String(40))
    street: Mapped[str] = mapped_column(sa.String(200))


class CampaignParcel(Base):
    """The order of one member's home delivery, on the union's account."""

    __tablename__ = "campaign_parcels"

    member_id: Mapped[int] = mapped_column(
        sa.ForeignKey("campaign_members.id"), primary_key=True, autoincrement=False
    )
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id"), index=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), unique=True)


class CampaignSwap(Base):
    """What the rule for a short harvest did to one line of a member's choice at the close; the member is told.

    So many of a variant became `instead` units of the substitute, or none; `returned_fen` of their price is not charged.
    """

    __tablename__ = "campaign_swaps"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0 AND instead >= 0 AND returned_fen >= 0", name="sane_swap"),
    )

    member_id: Mapped[int] = mapped_column(
        sa.ForeignKey("campaign_choices.member_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    variant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("variants.id"), primary_key=True, autoincrement=False, index=True
    )
    quantity: Mapped[int]
    substitute_id: Mapped[int | None] = mapped_column(sa.ForeignKey("variants.id"), index=True)
    instead: Mapped[int]
    returned_fen: Mapped[int]
