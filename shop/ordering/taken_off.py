"""What goes off an order's prices: by coupons, or because it was agreed with the buyer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shop.kit.money import split
from shop.ordering.lines import Line


class TakenOff(Protocol):
    """In fen; of goods by the numbers of their lines."""

    @property
    def by_line(self) -> Mapping[int, int]: ...

    @property
    def goods_off_fen(self) -> int: ...

    def freight_off_fen(self, freight_fen: int) -> int: ...

    def to_pay_fen(self, goods_fen: int, freight_fen: int) -> int: ...


@dataclass(frozen=True, slots=True)
class Agreed:
    """So much off the goods as a whole, shared by their lines in proportion to what these cost. The shop bears it."""

    by_line: Mapping[int, int]

    @property
    def goods_off_fen(self) -> int:
        return sum(self.by_line.values())

    def freight_off_fen(self, freight_fen: int) -> int:
        return 0

    def to_pay_fen(self, goods_fen: int, freight_fen: int) -> int:
        return goods_fen - self.goods_off_fen + freight_fen


def agreed_off(lines: Sequence[Line], off_fen: int) -> Agreed:
    """Pure. `off_fen` is less than the lines cost together; none of them takes off more than it costs."""
    parts = split(off_fen, [line.line_fen for line in lines])
    return Agreed({line.number: part for line, part in zip(lines, parts, strict=True) if part})
