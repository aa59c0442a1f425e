"""A price that was agreed elsewhere and is far from the shop's own is asked about: a comma in the wrong place is ten times as much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shop.kit.money import plain_yuan
from shop.kit.text import msg
from shop.ordering.direct.wish import Item
from shop.ordering.lines import Line

TIMES: Final = 10
FAR_OFF: Final = msg("¥%(agreed)s was agreed, and the shop asks ¥%(own)s.")


def is_far(agreed_fen: int, own_fen: int) -> bool:
    """Below a tenth of the shop's own price, or above ten times it. Pure."""
    return agreed_fen * TIMES < own_fen or agreed_fen > own_fen * TIMES


def far_prices(items: Sequence[Item], own: Sequence[Line]) -> str:
    """Those that are, in a row such as `TEA-50: ¥0.68 (¥68.00)`; nothing where all are near. `own`: a line for each item."""
    return "; ".join(
        f"{line.sku}: ¥{plain_yuan(item.unit_price_fen)} (¥{plain_yuan(line.unit_price_fen)})"
        for item, line in zip(items, own, strict=True)
        if item.unit_price_fen is not None and is_far(item.unit_price_fen, line.unit_price_fen)
    )
