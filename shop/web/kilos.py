"""Kilos as people type them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from shop.kit.text import normalise_digits

_KILOS: Final = re.compile(r"\d{1,5}(\.\d{1,3})?")


def read_grams(typed: str) -> int | None:
    """Grams of kilos with three decimals at most; None for anything else."""
    kilos = normalise_digits(typed).strip().replace("。", ".")
    return int(Decimal(kilos) * 1000) if _KILOS.fullmatch(kilos) else None
