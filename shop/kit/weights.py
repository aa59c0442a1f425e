"""Weights as a village speaks of them: 斤, which are 500 grams. Stored are whole grams."""

from __future__ import annotations

import re
from typing import Final

from shop.kit.text import msg, plain_number, tidy
from shop.kit.typed_amounts import WrongNumber

JIN_G: Final = 500
STEP_G: Final = JIN_G // 100  # what two places after the point can say
_JIN: Final = re.compile(r"([0-9]{1,5})(?:\.([0-9]{1,2}))?")
NO_WEIGHT: Final = msg("Please enter a weight in jin such as 12.5, with at most two places after the point.")


def read_jin(typed: str) -> int:
    """Grams of a weight typed in 斤, in full width too: `12.5` is 6,250. Raises WrongNumber."""
    plain = plain_number(tidy(typed)).removesuffix("斤").strip()
    found = _JIN.fullmatch(plain)
    if found is None:
        raise WrongNumber(NO_WEIGHT)
    hundredths = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    return hundredths * STEP_G


def plain_jin(grams: int) -> str:
    """`6250` → `12.5`: exact, without zeros that say nothing."""
    whole, rest = divmod(abs(grams) * 1000 // JIN_G, 1000)
    decimals = f".{rest:03d}".rstrip("0").rstrip(".")
    return f"{'-' if grams < 0 else ''}{whole}{decimals}"
