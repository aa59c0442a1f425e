"""Raw goods that households bring to a workshop: what they are, what they count, and every weighing."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import Household, Producer
from shop.storage.base import Base, PrimaryKey


class RawGood(Base):
    """Fresh leaf, loose mushrooms: what is weighed in, and never sold as it is."""

    __tablename__ = "raw_goods"
    __table_args__ = (
        sa.CheckConstraint("usual_yield_bp > 0 AND usual_yield_bp <= 10000", name="yield_range"),
        sa.CheckConstraint("heaviest_g > 0", name="heaviest_positive"),
    )

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(40))
    name_en: Mapped[str] = mapped_column(sa.String(80))
    usual_yield_bp: Mapped[
        int
    ]  # basis points of its weight that become goods, until experience says otherwise
    heaviest_g: Mapped[int]  # what one household brings at once is seldom more: above it somebody looks twice
    active: Mapped[bool] = mapped_column(default=True)

    grades: Mapped[list[RawGrade]] = relationship(lazy="raise", order_by="RawGrade.position")


class RawGrade(Base):
    """A grade of a raw good. ``weight``: what a gram of it counts in the shares, in hundredths."""

    __tablename__ = "raw_grades"
    __table_args__ = (
        sa.UniqueConstraint("raw_good_id", "name_zh"),
        sa.CheckConstraint("weight > 0 AND weight <= 1000", name="weight_range"),
    )

    id: Mapped[PrimaryKey]
    raw_good_id: Mapped[int] = mapped_column(sa.ForeignKey("raw_goods.id"))
    position: Mapped[int]
    name_zh: Mapped[str] = mapped_column(sa.String(20))
    name_en: Mapped[str] = mapped_column(sa.String(40))
    weight: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)

    raw_good: Mapped[RawGood] = relationship(lazy="raise", overlaps="grades")


class GradePrice(Base):
    """The guide price of a grade from a day on. Never changed: a later row overrules an earlier one."""

    __tablename__ = "raw_grade_prices"
    __table_args__ = (
        sa.CheckConstraint("fen_per_jin > 0", name="price_positive"),
        sa.Index("ix_raw_grade_prices_grade_id_valid_from", "grade_id", "valid_from"),
    )

    id: Mapped[PrimaryKey]
    grade_id: Mapped[int] = mapped_column(sa.ForeignKey("raw_grades.id"))
    valid_from: Mapped[date]
    fen_per_jin: Mapped[int]
    set_at: Mapped[datetime]
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))


class Intake(Base):
    """One weighing, or the counter-entry that takes one back: then ``grams`` are less than zero.

    Nothing of it is ever changed but where its grams are: every one is left, used or taken back. ``weight`` and
    ``fen_per_jin`` are copied from the grade at that moment. Numbers of a workshop have no gaps.
    """

    __tablename__ = "intakes"
    __table_args__ = (
        sa.UniqueConstraint("producer_id", "sequence"),
        sa.CheckConstraint("used_g >= 0 AND left_g >= 0 AND taken_back_g >= 0", name="no_negative_grams"),
        sa.CheckConstraint(
            "(grams > 0 AND reverses_id IS NULL AND grams = used_g + left_g + taken_back_g)"
            " OR (grams < 0 AND reverses_id IS NOT NULL AND used_g = 0 AND left_g = 0 AND taken_back_g = 0)",
            name="every_gram_is_somewhere",
        ),
        sa.CheckConstraint("reverses_id IS NULL OR reason <> ''", name="reversal_says_why"),
        sa.Index("ix_intakes_left", "producer_id", "grade_id", "left_g"),
    )

    id: Mapped[PrimaryKey]
    producer_id: Mapped[int] = mapped_column(sa.ForeignKey("producers.id"))
    sequence: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(32), unique=True)
    household_id: Mapped[int] = mapped_column(sa.ForeignKey("households.id"), index=True)
    grade_id: Mapped[int] = mapped_column(sa.ForeignKey("raw_grades.id"))
    grams: Mapped[int]
    used_g: Mapped[int] = mapped_column(default=0)
    left_g: Mapped[int] = mapped_column(default=0)
    taken_back_g: Mapped[int] = mapped_column(default=0)
    weight: Mapped[int]
    fen_per_jin: Mapped[int | None]
    weighed_at: Mapped[datetime] = mapped_column(index=True)
    weighed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    reverses_id: Mapped[int | None] = mapped_column(sa.ForeignKey("intakes.id"), unique=True)
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)  # of the form that made it

    producer: Mapped[Producer] = relationship(lazy="raise")
    household: Mapped[Household] = relationship(lazy="raise")
    grade: Mapped[RawGrade] = relationship(lazy="raise")
