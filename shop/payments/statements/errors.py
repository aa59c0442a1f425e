"""What matching refuses."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class LineUsed(Conflict):
    code = "bank_line_used"
    default_message = msg("This receipt has been used or set aside meanwhile. Please look again.")


class AlreadyMatched(Conflict):
    code = "payment_already_matched"
    default_message = msg("Another receipt pays this order already. Please look again.")


class NotTheWholeAmount(InvalidInput):
    code = "not_the_whole_amount"
    default_message = msg(
        "The receipts are ¥%(received)s, the orders ¥%(expected)s. An order is confirmed when its whole amount is there."
    )


class NothingChosen(InvalidInput):
    code = "nothing_chosen"
    default_message = msg("Please choose the orders that this receipt pays.")


class ReasonNeeded(InvalidInput):
    code = "reason_needed"
    default_message = msg("Please say why.")
