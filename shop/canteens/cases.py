"""Cases, tiers and weights. Pure.

**By weight**: a price is of a unit at the weight that it is expected to have. What is paid is price × received grams ÷
expected grams of a unit, rounded half up to a whole fen, once for a line. The order says the most that is paid: so many
percent more than that price (a setting, a fifth at first), rounded up to a whole fen for each unit. So nobody is ever charged
more than was agreed, and limits and approvals judge what may become of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shop.kit.money import share
from shop.kit.price_tiers import Tier, tier_for

MOST_CASES: Final = 500
TOLERANCE_BP: Final = 2_000  # a fifth more or less than was ordered needs no word
_WHOLE_BP: Final = 10_000


def unit_price(tiers: Sequence[Tier], units: int) -> int:
    """Of the tier in which so many units are, in fen."""
    return tier_for(tiers, units).unit_price_fen


def most_for_unit(price_fen: int, over_percent: int) -> int:
    """The most that a unit by weight may cost: what it costs so much above the weight that is expected."""
    return -(-price_fen * (100 + over_percent) // 100)


def weighed_fen(price_fen: int, expected_g: int, received_g: int) -> int:
    """What so many grams cost, where a unit costs `price_fen` at `expected_g`."""
    return share(price_fen, received_g, expected_g)


def per_kilo(price_fen: int, expected_g: int) -> int:
    """As it is said beside the price; what is paid follows `weighed_fen`."""
    return share(price_fen, 1_000, expected_g)


def is_unusual(ordered_g: int, received_g: int) -> bool:
    """Whether it is so much more or less than was ordered that somebody has to say why."""
    return abs(received_g - ordered_g) * _WHOLE_BP > ordered_g * TOLERANCE_BP
