"""What payments refuse, and what providers may answer."""

from __future__ import annotations

from http import HTTPStatus

from shop.kit.errors import Conflict, InvalidInput, ShopError, Unavailable
from shop.kit.text import msg


class ProviderUnavailable(Unavailable):
    """The provider did not answer, or not clearly: what it did is unknown until it is asked again."""

    code = "provider_unavailable"
    default_message = msg(
        "The payment service does not answer just now. Your goods stay reserved and nothing is charged twice:"
        " please try again in a moment."
    )


class StartRefused(Exception):
    """The provider's answer proves that this attempt does not exist and never will.

    `again`: a new attempt with a new key may work; otherwise the same request would be refused again.
    """

    def __init__(self, reason: str, *, again: bool) -> None:
        self.reason = reason
        self.again = again
        super().__init__(reason)


class ForgedNotice(ShopError):
    code = "forged_notice"
    status = HTTPStatus.BAD_REQUEST
    default_message = msg("This message is not signed by the payment service.")


class UnknownMethod(InvalidInput):
    code = "unknown_payment_method"
    default_message = msg("Please choose one of the payment methods.")


class AccountNeeded(InvalidInput):
    """Goods are held for days for whoever can be asked, not for any telephone number."""

    code = "account_needed"
    default_message = msg("Bank transfer is for buyers with an account. Please choose another way to pay.")


class TooLateForMethod(InvalidInput):
    code = "too_late_for_method"
    default_message = msg(
        "It is too late for a bank transfer of this order. Please choose another way to pay."
    )


class NothingToPay(Conflict):
    code = "nothing_to_pay"
    default_message = msg("This order is not waiting for a payment.")


class TooManyAttempts(Conflict):
    code = "too_many_payment_attempts"
    default_message = msg("This order was tried too often. Please place it again.")


class TooLateToCancel(Conflict):
    code = "too_late_to_cancel"
    default_message = msg("This order is packed already. Please take it, and tell us then what is wrong.")


class RefundTooLarge(Conflict):
    code = "refund_too_large"
    default_message = msg("More cannot be refunded than was paid and is not refunded yet.")


class RefundUnderWay(Conflict):
    code = "refund_under_way"
    default_message = msg("A refund of this order is still on its way. Please wait until it has arrived.")


class SaidToBeSent(Conflict):
    """Asked for again as well, the buyer would have the money twice."""

    code = "said_to_be_sent"
    default_message = msg(
        "Somebody says that this was sent from our bank, and a second person has to confirm it. Take that back first."
    )


class PaymentDisputed(Conflict):
    """Sent back as well, the money would be with the buyer twice."""

    code = "payment_disputed"
    default_message = msg(
        "The buyer's bank has asked for this money back. Nothing can be refunded beside that."
    )


class NothingToRefund(Conflict):
    code = "nothing_to_refund"
    default_message = msg("No payment of this order can be refunded.")


class WrongTransferAmount(InvalidInput):
    code = "wrong_transfer_amount"
    default_message = msg("The transfer must be exactly ¥%(expected)s; ¥%(received)s was entered.")


class ProposalTakenBack(Conflict):
    code = "proposal_taken_back"
    default_message = msg("It was taken back meanwhile. Nothing was booked.")


class ProposalAgreed(Conflict):
    code = "proposal_agreed"
    default_message = msg("A second person has agreed already: it is booked and cannot be taken back.")


class NotByOnePerson(Conflict):
    code = "not_by_one_person"
    default_message = msg("Nobody confirms what they said themselves. Another person of finance does.")
