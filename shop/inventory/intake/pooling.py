"""Whose a pooled lot is: shares by what each household brought, and how much of raw goods became goods. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shop.inventory.models import WHOLE_BP
from shop.kit.money import split

FAR_OFF_BP: Final = 2_500  # a quarter more or less than usual: somebody looks at it again


def shares_of_points(points: Mapping[int, int]) -> dict[int, int]:
    """Basis points by household for what each brought (grams by the weight of their grade), by largest remainder.

    They add up to 10,000, and nobody who brought something goes without: whose part is below one basis point has
    one, from the largest. Raises ValueError when nobody brought anything.
    """
    brought = {household: count for household, count in sorted(points.items()) if count > 0}
    if not brought or len(brought) > WHOLE_BP:
        raise ValueError("a lot belongs to somebody, and to 10,000 households at most")
    parts = split(WHOLE_BP, list(brought.values()))
    shares = dict(zip(brought, parts, strict=True))
    for household in [one for one, part in shares.items() if part == 0]:
        largest = max(shares, key=lambda one: (shares[one], -one))
        shares[largest] -= 1
        shares[household] = 1
    return shares


def yield_bp(out_g: int, in_g: int) -> int:
    """How much of the weight that went in came out, in basis points, rounded down."""
    return out_g * WHOLE_BP // in_g


def is_far_off(found_bp: int, usual_bp: int) -> bool:
    return abs(found_bp - usual_bp) * WHOLE_BP > usual_bp * FAR_OFF_BP
