"""How the repayment of an advance goes on."""

from __future__ import annotations

from typing import Final

from shop.kit.transitions import Transitions
from shop.ledger.advance.models import RepaymentStatus

REPAYMENT: Final = Transitions(
    {
        # A second person sees it on the statement, too; or it was mistyped and nothing was booked.
        RepaymentStatus.PROPOSED: {RepaymentStatus.REPAID, RepaymentStatus.WITHDRAWN},
        # It came back from the lender's bank, or never was: a reversing entry.
        RepaymentStatus.REPAID: {RepaymentStatus.TAKEN_BACK},
        RepaymentStatus.WITHDRAWN: set(),
        RepaymentStatus.TAKEN_BACK: set(),
    }
)
