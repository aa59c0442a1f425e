"""What buyers say is wrong with an order, with their photos, and what the shop decided."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import PictureState
from shop.ordering.models import Order, OrderLine
from shop.storage.base import Base, PrimaryKey


class ClaimKind(StrEnum):
    """What is wrong."""

    ARRIVED_BAD = "arrived_bad"  # broken, leaking, not fresh
    MISSING = "missing"
    WRONG = "wrong"  # something else than was ordered
    NOT_AS_DESCRIBED = "not_as_described"
    CHANGE_OF_MIND = "change_of_mind"
    OTHER = "other"  # about the order as a whole


class ClaimStatus(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    PARTLY = "partly"
    REFUSED = "refused"


class ClaimRule(StrEnum):
    """What a decision rests on."""

    BAD_ON_ARRIVAL = "bad_on_arrival"  # told in time: made good, nothing is sent back
    NOT_WHAT_WAS_ORDERED = "not_what_was_ordered"
    SEVEN_DAYS = "seven_days"  # may be sent back without a reason
    EXEMPT = "exempt"  # marked, and the buyer confirmed it
    TOO_LATE = "too_late"
    NOT_SHOWN = "not_shown"  # photos and records do not show it
    GOODWILL = "goodwill"


_OPEN = sa.text("status = 'open'")
_OPEN_WHOLE = sa.text("status = 'open' AND order_line_id IS NULL")


class Claim(Base):
    """About units of one line, or about an order as a whole; one open claim for each at a time."""

    __tablename__ = "claims"
    __table_args__ = (
        sa.UniqueConstraint("order_id", "request_token"),
        sa.CheckConstraint("units IS NULL OR units > 0", name="units_positive"),
        sa.Index("ix_claims_status_opened_at", "status", "opened_at"),
        sa.Index(
            "uq_claims_one_open_of_line",
            "order_line_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        sa.Index(
            "uq_claims_one_open_of_order",
            "order_id",
            unique=True,
            sqlite_where=_OPEN_WHOLE,
            postgresql_where=_OPEN_WHOLE,
        ),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    order_line_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("order_lines.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[ClaimKind]
    units: Mapped[int | None]
    text: Mapped[str] = mapped_column(sa.String(1000), default="")
    status: Mapped[ClaimStatus] = mapped_column(default=ClaimStatus.OPEN)
    request_token: Mapped[str] = mapped_column(sa.String(64))  # one claim however often the form is sent
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    rule: Mapped[ClaimRule | None]
    answer: Mapped[str] = mapped_column(sa.String(1000), default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))

    order: Mapped[Order] = relationship(lazy="raise")
    line: Mapped[OrderLine | None] = relationship(lazy="raise")
    photos: Mapped[list[ClaimPhoto]] = relationship(lazy="raise", order_by="ClaimPhoto.id")


class ClaimPhoto(Base):
    """Sent by the buyer and made anew by the worker; for the buyer and the shop's team only."""

    __tablename__ = "claim_photos"

    id: Mapped[PrimaryKey]
    claim_id: Mapped[int] = mapped_column(sa.ForeignKey("claims.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)  # random; the file's name in storage
    state: Mapped[PictureState] = mapped_column(default=PictureState.PROCESSING, index=True)
    created_at: Mapped[datetime]
