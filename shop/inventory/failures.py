"""What keeps a lot, or all of a producer's lots, from serving an order that they failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shop.inventory.allocation import Candidate

RECALLED: Final = "recalled"
COUNTED_SHORT: Final = "counted_short"
OF_THE_LOT: Final = frozenset({RECALLED, COUNTED_SHORT})  # such units leave by no fault of the producer


@dataclass(frozen=True, slots=True)
class Failures:
    """Of one order. A producer who declined, was silent or had too few is not asked again. A recall or a count on the
    shelf fails one lot: the same producer's others are as good as anybody's.
    """

    producers: frozenset[int]
    lots: frozenset[int]

    def allow(self, lot: Candidate) -> bool:
        """Whether the lot may still serve the order."""
        return lot.producer_id not in self.producers and lot.lot_id not in self.lots
