"""Money in and out through providers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.inventory.models import ReturnedUnits, ReturnStatus
from shop.ordering.claim_models import Claim
from shop.ordering.models import Order, OrderLine
from shop.payments.joint.models import JointTransfer
from shop.storage.base import Base, PrimaryKey

# The name of the way to pay that is a debt: accepted on terms, transferred later.
ON_ACCOUNT: Final = "on_account"
CNY: Final = "CNY"
_OPEN_DEBT = sa.text("provider = 'on_account' AND status = 'pending'")


class PaymentStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    ORPHANED = "orphaned"  # succeeded for a dead order: revived or refunded


class Payment(Base):
    """One attempt to pay one order. At most one is pending, and at most one has succeeded."""

    __tablename__ = "payments"
    __table_args__ = (
        sa.UniqueConstraint("order_id", "attempt"),
        sa.UniqueConstraint("provider", "provider_ref"),
        sa.Index(
            "uq_payments_one_pending",
            "order_id",
            unique=True,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        ),
        sa.Index(
            "uq_payments_one_succeeded",
            "order_id",
            unique=True,
            sqlite_where=sa.text("status = 'succeeded'"),
            postgresql_where=sa.text("status = 'succeeded'"),
        ),
        sa.Index("ix_payments_status_expires_at", "status", "expires_at"),
        sa.Index("ix_payments_status_ended_at", "status", "ended_at"),
        sa.Index(
            "ix_payments_open_debts", "expires_at", sqlite_where=_OPEN_DEBT, postgresql_where=_OPEN_DEBT
        ),
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
        sa.CheckConstraint(
            "refunding_fen >= 0 AND refunding_fen <= coalesce(received_fen, 0)",
            name="never_more_back_than_came_in",
        ),
        sa.CheckConstraint(
            "credited_fen >= 0 AND credited_fen <= amount_fen", name="never_more_credited_than_owed"
        ),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"))
    attempt: Mapped[int]
    provider: Mapped[str] = mapped_column(sa.String(32))
    status: Mapped[PaymentStatus] = mapped_column(default=PaymentStatus.PENDING)
    amount_fen: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3), default=CNY)
    reference: Mapped[str] = mapped_column(sa.String(40), unique=True)  # ours; also the idempotency key
    provider_ref: Mapped[str | None] = mapped_column(sa.String(128))
    charge_ref: Mapped[str | None] = mapped_column(
        sa.String(128), index=True
    )  # the provider's name of the money
    method: Mapped[str] = mapped_column(sa.String(32), default="")  # card, alipay, wechat_pay …
    request: Mapped[dict[str, Any] | None]  # as first sent, so that a retry says the same
    redirect_url: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]  # of a debt: until when it is to be paid
    asked_at: Mapped[datetime | None]  # last time the provider was asked
    processing_since: Mapped[datetime | None]  # the buyer has paid there, and the money is on its way to us
    succeeded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    received_fen: Mapped[int | None]
    refunding_fen: Mapped[int] = mapped_column(default=0)  # asked back and not failed
    # Of a debt: what is not asked for any more, because it was refunded or written off before it was paid.
    credited_fen: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    fee_fen: Mapped[int | None]
    failure: Mapped[str] = mapped_column(sa.String(200), default="")  # a code, such as wrong_amount
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    # It comes with others of its gift in one transfer, whose reference names them all.
    joint_id: Mapped[int | None] = mapped_column(sa.ForeignKey(JointTransfer.id), index=True)

    order: Mapped[Order] = relationship(lazy="raise")
    refunds: Mapped[list[Refund]] = relationship(lazy="raise", back_populates="payment")

    @hybrid_property
    def due_fen(self) -> int:
        """What has to come, or came: the amount, less what was credited before."""
        return self.amount_fen - self.credited_fen

    @hybrid_property
    def is_in_fen(self) -> bool:
        """What came is yuan. Of another currency no amount is fen, and none of it enters the books."""
        return self.currency == CNY

    @property
    def is_open_debt(self) -> bool:
        """Accepted on terms, and its money has not come."""
        return self.provider == ON_ACCOUNT and self.status is PaymentStatus.PENDING

    @property
    def left_fen(self) -> int:
        """What of it can still go back to the buyer: of what came, or, before that, of what is owed."""
        return self.due_fen if self.is_open_debt else (self.received_fen or 0) - self.refunding_fen


class ProviderEvent(Base):
    """A webhook event that was handled; inserted in the transaction of its effect."""

    __tablename__ = "provider_events"
    __table_args__ = (sa.UniqueConstraint("provider", "event_id"),)

    id: Mapped[PrimaryKey]
    provider: Mapped[str] = mapped_column(sa.String(32))
    event_id: Mapped[str] = mapped_column(sa.String(128))
    kind: Mapped[str] = mapped_column(sa.String(80))
    received_at: Mapped[datetime]


class RefundStatus(StrEnum):
    REQUESTED = "requested"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNDONE = "undone"  # a debt was lowered by a weight that turned out wrong: it is owed again


# Nothing went back by it, and nothing is going to.
NOTHING_BACK: Final = (RefundStatus.FAILED, RefundStatus.UNDONE)


class RefundBearer(StrEnum):
    """Whose money goes back. Reversal: the sale did not happen, so every part of its split goes back."""

    REVERSAL = "reversal"
    SHOP = "shop"
    HOUSEHOLD = "household"  # whose goods they were, up to what these earned it
    VILLAGE = "village"  # the fund of the village that kept the goods
    COURIER = "courier"  # what is owed for freight
    WEIGHT = "weight"  # it weighed less than the most that was ordered: everybody's part of the line follows its price


class Refund(Base):
    """Its amount is what goes back for units (its lines), for freight, and for neither, added up."""

    __tablename__ = "refunds"
    __table_args__ = (
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
        sa.UniqueConstraint("payment_id", "request_token"),
        sa.Index("ix_refunds_status_created_at", "status", "created_at"),
    )

    id: Mapped[PrimaryKey]
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payments.id"), index=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    status: Mapped[RefundStatus] = mapped_column(default=RefundStatus.REQUESTED)
    amount_fen: Mapped[int]
    freight_fen: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    free_fen: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    bearer: Mapped[RefundBearer]
    reason: Mapped[str] = mapped_column(sa.String(300))
    reference: Mapped[str] = mapped_column(sa.String(40), unique=True)  # ours; also the idempotency key
    request_token: Mapped[str] = mapped_column(sa.String(64))  # one refund however often the form is sent
    provider_ref: Mapped[str | None] = mapped_column(sa.String(128), unique=True)
    requested_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(sa.String(200), default="")
    # Nothing was paid yet: the buyer owes so much less, and no money goes anywhere.
    is_credit: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # What our bank calls the transfer, where a person sent it.
    sent_as: Mapped[str] = mapped_column(sa.String(80), default="", server_default=sa.text("''"))

    payment: Mapped[Payment] = relationship(lazy="raise", back_populates="refunds")
    order: Mapped[Order] = relationship(lazy="raise")
    lines: Mapped[list[RefundLine]] = relationship(lazy="raise", order_by="RefundLine.id")


class RefundWeight(Base):
    """By so much the price of a line follows the weight that arrived; a refund whose bearer is the weight has these alone."""

    __tablename__ = "refund_weights"
    __table_args__ = (sa.CheckConstraint("amount_fen > 0", name="amount_positive"),)

    refund_id: Mapped[int] = mapped_column(sa.ForeignKey("refunds.id"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("order_lines.id"), primary_key=True, index=True)
    amount_fen: Mapped[int]


class DisputeStatus(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Dispute(Base):
    """A buyer's bank asks for the money of a payment back; who is right is decided at the provider.

    While it is open, and for ever when it is lost, `withdrawn_fen` are gone from the provider's account; an inquiry
    has taken nothing yet.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
        sa.CheckConstraint("withdrawn_fen IN (0, amount_fen)", name="all_or_nothing_withdrawn"),
        sa.Index("ix_disputes_status_opened_at", "status", "opened_at"),
    )

    id: Mapped[PrimaryKey]
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payments.id"), index=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    provider_ref: Mapped[str] = mapped_column(sa.String(128), unique=True)
    status: Mapped[DisputeStatus] = mapped_column(default=DisputeStatus.OPEN)
    amount_fen: Mapped[int]
    withdrawn_fen: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(sa.String(80), default="")
    opened_at: Mapped[datetime]
    answer_by: Mapped[datetime | None]  # the provider takes no proof after this
    closed_at: Mapped[datetime | None]


