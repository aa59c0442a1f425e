"""Where goods come from: villages, households, producers, and who works for them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.storage.base import Base, PrimaryKey


class PackingPlaceKind(StrEnum):
    VILLAGE = "village"
    HUB = "hub"


class PackingPlace(Base):
    """Where tasks of one order become a parcel: a village's collection point, or the county hub."""

    __tablename__ = "packing_places"

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    kind: Mapped[PackingPlaceKind]
    name_zh: Mapped[str] = mapped_column(sa.String(80))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    phone: Mapped[str] = mapped_column(sa.String(20), default="")


class Village(Base):
    __tablename__ = "villages"

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(40))
    name_en: Mapped[str] = mapped_column(sa.String(80))
    town_zh: Mapped[str] = mapped_column(sa.String(40), default="")
    town_en: Mapped[str] = mapped_column(sa.String(80), default="")
    county_zh: Mapped[str] = mapped_column(sa.String(40), default="")
    county_en: Mapped[str] = mapped_column(sa.String(80), default="")
    story_zh: Mapped[str] = mapped_column(sa.Text, default="")
    story_en: Mapped[str] = mapped_column(sa.Text, default="")
    picture: Mapped[str | None] = mapped_column(sa.String(200))
    packing_place_id: Mapped[int] = mapped_column(sa.ForeignKey("packing_places.id"), index=True)
    product_count: Mapped[int] = mapped_column(default=0)  # published products; kept with each publish

    packing_place: Mapped[PackingPlace] = relationship(lazy="raise")


class Household(Base):
    """A farmer household, public only by alias and only with consent."""

    __tablename__ = "households"
    __table_args__ = (sa.CheckConstraint("people > 0", name="people_positive"),)

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    village_id: Mapped[int] = mapped_column(sa.ForeignKey("villages.id"), index=True)
    alias_zh: Mapped[str] = mapped_column(sa.String(40))
    alias_en: Mapped[str] = mapped_column(sa.String(80))
    people: Mapped[int]  # for income per head; never public
    phone: Mapped[str] = mapped_column(sa.String(20), default="")
    consented_at: Mapped[datetime | None]
    story_zh: Mapped[str] = mapped_column(sa.Text, default="")
    story_en: Mapped[str] = mapped_column(sa.Text, default="")
    active: Mapped[bool] = mapped_column(default=True)

    village: Mapped[Village] = relationship(lazy="raise")


class ProducerKind(StrEnum):
    HOUSEHOLD = "household"
    WORKSHOP = "workshop"


class Producer(Base):
    """Who keeps and packs a lot: one household, or a village workshop that pools several."""

    __tablename__ = "producers"
    __table_args__ = (
        sa.CheckConstraint(
            "(kind = 'household') = (household_id IS NOT NULL)", name="household_kind_has_household"
        ),
    )

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    kind: Mapped[ProducerKind]
    village_id: Mapped[int] = mapped_column(sa.ForeignKey("villages.id"), index=True)
    household_id: Mapped[int | None] = mapped_column(sa.ForeignKey("households.id"), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(80))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    phone: Mapped[str] = mapped_column(sa.String(20), default="")
    active: Mapped[bool] = mapped_column(default=True)

    village: Mapped[Village] = relationship(lazy="raise")
    household: Mapped[Household | None] = relationship(lazy="raise")


class ProducerMember(Base):
    """A farmer's account works for this producer (and sees its money when it is a household)."""

    __tablename__ = "producer_members"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    producer_id: Mapped[int] = mapped_column(sa.ForeignKey("producers.id"), primary_key=True, index=True)


class VillageCoordinator(Base):
    __tablename__ = "village_coordinators"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    village_id: Mapped[int] = mapped_column(sa.ForeignKey("villages.id"), primary_key=True, index=True)


class PackingPlaceStaff(Base):
    """The county hub's staff: works at a packing place whatever village the goods are from."""

    __tablename__ = "packing_place_staff"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    packing_place_id: Mapped[int] = mapped_column(
        sa.ForeignKey("packing_places.id"), primary_key=True, index=True
    )
