"""Why something ended or failed: the shop's own codes in words. What a person or a provider wrote stands as it is."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext

from shop.kit.text import msg

REASONS: Final = {
    "unpaid": msg("not paid in time"),
    "cancelled_by_buyer": msg("called off by the buyer"),
    "cancelled": msg("the order was called off"),
    "replaced": msg("another way to pay was chosen"),
    "overdue": msg("no word by the deadline"),
    "short": msg("has fewer units"),
    "saved_failure": msg("the provider refuses to try again"),
    "no_charge": msg("the provider finds no payment"),
    "more_than_paid": msg("more than was paid"),
    "async_payment_failed": msg("the bank did not pay"),
}


def reason_word(reason: str) -> str:
    return str(gettext(REASONS[reason])) if reason in REASONS else reason
