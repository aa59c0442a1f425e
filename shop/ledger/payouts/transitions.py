"""How a payout goes on."""

from __future__ import annotations

from typing import Final

from shop.kit.transitions import Transitions
from shop.ledger.models import PayoutStatus

PAYOUT: Final = Transitions(
    {
        PayoutStatus.DRAFT: {PayoutStatus.APPROVED},  # a second person looked at its run
        PayoutStatus.APPROVED: {PayoutStatus.PAID},  # the bank or the cash box has paid
        PayoutStatus.PAID: {PayoutStatus.APPROVED},  # the bank sent it back: it can be paid again
    }
)
