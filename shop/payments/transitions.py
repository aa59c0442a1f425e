"""What may follow what: payments, refunds and disputes."""

from __future__ import annotations

from shop.kit.transitions import Transitions
from shop.payments.models import DisputeStatus, PaymentStatus, RefundStatus

PAYMENTS: Transitions[PaymentStatus] = Transitions(
    {
        PaymentStatus.PENDING: {
            PaymentStatus.SUCCEEDED,  # the provider has the whole amount, and the order is confirmed with it
            PaymentStatus.FAILED,  # the provider refused, or never began: no money moved
            PaymentStatus.EXPIRED,  # nobody paid in time, or the attempt was closed
            PaymentStatus.ORPHANED,  # money came, and there is no order that it can pay
        },
        # Money may arrive after we gave up: the dead attempt is alive again.
        PaymentStatus.FAILED: {PaymentStatus.SUCCEEDED, PaymentStatus.ORPHANED},
        PaymentStatus.EXPIRED: {PaymentStatus.SUCCEEDED, PaymentStatus.ORPHANED},
        # Paid stays paid; what goes back is a refund.
        PaymentStatus.SUCCEEDED: set(),
        # It is refunded in full; nothing makes an order of it later.
        PaymentStatus.ORPHANED: set(),
    }
)

REFUNDS: Transitions[RefundStatus] = Transitions(
    {
        RefundStatus.REQUESTED: {
            RefundStatus.PENDING,  # the provider has taken it and is working on it
            RefundStatus.SUCCEEDED,  # the provider sent the money back at once
            RefundStatus.FAILED,  # the provider refused
        },
        RefundStatus.PENDING: {
            RefundStatus.SUCCEEDED,  # the money is with the buyer
            RefundStatus.FAILED,  # the buyer's bank would not take it: a person must find another way
        },
        RefundStatus.SUCCEEDED: {
            RefundStatus.UNDONE,  # goods by weight were weighed anew: the open debt is what it was before
        },
        # Another try is another refund.
        RefundStatus.FAILED: set(),
        RefundStatus.UNDONE: set(),
    }
)

DISPUTES: Transitions[DisputeStatus] = Transitions(
    {
        DisputeStatus.OPEN: {
            DisputeStatus.WON,  # the money is ours again
            DisputeStatus.LOST,  # the buyer has it
        },
        DisputeStatus.WON: set(),
        DisputeStatus.LOST: set(),
    }
)

DEAD = frozenset({PaymentStatus.FAILED, PaymentStatus.EXPIRED})
PAID = frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.ORPHANED})
