"""What invoicing refuses."""

from __future__ import annotations

from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg


class NothingToBill(Conflict):
    code = "nothing_to_bill"
    default_message = msg("Nothing of this is left to bill: it was refunded, or is on an invoice already.")


class TooLateToAsk(Conflict):
    code = "too_late_for_invoice"
    default_message = msg("The time to ask for an invoice is over. Please call the shop.")


class NotYetConfirmed(Conflict):
    code = "not_yet_confirmed"
    default_message = msg("An invoice can be asked for once the order is paid.")


class OfSeveralOrders(Conflict):
    """Another buyer's order is on the same request."""

    code = "invoice_of_several_orders"
    default_message = msg("This invoice is for several orders together. Please tell the shop what to change.")


class OnAnotherRequest(InvalidInput):
    """Chosen without the other orders that stand on the same request."""

    code = "on_another_request"
    default_message = msg("The request %(number)s is for other orders as well. Please choose all of them.")


class OrderBilled(InvalidInput):
    code = "order_billed"
    default_message = msg("Nothing of the order %(number)s is left to bill with this seller.")


class OrderTooOld(InvalidInput):
    code = "order_too_old_for_invoice"
    default_message = msg(
        "The time to ask for an invoice for the order %(number)s is over. Please call the shop."
    )


class IssuedAlready(Conflict):
    code = "invoice_issued_already"
    default_message = msg("This invoice is issued. What it says can only be changed by a red letter.")


class NotAlike(Conflict):
    code = "requests_not_alike"
    default_message = msg(
        "Only requests to one seller, with the same title and tax number, can be put together."
    )


class RedLetterFirst(Conflict):
    code = "red_letter_first"
    default_message = msg("More is billed than was paid. A red letter has to be issued first.")


class RefundDemandsIt(Conflict):
    code = "refund_demands_red_letter"
    default_message = msg("More is billed than was paid and not refunded, so this red letter is needed.")


class NumberTaken(InvalidInput):
    """Nobody issues two documents with one number: one of the two was mistyped."""

    code = "document_number_taken"
    default_message = msg("This number is written down already, for %(where)s. Please compare the two.")


class FileTaken(InvalidInput):
    code = "invoice_file_taken"
    default_message = msg("This very file lies with %(where)s already. Please choose the right one.")
