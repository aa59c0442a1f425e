"""What happened to money; ids only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PaymentSucceeded:
    payment_id: int
    order_id: int


@dataclass(frozen=True)
class JointSettled:
    """The one transfer for a gift came, and all that it pays is confirmed."""

    joint_id: int
    gift_id: int
    at: datetime


@dataclass(frozen=True)
class FeeKnown:
    """What the provider keeps of a successful payment; said once."""

    payment_id: int


@dataclass(frozen=True)
class PaymentOrphaned:
    """Money came that no order can use; its full refund is requested in the same transaction."""

    payment_id: int
    order_id: int


@dataclass(frozen=True)
class RefundRequested:
    refund_id: int


@dataclass(frozen=True)
class RefundSucceeded:
    """Money of a confirmed order went back."""

    refund_id: int
    order_id: int


@dataclass(frozen=True)
class RefundUndone:
    """A debt that had been lowered is owed again, since `at`."""

    refund_id: int
    order_id: int
    at: datetime


@dataclass(frozen=True)
class OwedMore:
    """An order costs more than was settled of it before; what it costs now is booked."""

    order_id: int
    at: datetime


@dataclass(frozen=True)
class OrphanReturned:
    """Money that no order could use went back, and the buyer is told."""

    refund_id: int
    order_id: int


@dataclass(frozen=True)
class RefundResent:
    """Money that had come back left our bank at `at`."""

    refund_id: int
    at: datetime


@dataclass(frozen=True)
class SaleUndone:
    """An order was called off at `at` whose buyer had everything back, or was getting it, from the shop's own money."""

    order_id: int
    at: datetime


@dataclass(frozen=True)
class DisputeChanged:
    """Money of a disputed payment was taken, came back or is lost."""

    dispute_id: int


@dataclass(frozen=True)
class RefundFailed:
    refund_id: int


@dataclass(frozen=True)
class DebtSettled:
    """The transfer for an order on terms has come."""

    payment_id: int


@dataclass(frozen=True)
class DebtWrittenOff:
    """A part of a debt is given up."""

    write_off_id: int


@dataclass(frozen=True)
class DebtsReminded:
    """An organisation is to hear what it owes."""

    reminder_id: int


@dataclass(frozen=True)
class RestockWrittenOff:
    """Units that a refund had put back in stock were not fit for sale after all."""

    refund_line_id: int
    order_id: int
    at: datetime


@dataclass(frozen=True)
class ReceiptsChanged:
    """Lines of bank statements came in at `at`, or what they pay or what became of their rest is another now."""

    line_ids: tuple[int, ...]
    at: datetime


@dataclass(frozen=True)
class GoodsRestockedLate:
    """Units whose price had gone back before anybody said where they are stand in stock again."""

    refund_line_ids: tuple[int, ...]
    order_id: int
    at: datetime
