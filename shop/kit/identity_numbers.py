"""Citizens' identity numbers (GB 11643): 17 digits and a place that checks them."""

from __future__ import annotations

import re
from typing import Final

_IDENTITY: Final = re.compile(r"[0-9]{17}[0-9X]")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_place(digits: str) -> str:
    """The last place, which belongs to the first 17 digits."""
    rest = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False)) % 11
    return "10X98765432"[rest]


def is_identity(number: str) -> bool:
    return _IDENTITY.fullmatch(number) is not None and check_place(number) == number[17]
