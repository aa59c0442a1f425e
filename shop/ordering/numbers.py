"""Numbers of orders, such as 261122-7KQ2-M9XD: the day, then 40 bits that nobody guesses."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.references import ALPHABET, normalise_code, random_code
from shop.kit.text import msg, normalise_digits, tidy

_SHAPE: Final = re.compile(rf"([0-9]{{6}})([{ALPHABET}]{{4}})([{ALPHABET}]{{4}})")
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―－−", "-"))


def new_number(now: datetime) -> str:
    code = random_code(8)
    return f"{shanghai_date(now):%y%m%d}-{code[:4]}-{code[4:]}"


def read_number(typed: str, *, field: str = "number") -> str:
    """The number that was typed in any case, with or without its hyphens. Raises InvalidInput for another shape."""
    found = _SHAPE.fullmatch(normalise_code(normalise_digits(tidy(typed)).translate(_DASHES)))
    if found is None:
        raise InvalidInput(msg("An order number looks like 261122-7KQ2-M9XD. Please check it."), field=field)
    return "-".join(found.groups())
