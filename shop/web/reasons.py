"""Codes of reasons, and of what pledges rest on, in the reader's language. What a person or a provider wrote stands as it is."""

from __future__ import annotations

from flask_babel import gettext

from shop.delivery.waybills.base import Refusal
from shop.delivery.waybills.words import REFUSAL_WORDS
from shop.inventory.count_models import COUNT_WORDS, CountReason
from shop.inventory.pledge_words import BASIS_WORDS, PledgeBasis
from shop.ordering.reasons import REASON_WORDS


def reason_word(reason: str) -> str:
    if reason in set(CountReason):
        return str(gettext(COUNT_WORDS[CountReason(reason)]))
    return str(gettext(REASON_WORDS[reason])) if reason in REASON_WORDS else reason


def basis_word(basis: str) -> str:
    """On what a conformity pledge rests."""
    return str(gettext(BASIS_WORDS[PledgeBasis(basis)])) if basis in set(PledgeBasis) else basis


def waybill_reason(reason: str) -> str:
    """Why there is no waybill, or why one was not cancelled, and what to do."""
    return str(gettext(REFUSAL_WORDS[Refusal(reason)])) if reason in set(Refusal) else reason