class RefundLine(Base):
    """So many units of an order line that a refund is for.

    With an allocation, these units never left: they are its units (of a gift box, units of what was to be in it), and
    their part of the sale is taken back.
    """

    __tablename__ = "refund_lines"
    __table_args__ = (
        sa.CheckConstraint("units > 0", name="units_positive"),
        sa.CheckConstraint("amount_fen >= 0", name="amount_not_negative"),
    )

    id: Mapped[PrimaryKey]
    refund_id: Mapped[int] = mapped_column(sa.ForeignKey("refunds.id"), index=True)
    order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("order_lines.id"), index=True)
    allocation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("allocations.id"), index=True)
    units: Mapped[int]
    amount_fen: Mapped[int]
    # Only of this lot something was wrong: of what a household or a village bears, nobody else gives anything.
    bearing_lot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("lots.id"))

    order_line: Mapped[OrderLine] = relationship(lazy="raise")
    returned: Mapped[list[ReturnedUnits]] = relationship(
        lazy="raise", viewonly=True, order_by=ReturnedUnits.id
    )

    @property
    def is_restocked(self) -> bool:
        """Whether its goods are for sale again."""
        return any(one.status is ReturnStatus.RESTOCKED for one in self.returned)


class ClaimRefund(Base):
    """A refund that was asked for because of a claim."""

    __tablename__ = "claim_refunds"

    refund_id: Mapped[int] = mapped_column(sa.ForeignKey("refunds.id"), primary_key=True)
    claim_id: Mapped[int] = mapped_column(sa.ForeignKey(Claim.id), index=True)
