"""Stock in lots, whose it is, who gets the next order, and each household's income figures."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import Producer, Variant
from shop.storage.base import Base, PrimaryKey

WHOLE_BP = 10_000  # the shares of a lot add up to this many basis points


# No more is promised than is likely to come, and nothing leaves before it is harvested.
FORECAST = (
    "expected_on IS NULL OR (expected_units IS NOT NULL AND confidence_pct IS NOT NULL AND shipped = 0"
    " AND harvested_on IS NULL AND declared * 100 <= expected_units * confidence_pct)"
)


class LotStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"  # withdrawn or past its best-before: nothing more is sold from it


class Lot(Base):
    """So many units of one variant, kept by one producer. Every declared unit is in exactly one state.

    ``shipped`` has left the village: to buyers, or to a shelf on campus from which it is sold.

    ``goes_first``: so many units stand prepared for an order that another producer has by now. Whatever is committed
    from the lot is served from them, and until then they go before the goods of others.
    """

    __tablename__ = "lots"
    __table_args__ = (
        sa.CheckConstraint(
            "declared >= 0 AND available >= 0 AND held >= 0 AND committed >= 0 AND shipped >= 0"
            " AND withdrawn >= 0",
            name="no_negative_stock",
        ),
        sa.CheckConstraint(
            "declared = available + held + committed + shipped + withdrawn", name="every_unit_is_somewhere"
        ),
        sa.CheckConstraint("goes_first >= 0", name="goes_first_not_negative"),
        sa.CheckConstraint(FORECAST, name="forecast_never_over_promised"),
        sa.Index("ix_lots_sellable", "variant_id", "status", "available"),
        sa.Index("ix_lots_producer", "producer_id", "status"),
    )

    id: Mapped[PrimaryKey]
    code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"))
    producer_id: Mapped[int] = mapped_column(sa.ForeignKey("producers.id"))
    certificate_id: Mapped[int | None] = mapped_column(sa.ForeignKey("certificates.id"))
    harvested_on: Mapped[date | None]
    packed_on: Mapped[date | None]
    best_before: Mapped[date] = mapped_column(index=True)
    status: Mapped[LotStatus] = mapped_column(default=LotStatus.OPEN)
    declared: Mapped[int]
    available: Mapped[int]
    held: Mapped[int] = mapped_column(default=0)
    committed: Mapped[int] = mapped_column(default=0)
    shipped: Mapped[int] = mapped_column(default=0)
    withdrawn: Mapped[int] = mapped_column(default=0)
    goes_first: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    bags_printed: Mapped[int] = mapped_column(
        default=0, server_default=sa.text("0")
    )  # the last number on a label
    # Not for sale before its pledge is signed: so the law wants it of its class of goods.
    needs_pledge: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # Somebody proposes to call it back: until that is decided nothing of it is sold or packed anew.
    in_question: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # A lot with the day on which its harvest is expected is a forecast: what is declared is what can be pre-ordered.
    expected_on: Mapped[date | None]
    expected_units: Mapped[int | None]
    confidence_pct: Mapped[int | None]
    # So many units there really are for what is promised, where a harvest or a count found fewer.
    short_harvest: Mapped[int | None]
    created_at: Mapped[datetime]

    variant: Mapped[Variant] = relationship(lazy="raise")
    producer: Mapped[Producer] = relationship(lazy="raise")
    shares: Mapped[list[LotShare]] = relationship(lazy="raise", order_by="LotShare.household_id")


class LotShare(Base):
    """Whose goods are in a lot; the shares of a lot add up to 10,000 basis points."""

    __tablename__ = "lot_shares"
    __table_args__ = (sa.CheckConstraint("share_bp > 0 AND share_bp <= 10000", name="share_range"),)

    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id", ondelete="CASCADE"), primary_key=True)
    household_id: Mapped[int] = mapped_column(sa.ForeignKey("households.id"), primary_key=True, index=True)
    share_bp: Mapped[int]


class LotChange(Base):
    """Declared, corrected, withdrawn, come back: why the units of a lot changed, and who said so.

    `returned_change` are units that had left and are for sale again, `written_off_change` those that had left and
    never will be. `repacked_change` units were packed anew into another lot, `missing_change` were not there when
    somebody counted (below nothing: they were found again); both stand among the withdrawn. `shelved_change` units left
    the village for a shelf (below nothing: they came back from there); they stand among the shipped.
    """

    __tablename__ = "lot_changes"

    id: Mapped[PrimaryKey]
    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    for_producer: Mapped[bool] = mapped_column(default=False)  # a coordinator acted for the household
    declared_change: Mapped[int] = mapped_column(default=0)
    withdrawn_change: Mapped[int] = mapped_column(default=0)
    returned_change: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    written_off_change: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    repacked_change: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    missing_change: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    shelved_change: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    reason: Mapped[str] = mapped_column(sa.String(200), default="")


class AllocationStatus(StrEnum):
    HELD = "held"  # promised to an order that waits for its money
    COMMITTED = "committed"  # the order is confirmed
    SHIPPED = "shipped"
    RELEASED = (
        "released"  # for sale again: the order died or was refunded, or another producer's goods serve it
    )
    WITHDRAWN = "withdrawn"  # the producer declined or was short: not offered to it again for this order
    CLOSED = "closed"  # withdrawn, nobody else had them, and they left the order: their price goes back


class Allocation(Base):
    """So many units of one order line from one lot.

    ``variant_id`` is the lot's: for a gift box it is a component, not the line's own variant.
    ``household_fen`` is what these units will earn the lot's households together. ``instead_of_id`` is the withdrawn
    allocation whose units these are.
    """

    __tablename__ = "allocations"
    __table_args__ = (
        sa.CheckConstraint("units > 0", name="units_positive"),
        sa.Index("ix_allocations_lot_status", "lot_id", "status"),
    )

    id: Mapped[PrimaryKey]
    order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("order_lines.id"), index=True)
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"))
    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id"))
    units: Mapped[int]
    status: Mapped[AllocationStatus] = mapped_column(default=AllocationStatus.HELD)
    household_fen: Mapped[int] = mapped_column(default=0)
    instead_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("allocations.id"), index=True)
    # Of their price the buyer has so much back already, since they are a cheaper substitute.
    off_fen: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    lot: Mapped[Lot] = relationship(lazy="raise")
    variant: Mapped[Variant] = relationship(lazy="raise")


class PairingShift(Base):
    """What pairing moved when an order was placed: a lot got so many units of a line more, or fewer, than without.

    ``household_fen`` is what these units were to earn the lot's households; below nothing where ``units`` are. Over the
    lots of a line and variant the units add up to nothing. Later reassignments do not change it.
    """

    __tablename__ = "pairing_shifts"
    __table_args__ = (sa.CheckConstraint("units <> 0", name="units_not_zero"),)

    order_line_id: Mapped[int] = mapped_column(
        sa.ForeignKey("order_lines.id", ondelete="CASCADE"), primary_key=True
    )
    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id"), primary_key=True, index=True)
    units: Mapped[int]
    household_fen: Mapped[int]


class ReturnWish(StrEnum):
    """What is to become of goods whose price goes back."""

    RESTOCK = "restock"  # whole: sold again
    WRITE_OFF = "write_off"  # back or thrown away, and never sold


class ReturnStatus(StrEnum):
    EXPECTED = "expected"  # their refund is on its way
    RESTOCKED = "restocked"  # for sale again, and out of the sale that they were in
    WRITTEN_OFF = "written_off"
    CALLED_OFF = "called_off"  # their refund failed


class ReturnedUnits(Base):
    """So many units of an allocation that left the shop and of which a refund says where they are now.

    The allocation stays shipped: it says what left. ``household_fen`` is what these units had earned and does not
    stand in their sale any more.
    """

    __tablename__ = "returned_units"
    __table_args__ = (
        sa.UniqueConstraint("refund_line_id", "allocation_id"),
        sa.CheckConstraint("units > 0", name="units_positive"),
        sa.CheckConstraint("household_fen = 0 OR status = 'restocked'", name="earned_until_restocked"),
    )

    id: Mapped[PrimaryKey]
    refund_line_id: Mapped[int] = mapped_column(sa.ForeignKey("refund_lines.id"))
    allocation_id: Mapped[int] = mapped_column(sa.ForeignKey("allocations.id"), index=True)
    units: Mapped[int]
    wish: Mapped[ReturnWish]
    status: Mapped[ReturnStatus] = mapped_column(default=ReturnStatus.EXPECTED)
    household_fen: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    allocation: Mapped[Allocation] = relationship(lazy="raise")


class HouseholdMonth(Base):
    """What one household earned, and has held for it, in one Shanghai month: the fairness figures.

    Kept in the transaction of each hold, commit, release and refund; compared with the ledger by ``check``.
    """

    __tablename__ = "household_months"

    household_id: Mapped[int] = mapped_column(sa.ForeignKey("households.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)  # its first day
    earned_fen: Mapped[int] = mapped_column(default=0)
    held_fen: Mapped[int] = mapped_column(default=0)
