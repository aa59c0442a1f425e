"""What a buyer is asked when nobody has some of the units of an order."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import Variant
from shop.inventory.models import Allocation
from shop.ordering.models import Order
from shop.storage.base import Base, PrimaryKey


class ProposalStatus(StrEnum):
    OPEN = "open"  # the buyer has not answered
    WAITING = "waiting"  # the buyer waits until the day that was named
    SETTLED = "settled"


class Answer(StrEnum):
    REFUND = "refund"
    WAIT = "wait"
    SUBSTITUTE = "substitute"


class AnsweredBy(StrEnum):
    BUYER = "buyer"  # on the order's page
    PHONE = "phone"  # to a coordinator, who wrote it down
    SILENCE = "silence"  # the time was over
    SHOP = "shop"  # nobody answered: what it was about came otherwise, or left the order


class Outcome(StrEnum):
    REFUNDED = "refunded"
    SUBSTITUTED = "substituted"
    FOUND = "found"  # another household had the units after all
    CALLED_OFF = "called_off"  # with the whole order


_NOT_SETTLED = sa.text("status <> 'settled'")


class Proposal(Base):
    """One for units that wait; money back can always be chosen, and is what follows from silence."""

    __tablename__ = "proposals"
    __table_args__ = (
        sa.CheckConstraint("units > 0", name="units_positive"),
        sa.CheckConstraint("difference_fen >= 0", name="never_dearer"),
        sa.CheckConstraint("(status = 'settled') = (outcome IS NOT NULL)", name="settled_has_an_outcome"),
        sa.CheckConstraint("status <> 'waiting' OR wait_until IS NOT NULL", name="waits_until_a_day"),
        sa.Index(
            "uq_proposals_one_for_units",
            "allocation_id",
            unique=True,
            sqlite_where=_NOT_SETTLED,
            postgresql_where=_NOT_SETTLED,
        ),
        sa.Index(
            "ix_proposals_to_answer", "answer_by", sqlite_where=_NOT_SETTLED, postgresql_where=_NOT_SETTLED
        ),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    allocation_id: Mapped[int] = mapped_column(sa.ForeignKey("allocations.id"))
    units: Mapped[int]
    wait_until: Mapped[date | None]
    substitute_id: Mapped[int | None] = mapped_column(sa.ForeignKey("variants.id"))
    difference_fen: Mapped[int] = mapped_column(default=0)  # goes back with the substitute, of all its units
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    answer_by: Mapped[datetime]
    status: Mapped[ProposalStatus] = mapped_column(default=ProposalStatus.OPEN)
    answer: Mapped[Answer | None]
    answered_by: Mapped[AnsweredBy | None]
    answered_at: Mapped[datetime | None]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    outcome: Mapped[Outcome | None]
    settled_at: Mapped[datetime | None]

    order: Mapped[Order] = relationship(lazy="raise")
    allocation: Mapped[Allocation] = relationship(lazy="raise")
    substitute: Mapped[Variant | None] = relationship(lazy="raise")
