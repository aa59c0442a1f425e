"""Welfare campaigns (工会福利): what a union offers its members, for how much a head, where and when they collect."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.storage.base import Base, PrimaryKey


class CampaignState(StrEnum):
    DRAFT = "draft"  # being set up
    OPEN = "open"  # prices are frozen, members choose within the window
    WAITING = "waiting"  # somebody of the organisation has to agree to the bill before it is closed
    CLOSING = "closing"  # nobody chooses any more; who did not choose is being given the default package
    CLOSED = "closed"  # ordered from the villages
    DROPPED = "dropped"  # a draft that came to nothing
    CALLED_OFF = "called_off"  # was open, and its union ended it before the close: nothing was ordered


class Campaign(Base):
    """One occasion. The allowance is a head's; `year` is that of the day of distribution, for the yearly cap."""

    __tablename__ = "campaigns"
    __table_args__ = (
        sa.CheckConstraint("closes_at > opens_at", name="closes_after_it_opens"),
        sa.CheckConstraint("allowance_fen > 0", name="allowance_positive"),
        sa.Index("ix_campaigns_organisation", "organisation_id", "id"),
        sa.Index("ix_campaigns_state", "state", "closes_at"),
    )

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"))
    title: Mapped[str] = mapped_column(sa.String(80))
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    distribution_on: Mapped[date]
    year: Mapped[int]
    allowance_fen: Mapped[int]
    free_choice: Mapped[bool] = mapped_column(default=False)  # whether goods may be chosen singly as well
    own_top_up: Mapped[bool] = mapped_column(default=False)  # members may buy more with their own money
    home_delivery: Mapped[bool] = mapped_column(default=False)  # beside the pickup points
    freight_counts: Mapped[bool] = mapped_column(default=True)  # freight home is paid out of the allowance
    contact: Mapped[str] = mapped_column(sa.String(60))  # whom members ask, and who receives for the union
    contact_phone: Mapped[str] = mapped_column(sa.String(20))  # E.164
    state: Mapped[CampaignState] = mapped_column(default=CampaignState.DRAFT)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"), index=True)
    made_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closing_at: Mapped[datetime | None]  # when somebody began to close it
    closing_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    closing_done: Mapped[int] = mapped_column(default=0)  # up to this member the default package was given
    judged_at: Mapped[datetime | None]  # when the exact bill was found to fit the terms and limits
    closed_at: Mapped[datetime | None]
    last_call_at: Mapped[datetime | None]  # when the shop itself reminded who had not chosen, before the end
    is_approved: Mapped[bool] = mapped_column(
        default=False
    )  # somebody agreed to the bill that is being closed
    called_off_at: Mapped[datetime | None]
    called_off_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    called_off_reason: Mapped[str] = mapped_column(sa.String(300), default="")  # members read it
    # Printed on the papers of its orders; empty where nothing was said.
    project_number: Mapped[str] = mapped_column(sa.String(40), default="")
    project_name: Mapped[str] = mapped_column(sa.String(80), default="")
    handler: Mapped[str] = mapped_column(sa.String(60), default="")
    acceptor: Mapped[str] = mapped_column(sa.String(60), default="")
    # Why the last try to close it ordered nothing: a message id and its facts.
    refusal: Mapped[dict[str, Any]] = mapped_column(default=dict)
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)  # of the form: sent twice, it is one

    packages: Mapped[list[CampaignPackage]] = relationship(
        lazy="raise", order_by="(CampaignPackage.position, CampaignPackage.id)"
    )
    goods: Mapped[list[CampaignGood]] = relationship(
        lazy="raise", order_by="(CampaignGood.position, CampaignGood.id)"
    )
    slots: Mapped[list[CampaignSlot]] = relationship(
        lazy="raise", order_by="(CampaignSlot.starts_at, CampaignSlot.pickup_point_id)"
    )


