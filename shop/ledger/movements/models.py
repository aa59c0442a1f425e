"""Money that moved at our bank outside orders: what providers pass on, what is paid on to others, costs of the bank."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

_USER = "users.id"
_STANDS = sa.text("status IN ('proposed', 'booked')")


class MovementKind(StrEnum):
    PROVIDER_PAYOUT = "provider_payout"  # a provider passes on what buyers paid
    FREIGHT_PAID = "freight_paid"  # to couriers and the truck
    PACKING_PAID = "packing_paid"  # to who packs and checks in a village
    HUB_PAID = "hub_paid"  # to who runs the county hub
    VILLAGE_FUND_PAID = "village_fund_paid"  # to a village
    INCOME_PAID_OUT = "income_paid_out"  # the shop's part, to who owns the shop
    COUPON_FUND_PAID_IN = "coupon_fund_paid_in"  # by a sponsor or a seller, for what coupons take off
    BANK_CHARGE = "bank_charge"
    INTEREST = "interest"  # that our bank pays us


class MovementStatus(StrEnum):
    PROPOSED = "proposed"
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"
    TAKEN_BACK = "taken_back"


class BankMovement(Base):
    """One person writes down what the bank says, another agrees: then it is posted; and so it is taken back.

    With a `line_id` a bank statement says it, and nobody else has to. What our bank calls a movement stands here
    once, and so does a line of a statement.
    """

    __tablename__ = "bank_movements"
    __table_args__ = (
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
        sa.CheckConstraint(
            "status NOT IN ('booked', 'taken_back') OR decided_by_id <> proposed_by_id", name="by_two_persons"
        ),
        sa.CheckConstraint(
            "(status = 'taken_back') = (reversed_at IS NOT NULL)", name="taken_back_has_moment"
        ),
        sa.CheckConstraint(
            "status <> 'taken_back' OR line_id IS NOT NULL OR reversed_by_id <> back_asked_by_id",
            name="taken_back_by_two_persons",
        ),
        sa.CheckConstraint(
            "(kind IN ('packing_paid', 'village_fund_paid')) = (village_id IS NOT NULL)",
            name="village_where_needed",
        ),
        sa.CheckConstraint("(kind = 'provider_payout') = (provider <> '')", name="provider_where_needed"),
        sa.CheckConstraint("line_id IS NULL OR kind = 'provider_payout'", name="line_of_a_payout"),
        *(
            sa.Index(
                f"uq_bank_movements_{name}_that_stands",
                column,
                unique=True,
                sqlite_where=_STANDS,
                postgresql_where=_STANDS,
            )
            for name, column in (("reference", "bank_reference"), ("line", "line_id"))
        ),
        sa.Index("ix_bank_movements_moved_on", "moved_on", "id"),
    )

    id: Mapped[PrimaryKey]
    kind: Mapped[MovementKind]
    status: Mapped[MovementStatus] = mapped_column(default=MovementStatus.PROPOSED, index=True)
    amount_fen: Mapped[int]
    bank_reference: Mapped[str] = mapped_column(sa.String(80))
    moved_on: Mapped[date]  # the day on which it came to our bank or left it
    village_id: Mapped[int | None] = mapped_column(sa.ForeignKey("villages.id"))
    provider: Mapped[str] = mapped_column(sa.String(32), default="")
    line_id: Mapped[int | None] = mapped_column(sa.ForeignKey("bank_statement_lines.id"))
    purpose: Mapped[str] = mapped_column(sa.String(200), default="")
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]  # agreed to, or withdrawn
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    back_asked_at: Mapped[datetime | None]  # one person wants it taken back, for `reversal_reason`
    back_asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    reversed_at: Mapped[datetime | None]
    reversed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    reversal_reason: Mapped[str] = mapped_column(sa.String(300), default="")


class PayoutPayer(Base):
    """Under which name a provider's payouts have come before."""

    __tablename__ = "payout_payers"

    id: Mapped[PrimaryKey]
    payer_key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    provider: Mapped[str] = mapped_column(sa.String(32))
    last_at: Mapped[datetime]
