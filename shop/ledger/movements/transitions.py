"""How money that moved outside orders comes into the books."""

from __future__ import annotations

from typing import Final

from shop.kit.transitions import Transitions
from shop.ledger.movements.models import MovementStatus

MOVEMENT: Final = Transitions(
    {
        # A second person sees it on the statement, too; or it was mistyped and nothing was booked.
        MovementStatus.PROPOSED: {MovementStatus.BOOKED, MovementStatus.WITHDRAWN},
        # It came back, or was another thing, as two persons or a bank statement say: a reversing entry.
        MovementStatus.BOOKED: {MovementStatus.TAKEN_BACK},
        MovementStatus.WITHDRAWN: set(),
        MovementStatus.TAKEN_BACK: set(),
    }
)
