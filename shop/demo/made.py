"""An order of the demo's year while it is being made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from shop.demo.life import HOUR, Fate, Job, Life, Part
from shop.demo.places import Place
from shop.demo.sources import Goods
from shop.demo.wishes import Mishap, Wish


@dataclass(frozen=True, slots=True)
class MadeLine:
    id: int
    goods: Goods
    quantity: int

    @property
    def fen(self) -> int:
        return self.goods.price_fen * self.quantity


@dataclass
class Made:
    """An order as it was made. `first` are the parts that it was sold with; `parts` those that serve it."""

    id: int
    number: str
    wish: Wish
    place: Place
    freight_fen: int
    lines: list[MadeLine]
    first: list[Part]
    life: Life
    parts: list[Part] = field(default_factory=list)
    declined: Job | None = None

    @property
    def total_fen(self) -> int:
        return sum(line.fen for line in self.lines) + self.freight_fen


def is_refunded(made: Made) -> bool:
    """In full: because it was called off, or because the goods were broken."""
    return made.life.fate is Fate.CALLED_OFF or broken_at(made) is not None


def broken_at(made: Made) -> datetime | None:
    """When the shop paid for broken goods."""
    if made.wish.mishap is not Mishap.BROKEN or made.life.fate is not Fate.FULFILLED:
        return None
    return made.life.happened(made.life.completed + 5 * HOUR)
