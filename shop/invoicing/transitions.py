"""What may become of a request, of a red letter and of a voucher. A document that was issued is never void: a red
letter takes it back, and both stay.
"""

from __future__ import annotations

from shop.invoicing.models import InvoiceStatus, RedLetterStatus, VoucherStatus
from shop.kit.transitions import Transitions

INVOICES: Transitions[InvoiceStatus] = Transitions(
    {
        InvoiceStatus.REQUESTED: {
            InvoiceStatus.ISSUED,  # the seller issued it on the tax platform, and its number is written down
            InvoiceStatus.REJECTED,  # it cannot be issued like this; the buyer is told why
            InvoiceStatus.WITHDRAWN,  # the buyer wants none any more, or nothing is left to bill
            InvoiceStatus.MERGED,  # its orders are billed with another request
        },
        InvoiceStatus.REJECTED: {
            InvoiceStatus.REQUESTED,  # asked for again
            InvoiceStatus.WITHDRAWN,  # nothing is left to bill, or nobody asks again
        },
        InvoiceStatus.WITHDRAWN: set(),
        InvoiceStatus.MERGED: set(),
        InvoiceStatus.ISSUED: {
            InvoiceStatus.REVERSED,  # its red letter was issued
        },
        InvoiceStatus.REVERSED: set(),
    }
)

RED_LETTERS: Transitions[RedLetterStatus] = Transitions(
    {
        RedLetterStatus.DUE: {
            RedLetterStatus.REQUESTED,  # the confirmation form (确认单) was sent on the tax platform
            RedLetterStatus.DROPPED,  # nobody needs it after all
        },
        RedLetterStatus.REQUESTED: {
            RedLetterStatus.CONFIRMED,  # the buyer confirmed it, or need not
            RedLetterStatus.DUE,  # the buyer refused, or said nothing for 72 hours
        },
        RedLetterStatus.CONFIRMED: {
            RedLetterStatus.ISSUED,  # the red-letter invoice was issued: the invoice is reversed
            RedLetterStatus.DUE,  # the confirmation was taken back before that
        },
        RedLetterStatus.ISSUED: set(),
        RedLetterStatus.DROPPED: set(),
    }
)

VOUCHERS: Transitions[VoucherStatus] = Transitions(
    {
        VoucherStatus.DUE: {
            VoucherStatus.ISSUED,  # issued on the tax platform, and its number is written down
            VoucherStatus.NOT_NEEDED,  # the household gave an invoice of its own
        },
        VoucherStatus.ISSUED: {
            VoucherStatus.REVERSED,  # its red letter was issued: it was wrong, or the bank sent the money back
        },
        VoucherStatus.REVERSED: set(),
        VoucherStatus.NOT_NEEDED: {
            VoucherStatus.DUE,  # set aside by mistake
        },
    }
)

WAITING = frozenset({InvoiceStatus.REQUESTED, InvoiceStatus.REJECTED})
OPEN_RED = frozenset({RedLetterStatus.DUE, RedLetterStatus.REQUESTED, RedLetterStatus.CONFIRMED})
