"""What an order above a limit is refused."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class NobodyApproves(InvalidInput):
    code = "nobody_approves"
    default_message = msg(
        "This order is above a limit, and nobody else may approve it. Ask an owner of your organisation to name an"
        " approver, or choose another way to pay."
    )


class OwnOrder(Conflict):
    code = "own_order"
    default_message = msg("You ordered this yourself. Somebody else must approve it.")


class NotWaiting(Conflict):
    code = "not_waiting"
    default_message = msg("This was settled meanwhile. The page shows how.")
