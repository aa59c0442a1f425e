"""What matching refuses."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class LineUsed(Conflict):
    code = "bank_line_used"
    default_message = msg("This receipt has been used or set aside meanwhile. Please look again.")


class BookedAsPayout(Conflict):
    code = "booked_as_payout"
    default_message = msg(
        "This receipt is booked as a provider's payout. Take that back among the bank movements, and it is open again."
    )


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


class RestSentBack(Conflict):
    code = "rest_sent_back"
    default_message = msg(
        "What is left of this receipt was sent back to its payer. Take that up again on the receipt's page first."
    )


class RestIsGoingBack(Conflict):
    code = "rest_is_going_back"
    default_message = msg(
        "A second person has to say first whether it was sent back. Until then it can be taken back on the receipt's page."
    )


class SentAsReceipt(Conflict):
    code = "sent_as_receipt"
    default_message = msg(
        "This bank reference stands already at the receipt of %(day)s over ¥%(amount)s, which was sent back."
    )


class SentAsRefund(Conflict):
    code = "sent_as_refund"
    default_message = msg("This bank reference stands already at a refund of order %(number)s.")


class OwnStatement(Conflict):
    code = "own_statement"
    default_message = msg(
        "So much is set aside by another person of finance than the one who imported the statement."
    )
