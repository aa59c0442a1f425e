"""What of a choice the union pays. Pure; all in fen.

Nothing here is money in hand: an allowance buys goods of the campaign, and what is left of it is not charged to the
union and never given out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import gcd


@dataclass(frozen=True, slots=True)
class Share:
    """`total_fen` = `allowance_fen` + `own_fen`."""

    total_fen: int
    allowance_fen: int
    own_fen: int


def usable_fen(allowance_fen: int, *, cap_fen: int, spent_elsewhere_fen: int) -> int:
    """Of one campaign's allowance, what the yearly cap leaves. A cap of 0 is none."""
    if not cap_fen:
        return allowance_fen
    return max(0, min(allowance_fen, cap_fen - spent_elsewhere_fen))


def total_of(lines: Iterable[tuple[int, int]]) -> int:
    """Of (price, quantity)."""
    return sum(price_fen * quantity for price_fen, quantity in lines)


def covered_units(prices: Mapping[int, int], units: Mapping[int, int], usable: int) -> dict[int, int]:
    """Which of the units the allowance pays: whole ones, worth together as much of it as can be.

    A unit stands in one order, with one payer and one invoice, so none is paid half by each. The rest is the member's
    own. Always the same answer for the same question.
    """
    if total_of((prices[key], count) for key, count in units.items()) <= usable:
        return dict(units)
    step = gcd(*(prices[key] for key in units))
    most = usable // step
    bundles = [
        (key, size, prices[key] // step * size) for key in sorted(units) for size in _sizes(units[key])
    ]
    mask, reached = (1 << most + 1) - 1, [1]  # bit n: goods worth n steps can be put together
    for _key, _size, worth in bundles:
        now = reached[-1]
        reached.append((now | now << worth) & mask if worth <= most else now)
    worth_left, found = reached[-1].bit_length() - 1, dict.fromkeys(units, 0)
    for (key, size, worth), before in zip(reversed(bundles), reversed(reached[:-1]), strict=True):
        if not before >> worth_left & 1:
            found[key] += size
            worth_left -= worth
    return {key: count for key, count in found.items() if count}


def _sizes(count: int) -> list[int]:
    """Bundles that make every number up to `count`: 1, 2, 4 … and what is left."""
    sizes, size = [], 1
    while count > 0:
        sizes.append(min(size, count))
        count -= size
        size *= 2
    return sizes
