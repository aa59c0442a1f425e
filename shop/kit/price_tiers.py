"""Prices that fall with the quantity: 1–49 at one price, 50–199 at a lower one, from 200 on at the lowest. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True, order=True)
class Tier:
    """From so many units on, each costs so much."""

    from_quantity: int
    unit_price_fen: int


def is_sound(tiers: Sequence[Tier]) -> bool:
    """The first begins with one unit, each begins later than the one before, and none costs more than it."""
    if not tiers or tiers[0].from_quantity != 1 or any(one.unit_price_fen <= 0 for one in tiers):
        return False
    return all(
        before.from_quantity < after.from_quantity and after.unit_price_fen <= before.unit_price_fen
        for before, after in pairwise(tiers)
    )


def tier_for(tiers: Sequence[Tier], quantity: int) -> Tier:
    """The tier that so many units are in. Raises ValueError for none at all, or for tiers that are not sound."""
    if quantity < 1 or not is_sound(tiers):
        raise ValueError("a quantity from one on, and sound tiers")
    return max(one for one in tiers if one.from_quantity <= quantity)


@dataclass(frozen=True, slots=True)
class Step:
    """A tier as a table shows it; `to` is None for the last. `applies`: the quantity is in it."""

    first: int
    to: int | None
    unit_price_fen: int
    applies: bool


def steps(tiers: Sequence[Tier], quantity: int) -> list[Step]:
    """All tiers, the one that applies marked."""
    here = tier_for(tiers, quantity)
    ends: list[int | None] = [one.from_quantity - 1 for one in tiers[1:]]
    return [
        Step(one.from_quantity, to, one.unit_price_fen, one == here)
        for one, to in zip(tiers, [*ends, None], strict=True)
    ]
