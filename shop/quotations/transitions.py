"""What may become of a quotation, and of what somebody says arrived."""

from __future__ import annotations

from typing import Final

from shop.kit.transitions import Transitions
from shop.quotations.models import QuotationState
from shop.quotations.receipt_models import ReceiptState

QUOTATIONS: Final = Transitions(
    {
        QuotationState.REQUESTED: {
            QuotationState.QUOTED,  # the shop sent its first version
            QuotationState.DECLINED,  # the shop cannot supply it
            QuotationState.WITHDRAWN,  # the organisation does not need it any more
        },
        QuotationState.QUOTED: {
            QuotationState.QUOTED,  # the shop sent a better one unasked
            QuotationState.CHANGES,  # the organisation wants something else
            QuotationState.ACCEPTED,  # the organisation ordered by it
            QuotationState.DECLINED,
            QuotationState.WITHDRAWN,
        },
        QuotationState.CHANGES: {
            QuotationState.QUOTED,
            QuotationState.DECLINED,
            QuotationState.WITHDRAWN,
        },
        QuotationState.ACCEPTED: {
            QuotationState.QUOTED,  # the order was called off before it was carried out
        },
        QuotationState.DECLINED: set(),
        QuotationState.WITHDRAWN: set(),
    }
)
RECEIPTS: Final = Transitions(
    {
        ReceiptState.WRITTEN: {
            ReceiptState.WHOLE,  # a second person agreed that everything is there
            ReceiptState.SHORT,  # a second person agreed that something is missing
        },
        ReceiptState.SHORT: {
            ReceiptState.CREDITED,  # the shop agreed: the price of it went back
            ReceiptState.DISPUTED,  # the shop says that it was delivered, and why
        },
        ReceiptState.WHOLE: set(),
        ReceiptState.CREDITED: set(),
        ReceiptState.DISPUTED: set(),
    }
)
# What waits for the shop.
WAITS_FOR_SHOP: Final = (QuotationState.REQUESTED, QuotationState.CHANGES)
OPEN: Final = (QuotationState.REQUESTED, QuotationState.QUOTED, QuotationState.CHANGES)
