"""Codes of reasons in the reader's language. What a person or a provider wrote stands as it is."""

from __future__ import annotations

from flask_babel import gettext

from shop.ordering.reasons import REASON_WORDS


def reason_word(reason: str) -> str:
    return str(gettext(REASON_WORDS[reason])) if reason in REASON_WORDS else reason
