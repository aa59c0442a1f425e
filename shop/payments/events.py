"""What happened to money; ids only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PaymentSucceeded:
    payment_id: int
    order_id: int


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
class OrphanReturned:
    """Money that was never booked went back: nothing to post, but the buyer is told."""

    refund_id: int
    order_id: int


@dataclass(frozen=True)
class RefundResent:
    """Money that had come back left our bank at `at`."""

    refund_id: int
    at: datetime


@dataclass(frozen=True)
class DisputeChanged:
    """Money of a disputed payment was taken, came back or is lost."""

    dispute_id: int


@dataclass(frozen=True)
class RefundFailed:
    refund_id: int
