"""Who a campaign is for, by sub-union, and what each of them chose."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.storage.base import Base, PrimaryKey


class CampaignUnit(Base):
    """A sub-union (分工会) or department in a campaign, with its organiser and, if agreed, a quota.

    `most_people` bounds who is enrolled, `most_fen` what its members choose in all; `spent_fen` is what they chose.
    """

    __tablename__ = "campaign_units"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "name"),
        sa.CheckConstraint("most_people IS NULL OR most_people >= 0", name="most_people_not_negative"),
        sa.CheckConstraint(
            "spent_fen >= 0 AND (most_fen IS NULL OR spent_fen <= most_fen)", name="quota_kept"
        ),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(80))
    organiser_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    most_people: Mapped[int | None]
    most_fen: Mapped[int | None]
    spent_fen: Mapped[int] = mapped_column(default=0)

    @property
    def left_fen(self) -> int | None:
        """Of the quota; None: any."""
        return None if self.most_fen is None else self.most_fen - self.spent_fen


class Standing(StrEnum):
    ENROLLED = "enrolled"
    KEEPS = "keeps"  # has left the university, and keeps what was chosen
    TAKEN_BACK = "taken_back"  # has left: the allowance went back to the union


class Telling(StrEnum):
    """What a member is still to be told; the worker writes it and clears the mark in one step."""

    OPENED = "opened"
    REMINDER = "reminder"
    CODE = "code"
    COLLECT = "collect"  # the goods are still not collected
    NOTHING = "nothing"  # the close gave them nothing, and why
    CALLED_OFF = "called_off"  # the union called the campaign off, and why
    LESS = "less"  # goods of theirs do not come: something went from an order after the close


class GotNothing(StrEnum):
    """Why somebody who is enrolled is given nothing."""

    YEAR = "year"  # the yearly cap leaves too little
    QUOTA = "quota"  # the sub-union's quota does
    GOODS = "goods"  # goods for who comes first are used up
    HARVEST = "harvest"  # a short harvest leaves nothing of what was chosen or given
    ORDER = "order"  # the order that held it was called off, or its price went back


class CampaignMember(Base):
    """Somebody with an allowance. A personal link is signed over `id` and `link_version`: raising it ends the link."""

    __tablename__ = "campaign_members"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "staff_number"),
        sa.Index("ix_campaign_members_unit", "campaign_id", "unit_id", "id"),
        sa.Index(
            "ix_campaign_members_to_tell",
            "id",
            sqlite_where=sa.text("to_tell IS NOT NULL"),
            postgresql_where=sa.text("to_tell IS NOT NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id", ondelete="CASCADE"))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("campaign_units.id"), index=True)
    staff_number: Mapped[str] = mapped_column(sa.String(40), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    phone: Mapped[str | None] = mapped_column(sa.String(20), index=True)  # E.164
    email: Mapped[str | None] = mapped_column(sa.String(255), index=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"), index=True)
    standing: Mapped[Standing] = mapped_column(default=Standing.ENROLLED)
    enrolled_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]  # looked at the page for the first time
    link_version: Mapped[int] = mapped_column(default=1)
    reminded_on: Mapped[date | None]
    to_tell: Mapped[Telling | None]
    got_nothing: Mapped[GotNothing | None]  # why they get nothing, since the close or later

    choice: Mapped[Choice | None] = relationship(lazy="raise", back_populates="member")


class ChosenBy(StrEnum):
    MEMBER = "member"  # signed in
    LINK = "link"  # by the personal link
    PROXY = "proxy"  # the organiser or the unit's representative, for the member
    DEFAULT = "default"  # nobody: the default package, at the close


class Choice(Base):
    """What one member has chosen, one row however often it changes.

    `total_fen` = `allowance_fen` (what the union pays out of the allowance) + `own_fen` (goods that the member buys:
    those of the live top-ups). Lines are what the union buys. `token` is that of the form that wrote it last: sent
    again, it changes nothing. Without a slot the unit's representative hands it out; without a point it goes home, for
    `freight_fen`, which the union pays.
    """

    __tablename__ = "campaign_choices"
    __table_args__ = (
        sa.CheckConstraint("total_fen = allowance_fen + own_fen", name="total_is_allowance_and_own"),
        sa.CheckConstraint("allowance_fen >= 0 AND own_fen >= 0", name="amounts_not_negative"),
        sa.CheckConstraint("freight_fen >= 0", name="freight_not_negative"),
        sa.Index("ix_campaign_choices_point", "pickup_point_id", "slot_id"),
    )

    member_id: Mapped[int] = mapped_column(
        sa.ForeignKey("campaign_members.id", ondelete="CASCADE"), primary_key=True
    )
    package_id: Mapped[int | None] = mapped_column(sa.ForeignKey("campaign_packages.id"), index=True)
    pickup_point_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pickup_points.id"))
    slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("campaign_slots.id"), index=True)
    total_fen: Mapped[int]
    allowance_fen: Mapped[int]
    own_fen: Mapped[int] = mapped_column(default=0)
    freight_fen: Mapped[int] = mapped_column(default=0)
    chosen_by: Mapped[ChosenBy]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"), index=True)
    chosen_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    token: Mapped[str] = mapped_column(sa.String(64), default="")
    pickup_code: Mapped[str | None] = mapped_column(sa.String(16))  # from the close on

    member: Mapped[CampaignMember] = relationship(lazy="raise", back_populates="choice")
    lines: Mapped[list[ChoiceLine]] = relationship(lazy="raise", order_by="ChoiceLine.variant_id")


class ChoiceLine(Base):
    """Goods of a choice, those of a package too, at the frozen price."""

    __tablename__ = "campaign_choice_lines"
    __table_args__ = (sa.CheckConstraint("quantity > 0 AND price_fen > 0", name="sane_line"),)

    member_id: Mapped[int] = mapped_column(
        sa.ForeignKey("campaign_choices.member_id", ondelete="CASCADE"), primary_key=True
    )
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"), primary_key=True, index=True)
    quantity: Mapped[int]
    price_fen: Mapped[int]


class YearOfAllowance(Base):
    """What one person has chosen from allowances in one year, over all campaigns of a union and its sub-unions together.

    `organisation_id` is the topmost of them: one row is counted for all, so the yearly cap holds for the person.
    """

    __tablename__ = "campaign_years"
    __table_args__ = (sa.CheckConstraint("spent_fen >= 0", name="spent_not_negative"),)

    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"), primary_key=True)
    staff_number: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    spent_fen: Mapped[int] = mapped_column(default=0)


class CampaignReminder(Base):
    """Who had members reminded, of which unit (none: of all), when and how many: at most once a day."""

    __tablename__ = "campaign_reminders"

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id", ondelete="CASCADE"), index=True)
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("campaign_units.id"), index=True)
    people: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"), index=True)
