"""Numbers of bank accounts as people type them: those of institutions have no check digit, so only their form is judged."""

from __future__ import annotations

import re
from typing import Final

from shop.kit.text import normalise_digits, tidy

_NUMBER: Final = re.compile(r"[0-9]{8,32}")
_BETWEEN: Final = str.maketrans("", "", " -")


def read_account(typed: str) -> str:
    """The digits alone, without the blanks and hyphens between them. Raises ValueError for what is no number."""
    digits = normalise_digits(tidy(typed)).translate(_BETWEEN)
    if not _NUMBER.fullmatch(digits):
        raise ValueError
    return digits


def mask(number: str) -> str:
    """Its last four places."""
    return f"•••• {number[-4:]}" if number else ""
