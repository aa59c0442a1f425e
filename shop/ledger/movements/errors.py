"""What is refused of money that moved outside orders."""

from __future__ import annotations

from typing import Final

from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class NotHeld(InvalidInput):
    code = "movement_not_held"
    default_message = msg(
        "Only ¥%(held)s is there: what the account holds, less what waits for a second person already."
    )


# Of a provider's payout: what another provider has for us, this one cannot pass on.
HOLDS_LESS: Final = msg(
    "This provider holds only ¥%(held)s for us, less what waits for a second person already. Is it another provider's payout?"
)


class NobodyAsked(Conflict):
    code = "movement_to_stand"
    default_message = msg("Nobody wants this movement taken back any more.")


class MovementKnown(Conflict):
    code = "movement_reference_taken"
    default_message = msg("A movement with this bank reference is written down already.")
