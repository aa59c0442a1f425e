"""What is refused of orders from elsewhere."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class EnteredBefore(Conflict):
    """This number of this source stands for an order already; `order_number` is ours."""

    code = "outside_number_known"
    default_message = msg("%(number)s is entered already: it is our order %(order_number)s.")


class NotTheSum(InvalidInput):
    """What its buyer is said to pay is not what the order comes to."""

    code = "outside_sum_differs"
    default_message = msg("The goods come to ¥%(goods)s, not to ¥%(said)s. Please check prices and sum.")


class KeptTooMuch(InvalidInput):
    """The source is said to keep more than its buyer paid."""

    code = "outside_kept_too_much"
    default_message = msg("The source cannot keep more than was paid in all: ¥%(total)s.")


class PricesFarOff(InvalidInput):
    """Agreed prices that nobody has said to be right."""

    code = "outside_prices_far_off"
    default_message = msg(
        "Far from the shop's own price, which stands in brackets: %(goods)s. Please put it right, or say that it is right."
    )


class PaidAlready(Conflict):
    code = "outside_paid_already"
    default_message = msg("This order is not waiting for money from its source.")
