"""Reviews of goods by those who bought them. Nothing of them is ever deleted by the shop: it is hidden, with a reason."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.accounts.models import Unit
from shop.catalogue.models import PictureState, Product
from shop.ordering.models import Order
from shop.storage.base import Base, PrimaryKey


class ReviewStatus(StrEnum):
    WAITING = "waiting"  # somebody of the shop looks at it first
    PUBLISHED = "published"
    HIDDEN = "hidden"  # by the shop, with a reason
    WITHDRAWN = "withdrawn"  # by its author


class HiddenReason(StrEnum):
    """Why a review is not shown. That it is a bad one is no reason."""

    ABUSE = "abuse"
    ADVERTISING = "advertising"
    PRIVATE = "private"  # it names persons, numbers or addresses
    EFFECT = "effect"  # it claims an effect or a cure, which the law forbids beside food
    OTHER_MATTER = "other_matter"  # not about the goods: a question of service, which is answered elsewhere
    UNLAWFUL = "unlawful"


class ShownAs(StrEnum):
    """By what name its author wants to be shown."""

    NOBODY = "nobody"
    SURNAME = "surname"
    UNIT = "unit"


_HIDDEN = "(status = 'hidden') = (hidden_reason IS NOT NULL)"
_ANSWERED = "answered_at IS NULL OR answer <> ''"


class Review(Base):
    """One product of one order, by its buyer: an account's, or a guest's who holds the order's link."""

    __tablename__ = "reviews"
    __table_args__ = (
        sa.UniqueConstraint("order_id", "product_id"),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        sa.CheckConstraint(_HIDDEN, name="hidden_for_a_reason"),
        sa.CheckConstraint(_ANSWERED, name="answered_in_words"),
        sa.Index("ix_reviews_product_newest", "product_id", "status", "written_at", "id"),
        sa.Index("ix_reviews_product_lowest", "product_id", "status", "stars", "written_at", "id"),
        sa.Index("ix_reviews_status_written_at", "status", "written_at"),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"))
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"), index=True)
    stars: Mapped[int]
    text: Mapped[str] = mapped_column(sa.String(1000), default="")
    shown_as: Mapped[ShownAs] = mapped_column(default=ShownAs.NOBODY)
    shown_name: Mapped[str] = mapped_column(sa.String(20), default="")  # of a surname: 王**
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("units.id"), index=True)  # where it is shown
    status: Mapped[ReviewStatus]
    flags: Mapped[str] = mapped_column(
        sa.String(200), default=""
    )  # why it waits, in the words that were found
    hidden_reason: Mapped[HiddenReason | None]
    hidden_words: Mapped[str] = mapped_column(sa.String(300), default="")  # what the author is told besides
    written_at: Mapped[datetime]
    changed_at: Mapped[datetime]  # by its author
    answer: Mapped[str] = mapped_column(sa.String(1000), default="")
    answered_at: Mapped[datetime | None]
    with_photos: Mapped[bool] = mapped_column(default=False)  # kept with its photos

    order: Mapped[Order] = relationship(lazy="raise")
    product: Mapped[Product] = relationship(lazy="raise")
    unit: Mapped[Unit | None] = relationship(lazy="raise")
    photos: Mapped[list[ReviewPhoto]] = relationship(
        lazy="raise", order_by="ReviewPhoto.id", cascade="all, delete-orphan"
    )
    events: Mapped[list[ReviewEvent]] = relationship(lazy="raise", order_by="ReviewEvent.id")


class ReviewPhoto(Base):
    """Sent by the author and made anew by the worker; everybody's as long as its review is shown."""

    __tablename__ = "review_photos"

    id: Mapped[PrimaryKey]
    review_id: Mapped[int] = mapped_column(sa.ForeignKey("reviews.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)  # random; the file's name in storage
    state: Mapped[PictureState] = mapped_column(default=PictureState.PROCESSING, index=True)
    created_at: Mapped[datetime]


class ReviewEvent(Base):
    """What became of a review: what it said before, who hid it and why."""

    __tablename__ = "review_events"
    __table_args__ = (sa.UniqueConstraint("review_id", "request_token"),)

    id: Mapped[PrimaryKey]
    review_id: Mapped[int] = mapped_column(sa.ForeignKey("reviews.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(sa.String(40))
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    facts: Mapped[dict[str, Any]]
    request_token: Mapped[str | None] = mapped_column(sa.String(64))  # of the form by which its author wrote
