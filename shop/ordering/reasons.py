"""Why something ended or failed: the shop's own codes, and the words for them and for those of providers.

What a person wrote stands beside them in the same columns, and is shown as it is.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from shop.inventory import failures
from shop.kit.text import msg


class Reason(StrEnum):
    """Written by the shop itself, where a person would have typed a sentence."""

    UNPAID = "unpaid"
    CANCELLED_BY_BUYER = "cancelled_by_buyer"
    CANCELLED = "cancelled"
    NOT_APPROVED = "not_approved"  # by the organisation that it was ordered for
    REPLACED = "replaced"  # the buyer chose another way to pay
    PAID_TWICE = "paid_twice"
    SOLD_OUT = "sold_out"  # when the money came after all
    WRONG_AMOUNT = "wrong_amount"
    REFUNDED_ELSEWHERE = "refunded_elsewhere"  # in the provider's own pages
    OVERDUE = "overdue"
    SHORT = "short"  # a household has fewer units than its task asks for
    READY_BEFORE = "ready_before"  # the household before had the goods ready, and its phone had no network
    NOBODY_HAS_IT = "nobody_has_it"  # units that left an order, at the buyer's wish or after no answer
    CHEAPER_SUBSTITUTE = "cheaper_substitute"
    CHEAPER_WAY = "cheaper_way"  # the order goes by a way whose freight is less
    TAKEN_DOWN = "taken_down"  # the buyer wants fewer of it
    WEIGHED = "weighed"  # goods by weight weigh less than the most that was ordered
    COUNTED_SHORT = failures.COUNTED_SHORT  # fewer lie on the shelf than were promised of the lot
    RECALLED = failures.RECALLED  # the lot of the units is called back
    SPOILS_BEFORE = "spoils_before"  # harvested so early that it would be spoiled when its truck comes
    PAID_BACK = "paid_back"  # all of the order's price goes back, and these units had not left
    PUT_OFF = "put_off"  # a harvest comes later than was said, and the buyer does not wait
    SAVED_FAILURE = "saved_failure"
    NO_CHARGE = "no_charge"
    MORE_THAN_PAID = "more_than_paid"
    ASYNC_PAYMENT_FAILED = "async_payment_failed"
    REST_SENT_BACK = "rest_sent_back"  # what a receipt was more than its orders
    REST_GOING_BACK = (
        "rest_going_back"  # one person says that it was sent back, and a second has to say so too
    )
    REST_KEPT = "rest_kept"
    PROVIDER_PAYOUT = "provider_payout"  # a receipt is money of buyers that a provider passes on
    NOTHING_OWED = "nothing_owed"  # a debt that was credited or given up before it was paid


_OWN: Final = {
    Reason.UNPAID: msg("not paid in time"),
    Reason.CANCELLED_BY_BUYER: msg("called off by the buyer"),
    Reason.CANCELLED: msg("the order was called off"),
    Reason.NOT_APPROVED: msg("the organisation did not approve it"),
    Reason.REPLACED: msg("another way to pay was chosen"),
    Reason.PAID_TWICE: msg("it had been paid already"),
    Reason.SOLD_OUT: msg("the goods were gone when the money came"),
    Reason.WRONG_AMOUNT: msg("another amount came than was asked for"),
    Reason.REFUNDED_ELSEWHERE: msg("sent back in the provider's own pages"),
    Reason.OVERDUE: msg("no word by the deadline"),
    Reason.SHORT: msg("has fewer units"),
    Reason.COUNTED_SHORT: msg("a count found fewer units"),
    Reason.READY_BEFORE: msg("the household before had the goods ready"),
    Reason.NOBODY_HAS_IT: msg("no household has it"),
    Reason.WEIGHED: msg("paid by what it weighed"),
    Reason.CHEAPER_SUBSTITUTE: msg("other goods, which are cheaper"),
    Reason.CHEAPER_WAY: msg("goes another way, whose freight is less"),
    Reason.TAKEN_DOWN: msg("fewer are wanted"),
    Reason.RECALLED: msg("the lot was recalled"),
    Reason.SPOILS_BEFORE: msg("harvested early, it does not keep until the truck comes"),
    Reason.PAID_BACK: msg("all the money goes back to the buyer"),
    Reason.PUT_OFF: msg("the harvest comes later, and the buyer does not wait"),
    Reason.SAVED_FAILURE: msg("the provider refuses to try again"),
    Reason.NO_CHARGE: msg("the provider finds no payment"),
    Reason.MORE_THAN_PAID: msg("more than was paid"),
    Reason.ASYNC_PAYMENT_FAILED: msg("the bank did not pay"),
    Reason.REST_SENT_BACK: msg("sent back to the payer"),
    Reason.REST_GOING_BACK: msg("said to be sent back; waits for a second person"),
    Reason.REST_KEPT: msg("kept for the payer's next order"),
    Reason.PROVIDER_PAYOUT: msg("the provider's payout"),
    Reason.NOTHING_OWED: msg("nothing is owed any more"),
}
# What payment providers and buyers' banks say most; a code that is not here stands as they wrote it.
_OF_PROVIDERS: Final = {
    "abnormal": msg("the buyer's bank would not take it"),
    "closed": msg("the provider closed it"),
    "failed": msg("the provider could not do it"),
    "lost_or_stolen_card": msg("the card was lost or stolen"),
    "expired_or_canceled_card": msg("the card is not in use any more"),
    "charge_for_pending_refund_disputed": msg("the payment is disputed"),
    "insufficient_funds": msg("not enough money on the account"),
    "declined": msg("the bank declined"),
    "card_declined": msg("the bank declined"),
    "expired_card": msg("the card is not in use any more"),
    "processing_error": msg("the provider could not do it"),
    "fraudulent": msg("the card's owner says they did not pay"),
    "duplicate": msg("paid twice, says the buyer's bank"),
    "product_not_received": msg("the goods did not come, says the buyer's bank"),
    "product_unacceptable": msg("the goods were not right, says the buyer's bank"),
    "credit_not_processed": msg("a refund did not come, says the buyer's bank"),
    "unrecognized": msg("the card's owner does not know the payment"),
    "general": msg("the buyer's bank gives no reason"),
}
REASON_WORDS: Final[dict[str, str]] = {**{one.value: word for one, word in _OWN.items()}, **_OF_PROVIDERS}