class CampaignPackage(Base):
    """A named set of goods; its price is the sum of them. Who does not choose gets the default one."""

    __tablename__ = "campaign_packages"
    __table_args__ = (
        sa.Index(
            "uq_campaign_packages_default",
            "campaign_id",
            unique=True,
            sqlite_where=sa.text("is_default"),
            postgresql_where=sa.text("is_default"),
        ),
        sa.UniqueConstraint("campaign_id", "name"),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(40))
    position: Mapped[int] = mapped_column(default=0)
    is_default: Mapped[bool] = mapped_column(default=False)

    items: Mapped[list[CampaignPackageItem]] = relationship(
        lazy="raise", order_by="CampaignPackageItem.variant_id"
    )


class CampaignPackageItem(Base):
    __tablename__ = "campaign_package_items"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity_positive"),)

    package_id: Mapped[int] = mapped_column(
        sa.ForeignKey("campaign_packages.id", ondelete="CASCADE"), primary_key=True
    )
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"), primary_key=True, index=True)
    quantity: Mapped[int]


class CampaignGood(Base):
    """A variant of the campaign, in packages or chosen singly, at its frozen price.

    `price_fen` is copied when the campaign opens. `most_units` is how many there are in all, for who comes first;
    `taken_units` counts what is chosen of them. `most_each`: for one member. `short_at`:
    so many there will be, says the organiser: the rule for a short harvest applies to the rest at the close. `own_at_close`: of those, what members bought themselves
    when the close began. `substitute_id` goes instead of it when
    the harvest is short; without one its money is not charged.
    """

    __tablename__ = "campaign_goods"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "variant_id"),
        sa.CheckConstraint("price_fen IS NULL OR price_fen > 0", name="price_positive"),
        sa.CheckConstraint(
            "taken_units >= 0 AND (most_units IS NULL OR taken_units <= most_units)", name="units_kept"
        ),
        sa.CheckConstraint("short_at IS NULL OR short_at >= 0", name="short_at_not_negative"),
        sa.CheckConstraint("own_at_close IS NULL OR own_at_close >= 0", name="own_at_close_not_negative"),
        sa.CheckConstraint("most_each IS NULL OR most_each > 0", name="most_each_positive"),
        sa.CheckConstraint("substitute_id IS NULL OR substitute_id <> variant_id", name="something_else"),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id", ondelete="CASCADE"))
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    is_free_choice: Mapped[bool] = mapped_column(default=False)
    price_fen: Mapped[int | None]
    most_each: Mapped[int | None]
    most_units: Mapped[int | None]
    taken_units: Mapped[int] = mapped_column(default=0)
    short_at: Mapped[int | None]
    own_at_close: Mapped[int | None]
    substitute_id: Mapped[int | None] = mapped_column(sa.ForeignKey("variants.id"), index=True)

    @property
    def left(self) -> int | None:
        """Of first come, first served; None where all may have it."""
        return None if self.most_units is None else self.most_units - self.taken_units


class CampaignSlot(Base):
    """A span of time at a pickup point for so many people. The condition of the table never lets in one more."""

    __tablename__ = "campaign_slots"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "pickup_point_id", "starts_at"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_it_begins"),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name="never_overbooked"),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id", ondelete="CASCADE"))
    pickup_point_id: Mapped[int] = mapped_column(sa.ForeignKey("pickup_points.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)

    @property
    def left(self) -> int:
        return self.capacity - self.taken


class PaperKind(StrEnum):
    MINUTES = "minutes"
    PRICES = "prices"  # the comparison of prices
    CONTRACT = "contract"
    OTHER = "other"


class CampaignPaper(Base):
    """A document attached to a campaign; `file` is its unguessable name in the private store."""

    __tablename__ = "campaign_papers"

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id", ondelete="CASCADE"), index=True)
    kind: Mapped[PaperKind]
    name: Mapped[str] = mapped_column(sa.String(120))  # as who sent it calls it
    file: Mapped[str] = mapped_column(sa.String(120), unique=True)
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"), index=True)


class CampaignOrder(Base):
    """The one order of a closed campaign for one pickup point."""

    __tablename__ = "campaign_orders"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id"), primary_key=True)
    pickup_point_id: Mapped[int] = mapped_column(
        sa.ForeignKey("pickup_points.id"), primary_key=True, index=True
    )
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), unique=True)
