"""The day on which a campaign's goods are handed out: who got theirs, who took a pile for others, what was left over.

Nothing is ever deleted: what was undone keeps its row, with who undid it and why. Of each kind one row stands for a
member at most; indexes over what stands are the last defence.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

LONGEST_NAME: Final = 80
LONGEST_REASON: Final = 200


def _stands_once(name: str, table_condition: str) -> sa.Index:
    condition = sa.text(table_condition)
    return sa.Index(name, "member_id", unique=True, sqlite_where=condition, postgresql_where=condition)


def _person() -> Any:
    return mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"), index=True)


class Way(StrEnum):
    """Who hands out."""

    POINT = "point"  # the keeper of the pickup point
    ORGANISER = "organiser"  # the union, for all its people
    REPRESENTATIVE = "representative"  # of a sub-union, for own people


class Handout(Base):
    """A member's goods were handed out. `collected_by`: who came instead (代领); empty: the member."""

    __tablename__ = "campaign_handouts"
    __table_args__ = (_stands_once("uq_campaign_handouts_stands", "undone_at IS NULL"),)

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id"), index=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign_members.id"), index=True)
    pickup_point_id: Mapped[int] = mapped_column(sa.ForeignKey("pickup_points.id"), index=True)
    way: Mapped[Way]
    with_code: Mapped[bool]
    collected_by: Mapped[str] = mapped_column(sa.String(LONGEST_NAME), default="")
    handed_at: Mapped[datetime]  # when the button was pressed, also without a network
    handed_by_id: Mapped[int | None] = _person()
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = _person()
    undone_reason: Mapped[str] = mapped_column(sa.String(LONGEST_REASON), default="")


class Pile(Base):
    """Everything that a sub-union's people had not collected at one point, taken away by their representative."""

    __tablename__ = "campaign_piles"
    __table_args__ = (sa.CheckConstraint("people > 0 AND units >= 0", name="holds_somebody"),)

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id"), index=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign_units.id"), index=True)
    pickup_point_id: Mapped[int] = mapped_column(sa.ForeignKey("pickup_points.id"), index=True)
    taken_by: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    people: Mapped[int]
    units: Mapped[int]
    way: Mapped[Way]
    taken_at: Mapped[datetime]
    handed_by_id: Mapped[int | None] = _person()
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = _person()
    undone_reason: Mapped[str] = mapped_column(sa.String(LONGEST_REASON), default="")


class PileMember(Base):
    """Whose goods are in a pile. `stands` ends with the pile."""

    __tablename__ = "campaign_pile_members"
    __table_args__ = (_stands_once("uq_campaign_pile_members_stands", "stands"),)

    pile_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign_piles.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign_members.id"), primary_key=True, index=True)
    stands: Mapped[bool] = mapped_column(default=True)


class Decision(StrEnum):
    KEEP = "keep"  # longer, until a day; the member may still come
    SHOP = "shop"  # back to the shop or the village's store
    COLLEAGUE = "colleague"  # given to another member
    DONATED = "donated"


FINAL: Final = frozenset({Decision.SHOP, Decision.COLLEAGUE, Decision.DONATED})


class Leftover(Base):
    """What the organiser decided about goods that nobody collected. Deciding anew corrects what stood."""

    __tablename__ = "campaign_leftovers"
    __table_args__ = (
        _stands_once("uq_campaign_leftovers_stands", "corrected_at IS NULL"),
        sa.CheckConstraint("(decision = 'keep') = (keep_until IS NOT NULL)", name="kept_until_a_day"),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id"), index=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign_members.id"), index=True)
    decision: Mapped[Decision]
    keep_until: Mapped[date | None]
    given_to: Mapped[str] = mapped_column(sa.String(LONGEST_NAME), default="")
    reason: Mapped[str] = mapped_column(sa.String(LONGEST_REASON))
    decided_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = _person()
    corrected_at: Mapped[datetime | None]
    corrected_by_id: Mapped[int | None] = _person()


class Deadline(Base):
    """Until when goods of a campaign are kept, where its organiser said something else than the rule."""

    __tablename__ = "campaign_deadlines"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id"), primary_key=True)
    collect_until: Mapped[date]  # that day included
    set_at: Mapped[datetime]
    set_by_id: Mapped[int | None] = _person()


class Collector(Base):
    """Whom a member has named to collect for them."""

    __tablename__ = "campaign_collectors"

    member_id: Mapped[int] = mapped_column(
        sa.ForeignKey("campaign_members.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    said_at: Mapped[datetime]
