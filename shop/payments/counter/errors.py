"""What is refused at a counter."""

from __future__ import annotations

from shop.kit.errors import Conflict
from shop.kit.text import msg


class PricesChanged(Conflict):
    """The total is another than the one that the buyer was told."""

    code = "counter_prices_changed"
    default_message = msg(
        "A price has changed: it is ¥%(total)s now. Please tell the buyer, and press again."
    )


class TooLateToUndoSale(Conflict):
    code = "counter_undo_too_late"
    default_message = msg("A sale is undone on its own day alone. Please send the buyer to the shop's team.")


class RefundedBefore(Conflict):
    code = "counter_refunded_before"
    default_message = msg("Part of this sale was given back already: the shop's team settles the rest.")
