"""Numbers of bank cards, whose last digit checks the others; those of passbooks and settlement accounts have none."""

from __future__ import annotations

import re
from typing import Final

# 62 is UnionPay's; the others are debit cards that China's large banks gave out before, and still honour.
_CARD: Final = re.compile(r"(?:62|9558|9559|436742|456351|601382)[0-9]+")
_LENGTHS: Final = range(16, 20)


def is_card(number: str) -> bool:
    """Whether digits look like a card's number, by length and prefix."""
    return len(number) in _LENGTHS and _CARD.fullmatch(number) is not None


def luhn_digit(number: str) -> str:
    """The last digit that belongs to all the others (ISO/IEC 7812)."""
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(number)))
    return str(-sum(sum(divmod(value, 10)) for value in doubled) % 10)


def is_mistyped_card(number: str) -> bool:
    """A card's number whose check digit is wrong; False for whatever is no card's."""
    return is_card(number) and luhn_digit(number[:-1]) != number[-1]
