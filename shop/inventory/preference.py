"""Pairing in the fairness rule: paired households come first, but never far ahead of who has less.

For a buyer whose unit is paired, the income per head of its paired households is taken for a little lower than it is.
The rule itself stays as it is. With a cap of `percent` this bound holds for every two lots:

    a lot that is preferred to another has at most (100 + percent) % of the other's income per head, and one fen.

So whoever has clearly less still sells first, to every buyer, and parcels are still chosen before income.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from shop.inventory.allocation import Choice

MOST_PERCENT: Final = 20  # beyond it the bound would be none


@dataclass(frozen=True, slots=True)
class Favour:
    """The households that a buyer's unit is paired with, and how far they may be ahead, in per cent; 0: not at all."""

    households: frozenset[int] = frozenset()
    percent: int = 0

    def __bool__(self) -> bool:
        return bool(self.households) and self.percent > 0


NO_FAVOUR: Final = Favour()


def favoured(income_per_head: Mapping[int, int], favour: Favour) -> dict[int, int]:
    """Income per head in fen by household, as the rule is to compare it for this buyer."""
    if not favour:
        return dict(income_per_head)
    lowered = {
        household_id: _lowered(income_per_head.get(household_id, 0), favour.percent)
        for household_id in favour.households
    }
    return {**income_per_head, **lowered}


def _lowered(fen: int, percent: int) -> int:
    """Rounded up, so that the bound holds to the fen; less one, so that of two alike the paired one comes first."""
    return min(fen, -(-fen * 100 // (100 + percent))) - 1


def shifted(with_favour: Iterable[Choice], without: Iterable[Choice]) -> dict[tuple[int, int], int]:
    """By line and lot: the units that a lot got by pairing, and, below nothing, those that it did not get."""
    units = Counter[tuple[int, int]]()
    for sign, choices in ((1, with_favour), (-1, without)):
        for choice in choices:
            units[choice.line, choice.lot.lot_id] += sign * choice.units
    return {key: moved for key, moved in units.items() if moved}
